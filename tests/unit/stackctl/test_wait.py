"""Every wait has a deadline, and says what was seen last."""

from __future__ import annotations

import pytest

from stackctl import wait
from stackctl.errors import StackError


def test_it_looks_until_nothing_is_missing() -> None:
    states = iter(["starting", "starting", ""])
    wait.until(lambda: next(states), seconds=10, message="It is not there", every=0)
    assert list(states) == []


def test_it_ends_with_the_last_state_and_the_log() -> None:
    with pytest.raises(StackError) as caught:
        wait.until(lambda: "starting", seconds=0, message="It is not there", every=0, detail=lambda: "its last lines")
    assert caught.value.message == "It is not there after 0 seconds: starting"
    assert caught.value.detail == "its last lines"
