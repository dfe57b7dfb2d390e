"""The stack's state in one word, and sizes."""

from __future__ import annotations

import pytest

from stackctl.stack.status import state
from stackctl.ui.units import size


def services(*seen: tuple[str, str]) -> list[dict[str, str]]:
    return [{"state": state, "health": health} for state, health in seen]


UP, DOWN, MISSING = ("running", "healthy"), ("exited", ""), ("missing", "")


@pytest.mark.parametrize(
    ("seen", "answers", "expected"),
    [
        (services(UP, UP), True, "running"),
        (services(UP, ("running", "starting")), True, "running"),
        (services(UP, UP), False, "degraded"),
        (services(UP, ("running", "unhealthy")), True, "degraded"),
        (services(UP, DOWN), True, "degraded"),
        (services(UP, MISSING), True, "degraded"),
        (services(UP, ("restarting", "")), True, "degraded"),
        (services(DOWN, MISSING), False, "stopped"),
        ([], False, "stopped"),
    ],
)
def test_state(seen: list[dict[str, str]], answers: bool, expected: str) -> None:
    assert state(seen, answers=answers) == expected


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (2**20, "1 MB"), (98_566_144, "94 MB"), (2**30 - 1, "1024 MB"), (2**30, "1.0 GB"), (1_610_612_736, "1.5 GB")],
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text
