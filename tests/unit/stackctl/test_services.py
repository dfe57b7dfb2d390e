"""How services are judged by what Docker says of their containers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stackctl.checks.services import changes, check
from stackctl.engine import Container

HUB = Container("1", "stackhub-hub-1", "hub", "running", "healthy", "stackhub-hub", "sha256:1", "", 0, {}, {})


@pytest.mark.parametrize(
    ("seen", "level", "message"),
    [
        ({}, "ok", "hub runs, and is healthy."),
        ({"health": ""}, "ok", "hub runs."),
        ({"health": "unhealthy"}, "fail", "hub is unhealthy: it runs, and does not answer its own check."),
        ({"health": "starting"}, "ok", "hub runs, and its own check has not looked yet."),
        (
            {"health": "starting", "restarts": 1},
            "warn",
            "hub runs, and has ended and been restarted once since it was started.",
        ),
        ({"state": "exited", "health": "unhealthy"}, "fail", "hub does not run: it is exited."),
        ({"state": "restarting"}, "fail", "hub does not run: it is restarting."),
        ({"restarts": 3}, "warn", "hub runs, and has ended and been restarted 3 times since it was started."),
    ],
)
def test_a_service(seen: dict[str, Any], level: str, message: str) -> None:
    (found,) = check(["hub"], [replace(HUB, **seen)], lambda ident: f"log of {ident}")
    assert (found.level, found.message, found.detail) == (level, message, "" if level == "ok" else "log of 1")
    assert bool(found.fix) == (level != "ok")


def test_a_service_that_is_not_there() -> None:
    hub, proxy = check(["hub", "proxy"], [HUB], str)
    assert (hub.level, proxy.level, proxy.message, proxy.fix) == ("ok", "fail", "proxy is not there.", "stackctl up")


def test_what_has_changed_since_it_was_started() -> None:
    (found,) = changes({"hub": "recreate (its settings changed)", "proxy": "create", "nginx": "start (it is exited)"})
    assert (found.level, found.fix) == ("warn", "stackctl up")
    assert "recreate (its settings changed)" in found.message
