"""An older stackctl does not touch the state that a newer one has written."""

from __future__ import annotations

import json

import pytest

from stackctl import __version__
from stackctl.checkout import state
from stackctl.errors import Exit
from tests.unit.stackctl.conftest import Checkout


def test_the_first_change_writes_the_version_and_later_ones_leave_it(checkout: Checkout) -> None:
    checkout.stackctl("status")
    assert not checkout.state.exists()
    checkout.stackctl("down")
    assert json.loads(checkout.state.read_text()) == {"version": 1, "stackctl": __version__}
    assert checkout.state.stat().st_mode & 0o777 == 0o600
    checkout.state.write_text('{"version": 1, "stackctl": "0.0.9"}')
    checkout.stackctl("down")
    assert "0.0.9" in checkout.state.read_text()


@pytest.mark.parametrize("words", [["up"], ["up", "--dry-run"], ["down"], ["status"], ["gitlab", "show"], ["users", "list"]])
def test_newer_state_is_left_alone_with_an_explanation(checkout: Checkout, words: list[str]) -> None:
    checkout.stackctl("down")
    checkout.state.write_text(json.dumps({"version": state.VERSION + 1, "stackctl": "9.1.0", "more": []}))
    ran = checkout.stackctl(*words)
    assert (ran.code, ran.out) == (Exit.CHECK_FAILED, "")
    assert ran.err == (
        f"error: stackctl 9.1.0 has written {checkout.state.parent} in version 2, but this stackctl, {__version__}, "
        "reads only up to version 1.\n\n"
        "hint: Use stackctl 9.1.0 or newer: git pull. To stay on this version, restore an older backup.\n"
    )
    assert "9.1.0" in checkout.state.read_text()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": "two", "stackctl": "1"}', '{"version": 1e999, "stackctl": "1"}', "\x00"]
)
def test_a_version_that_cannot_be_read_is_not_guessed(checkout: Checkout, text: str) -> None:
    checkout.stackctl("down")
    checkout.state.write_text(text)
    ran = checkout.stackctl("down")
    assert ran.code == Exit.CHECK_FAILED
    assert f"error: {checkout.state} is damaged (" in ran.err
    assert f"rm {checkout.state}\n" in ran.err
