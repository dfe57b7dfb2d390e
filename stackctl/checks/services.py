"""Does every service run, is it well, and is it as the settings say?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from stackctl.checks import Check
from stackctl.engine import Container

UP = "stackctl up"


def check(expected: Iterable[str], containers: Sequence[Container], log: Callable[[str], str]) -> Iterator[Check]:
    """A finding for each service; what is not well comes with its last lines. `log`: a container's, by its id."""
    by_name = {item.service: item for item in containers}
    for service in expected:
        if service in by_name:
            yield _judge(by_name[service], log)
        else:
            yield Check("fail", f"{service} is not there.", UP)


def changes(to_do: Mapping[str, str]) -> Iterator[Check]:
    """What `up` would do with services that run: .env, or an image, has changed since they were started."""
    for service, what in to_do.items():
        if what.startswith("recreate"):
            yield Check("warn", f"{service} does not run as the settings and images here say: {what}.", UP)


def _judge(item: Container, log: Callable[[str], str]) -> Check:
    fix = f"See: stackctl logs {item.service}; start it again: stackctl restart {item.service}"
    if item.state != "running":
        fix = fix if item.state in ("restarting", "paused") else f"{UP}; why it ended: stackctl logs {item.service}"
        return Check("fail", f"{item.service} does not run: it is {item.state}.", fix, log(item.id))
    if item.health == "unhealthy":
        return Check("fail", f"{item.service} is unhealthy: it runs, and does not answer its own check.", fix, log(item.id))
    if item.health == "starting" and not item.restarts:
        return Check("ok", f"{item.service} runs, and its own check has not looked yet.")
    if item.restarts > (0 if item.health == "starting" else 2):
        often = "once" if item.restarts == 1 else f"{item.restarts} times"
        what = f"{item.service} runs, and has ended and been restarted {often} since it was started."
        return Check("warn", what, fix, log(item.id))
    return Check("ok", f"{item.service} runs{', and is healthy' if item.health else ''}.")
