"""Running programs of the system."""

from __future__ import annotations

import os

import pytest

from stackctl.errors import CheckFailedError, StackError
from stackctl.host import apt, program


def test_the_error_says_what_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CheckFailedError) as caught:
        apt.install("mmdebstrap")
    assert caught.value.message == "You must be root to install mmdebstrap."
    assert caught.value.hint == "Run it with sudo: sudo bin/stackctl up"


def test_a_full_disk_is_reported_instead_of_the_hint() -> None:
    script = "echo 'dpkg: error: failed to write: No space left on device'; exit 1"
    with pytest.raises(StackError, match=r"^The disk is full: `sh` failed\. Nothing was lost\.$"):
        program.run(["sh", "-c", script], os.environ, "Is the mirror right?")
