"""Is every service running and healthy, with the current settings and image?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from stackctl.engine import Container
from stackctl.ui.check import Check

UP = "stackctl up"


def check(expected: Iterable[str], containers: Sequence[Container], log: Callable[[str], str]) -> Iterator[Check]:
    """A finding for each service, with the last lines of its log if something is wrong. `log`: gets them by container id."""
    by_name = {item.service: item for item in containers}
    for service in expected:
        if service in by_name:
            yield _result(by_name[service], log)
        else:
            yield Check("fail", f"{service} does not exist.", UP)


def changes(to_do: Mapping[str, str]) -> Iterator[Check]:
    """Services that `up` would recreate, because .env or an image has changed. `to_do`: of `up`, by service."""
    for service, message in to_do.items():
        if message.startswith("recreate"):
            yield Check("warn", f"{service} has old settings or an old image: {message}.", UP)


def _result(item: Container, log: Callable[[str], str]) -> Check:
    fix = f"See: stackctl logs {item.service}; then: stackctl restart {item.service}"
    if item.state != "running":
        fix = fix if item.state in ("restarting", "paused") else f"{UP}; why it stopped: stackctl logs {item.service}"
        return Check("fail", f"{item.service} is not running: it is {item.state}.", fix, log(item.id))
    if item.health == "unhealthy":
        return Check("fail", f"{item.service} is unhealthy: it is running, but its health check fails.", fix, log(item.id))
    if item.health == "starting" and not item.restarts:
        return Check("ok", f"{item.service} is running; its first health check is not done yet.")
    if item.restarts > (0 if item.health == "starting" else 2):
        times = "once" if item.restarts == 1 else f"{item.restarts} times"
        message = f"{item.service} is running, but has crashed and was restarted {times}."
        return Check("warn", message, fix, log(item.id))
    return Check("ok", f"{item.service} is running{' and healthy' if item.health else ''}.")
