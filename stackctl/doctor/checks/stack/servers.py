"""Do hub, Docker and proxy agree on which notebook servers there are, and can people reach them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract import names
from stackctl.engine import Container
from stackctl.ui.check import Check

Key = tuple[str, str]
"""A user's name and a server's name; "" for the default server."""


@dataclass(frozen=True)
class Server:
    """A server's state in the hub: ready for its user, or starting or stopping (pending)."""

    ready: bool
    pending: bool


def in_hub(users: Iterable[Mapping[str, Any]]) -> dict[Key, Server]:
    """The servers in the hub's list of users: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html"""
    return {
        (user["name"], name): Server(bool(server["ready"]), bool(server["pending"]))
        for user in users
        for name, server in user["servers"].items()
    }


def in_proxy(routes: Mapping[str, Mapping[str, Any]]) -> set[Key]:
    """The servers that the proxy has a route to. JupyterHub adds user and server to a route's data."""
    return {(str(route["user"]), str(route.get("server_name", ""))) for route in routes.values() if "user" in route}


def check(containers: Sequence[Container], hub: Mapping[Key, Server] | None, proxy: set[Key] | None) -> Iterator[Check]:
    """`hub`, `proxy`: the servers that each knows; None if it is not running."""
    running = {_key(item): item for item in containers if item.state in ("running", "paused")}
    problems = [check for item in running.values() for check in _container(item)]
    problems += [*_compared_with_hub(running, hub)] if hub is not None else []
    if proxy is not None:
        expected = [key for key in running if hub is None or (key in hub and hub[key].ready)]
        problems += [_no_route(key) for key in expected if key not in proxy]
    count = f"{len(running)} notebook server{'s' * (len(running) != 1)}"
    yield from problems or [Check("ok", f"Hub, Docker and proxy agree: {count} running.")]


def _container(item: Container) -> Iterator[Check]:
    server = f"The server of {_named(_key(item))}"
    if item.state == "paused":
        yield Check("warn", f"{server} is paused: no program in it runs.", f"docker unpause {item.name}")
    if not item.connected:
        yield Check("warn", f"{server} is not connected to its network: its user cannot reach it.", "stackctl up")


def _compared_with_hub(running: Mapping[Key, Container], hub: Mapping[Key, Server]) -> Iterator[Check]:
    for key, item in running.items():
        if key not in hub:
            message = f"The container {item.name} is running, but the hub knows no such server of {_named(key)}."
            yield Check("warn", message, f"The hub removes it within a minute; if not: docker rm --force {item.name}")
    for key, server in hub.items():
        if server.ready and not server.pending and key not in running:
            message = f"The hub has the server of {_named(key)} as running, but its container is not running."
            yield Check("warn", message, "The hub notices within 30 seconds; then the user can start it again.")


def _no_route(key: Key) -> Check:
    message = f"The server of {_named(key)} is running, but the proxy has no route to it."
    return Check("fail", message, "The hub adds the route within 10 seconds; if it does not: stackctl restart hub")


def _key(item: Container) -> Key:
    return item.labels.get(names.USER, ""), item.labels.get(names.SERVER, "")


def _named(key: Key) -> str:
    user, server = key
    return f"{user} ({server})" if server else user
