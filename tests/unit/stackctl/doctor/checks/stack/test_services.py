"""Findings about services, from what Docker shows of their containers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stackctl.doctor.checks.stack.services import changes, check
from stackctl.engine import Container

HUB = Container("1", "stackhub-hub-1", "hub", "running", "healthy", "stackhub-hub", "sha256:1", "", 0, {}, {})


@pytest.mark.parametrize(
    ("seen", "level", "message"),
    [
        ({}, "ok", "hub is running and healthy."),
        ({"health": ""}, "ok", "hub is running."),
        ({"health": "unhealthy"}, "fail", "hub is unhealthy: it is running, but its health check fails."),
        ({"health": "starting"}, "ok", "hub is running; its first health check is not done yet."),
        (
            {"health": "starting", "restarts": 1},
            "warn",
            "hub is running, but has crashed and was restarted once.",
        ),
        ({"state": "exited", "health": "unhealthy"}, "fail", "hub is not running: it is exited."),
        ({"state": "restarting"}, "fail", "hub is not running: it is restarting."),
        ({"restarts": 3}, "warn", "hub is running, but has crashed and was restarted 3 times."),
    ],
)
def test_a_service(seen: dict[str, Any], level: str, message: str) -> None:
    (found,) = check(["hub"], [replace(HUB, **seen)], lambda ident: f"log of {ident}")
    assert (found.level, found.message, found.detail) == (level, message, "" if level == "ok" else "log of 1")
    assert bool(found.fix) == (level != "ok")


def test_a_missing_service() -> None:
    hub, proxy = check(["hub", "proxy"], [HUB], str)
    assert (hub.level, proxy.level, proxy.message, proxy.fix) == ("ok", "fail", "proxy does not exist.", "stackctl up")


def test_a_service_with_old_settings() -> None:
    (found,) = changes({"hub": "recreate (its settings changed)", "proxy": "create", "nginx": "start (it is exited)"})
    assert (found.level, found.fix) == ("warn", "stackctl up")
    assert "recreate (its settings changed)" in found.message
