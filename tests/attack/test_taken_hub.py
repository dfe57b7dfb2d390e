"""A hub that somebody has taken over, towards the operator who types stackctl."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.running import Stack
from tests.support.waiting import wait_until

TOKEN = "/srv/jupyterhub/stackctl-token"


@pytest.fixture
def spoilt(stack: Stack, instead: str) -> Iterator[Stack]:
    """The stack with something else in the place of stackctl's token."""
    stack.inside("hub", f"token={TOKEN}; mv $token /tmp/kept; {instead}")
    yield stack
    stack.inside("hub", f"rm {TOKEN}; cp /tmp/kept {TOKEN}.new; chmod 600 {TOKEN}.new; mv {TOKEN}.new {TOKEN}")
    wait_until(lambda: "admin" in stack.ctl("users", "list").out, 10, "stackctl has its token again")


@pytest.mark.parametrize(
    ("instead", "code", "said"),
    [
        ("ln -s /dev/zero $token", 1, "stackctl-token in .* is too large"),
        ("yes | head -c 20000000 > $token", 1, "stackctl-token in .* is too large"),
        ("mkfifo $token", 4, "it has not written stackctl-token yet"),
    ],
)
def test_a_token_without_end_exhausts_nobody(spoilt: Stack, code: int, said: str) -> None:
    told = spoilt.run("bash", "-c", "ulimit -v 2000000; exec timeout 30 bin/stackctl users list", code=code)
    assert re.match(f"error: .*{said}", told.err)
