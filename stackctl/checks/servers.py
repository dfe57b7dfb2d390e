"""Do the hub, Docker and the proxy agree on which notebook servers there are, and are these reached?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackctl.checks import Check
from stackctl.engine import Container

Key = tuple[str, str]
"""A user's name and the name of the server, "" for the first one."""


@dataclass(frozen=True)
class Server:
    """A server as the hub sees it: ready for its user, or on its way up or down."""

    ready: bool
    pending: bool


def known(users: Iterable[Mapping[str, Any]]) -> dict[Key, Server]:
    """The servers that the hub's API lists: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html"""
    return {
        (user["name"], name): Server(bool(server["ready"]), bool(server["pending"]))
        for user in users
        for name, server in user["servers"].items()
    }


def routed(routes: Mapping[str, Mapping[str, Any]]) -> set[Key]:
    """The servers that the proxy sends their users to. What JupyterHub adds to a route says whose it is."""
    return {(str(route["user"]), str(route.get("server_name", ""))) for route in routes.values() if "user" in route}


def check(containers: Sequence[Container], hub: Mapping[Key, Server] | None, proxy: set[Key] | None) -> Iterator[Check]:
    """`hub`, `proxy`: what each knows, None for one that does not run."""
    running = {_key(item): item for item in containers if item.state in ("running", "paused")}
    wrong = [check for item in running.values() for check in _by_itself(item)]
    wrong += [*_by_hub(running, hub)] if hub is not None else []
    if proxy is not None:
        expected = [key for key in running if hub is None or (key in hub and hub[key].ready)]
        wrong += [_cut_off(key) for key in expected if key not in proxy]
    yield from wrong or [Check("ok", f"{len(running)} notebook servers run; hub, Docker and proxy agree on them.")]


def _by_itself(item: Container) -> Iterator[Check]:
    whose = f"The server of {_named(_key(item))}"
    if item.state == "paused":
        yield Check("warn", f"{whose} is paused: nothing in it goes on.", f"docker unpause {item.name}")
    if not item.connected:
        yield Check("warn", f"{whose} is off its network: its user is cut off.", "stackctl up")


def _by_hub(running: Mapping[Key, Container], hub: Mapping[Key, Server]) -> Iterator[Check]:
    for key, item in running.items():
        if key not in hub:
            what = f"The container {item.name} runs, and the hub knows of no such server of {_named(key)}."
            yield Check("warn", what, f"The hub removes it within a minute; if not: docker rm --force {item.name}")
    for key, server in hub.items():
        if server.ready and not server.pending and key not in running:
            what = f"The hub takes the server of {_named(key)} for running, and its container does not run."
            yield Check("warn", what, "The hub sees that within 30 seconds; the person can then start it again.")


def _cut_off(key: Key) -> Check:
    what = f"The server of {_named(key)} runs, and the proxy does not know it: its user is cut off."
    return Check("fail", what, "The hub tells the proxy within 10 seconds; if it does not: stackctl restart hub")


def _key(item: Container) -> Key:
    return item.labels.get("stackhub.user", ""), item.labels.get("stackhub.server", "")


def _named(key: Key) -> str:
    user, server = key
    return f"{user} ({server})" if server else user
