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


ESCAPES = r"\e]0;owned\a\e[2J\x9b31m"


def test_escapes_in_logs_reach_no_terminal(stack: Stack) -> None:
    stack.inside("hub", f"printf '[I] {ESCAPES} here\\n' > /proc/1/fd/1")
    for words in (["logs"], ["logs", "hub"]):
        told = stack.ctl(*words)
        assert not set(told.out + told.err) & set("\x1b\x07\x9b")
        assert r"[I] \x1b]0;owned\x07\x1b[2J" in told.out
