"""A throw-away notebook container on the users network: what it sees from there, and what reaches it through nginx."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from stackctl import front, machine, notebook_probe, signals
from stackctl.checks import Check, notebook, through_nginx
from stackctl.doctor import Topic
from stackctl.engine_throwaway import Throwaway
from stackctl.errors import StackError
from stackctl.proxyapi import ProxyAPI
from stackctl.site import Site
from stackctl.stack import Stack

INSIDE, THROUGH = "From a notebook", "Through nginx"
PORT, SSH, LIFE_SECONDS, START_SECONDS = 8888, 22, 120, 15
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where notebooks find the certificates that they trust: hub/stackhub/settings.py."""


@contextlib.contextmanager
def topics(stack: Stack, quiet_seconds: int) -> Iterator[list[Topic]]:
    """The topics that take such a container. It and its route are gone afterwards, whatever happens."""
    with contextlib.ExitStack() as made:
        try:
            if not stack.services():  # then there is nothing to be reached
                yield []
                return
            other = made.enter_context(_other(stack, LIFE_SECONDS))
            box = made.enter_context(_container(stack, other, LIFE_SECONDS + quiet_seconds))
        except StackError as error:
            yield [Topic(INSIDE, partial(_failed, error))]
            return
        found = [Topic(INSIDE, partial(_inside, box), seconds=60)]
        try:
            path = made.enter_context(_route(stack, box))
            found.append(Topic(THROUGH, partial(_through, box, path, quiet_seconds), seconds=30 + quiet_seconds))
        except StackError as error:
            found.append(Topic(THROUGH, partial(_failed, error)))
        yield found


def _container(stack: Stack, other: Throwaway, seconds: int) -> contextlib.AbstractContextManager[Throwaway]:
    it = stack.settings
    urls = [it.stack_pypi_mirror, it.gitlab_url if it.stack_auth == "gitlab" else ""]
    # a proxy looks names up by itself
    names = [] if it.https_proxy or it.http_proxy else sorted({urlsplit(url).hostname or "" for url in urls if url})
    closed = _closed(stack, other) if it.stack_isolation == "on" else {}
    given = {"port": PORT, "hub": stack.hub_url(), "names": names, "closed": closed, "seconds": seconds}
    return _throwaway(stack, Path(notebook_probe.__file__).read_text(), json.dumps(given))


def _other(stack: Stack, seconds: int) -> contextlib.AbstractContextManager[Throwaway]:
    """In place of somebody else's notebook server."""
    return _throwaway(stack, f"import time; time.sleep({seconds})")


def _throwaway(stack: Stack, program: str, *arguments: str) -> contextlib.AbstractContextManager[Throwaway]:
    return stack.engine.throwaway(
        _image(stack),
        ["python3", "-c", program, *arguments],
        stack=stack.name,
        network=stack.network,
        environment=stack.settings.notebook_environment(),
        binds={str(stack.settings.stack_ca_bundle): CA_BUNDLE},
    )


def _closed(stack: Stack, other: Throwaway) -> dict[str, tuple[str, int]]:
    """What a notebook must not reach: an address and a port, by what is there."""
    own = [item for item in machine.own_addresses() if re.fullmatch(r"(?!127\.)[\d.]+", item)]
    private = [item for item in machine.name_servers() if ip_address(item).is_private]
    if stack.settings.stack_egress_private == "allow":
        private = []
    return {
        "another notebook server": (other.address, PORT),
        "the proxy": ("proxy", 8000),
        "the hub's other ports": ("hub", SSH),
        "the address where clouds keep a server's credentials": ("169.254.169.254", 80),
        **{f"this server ({item})": (item, SSH) for item in own},
        **{f"{item}, a private address": (item, 80) for item in private},
    }


def _image(stack: Stack) -> str:
    """The id of an image that people can choose, the default if possible. Raises StackError when none is here."""
    told = stack.known.told
    names = [item.name for item in sorted(stack.catalogue.offered, key=lambda item: not item.default) if item.name in told]
    for name in names:
        if stack.engine.has_image(told[name]):
            return told[name]
    raise StackError("No notebook image is here to look from.", "stackctl up")


@contextlib.contextmanager
def _route(stack: Stack, box: Throwaway) -> Iterator[str]:
    """The path by which the container is reached through nginx, as a notebook server is."""
    proxy = ProxyAPI(stack.engine, stack.running("proxy"))
    # with host names of people's own, the proxy has them as the first part of each path
    place = f"/{stack.settings.subdomain}" if stack.settings.subdomain else ""
    folder = f"{place}{stack.settings.stack_base_url}user/doctor-"
    long_ago = (datetime.now(timezone.utc) - timedelta(minutes=10)).isoformat()
    for left, route in proxy.routes().items():  # by one that was killed
        if left.startswith(folder) and route["last_activity"] < long_ago:
            proxy.remove(left)
    path = f"{folder}{secrets.token_hex(8)}/"
    try:
        proxy.add(path, f"http://{box.address}:{PORT}")
        yield path.removeprefix(place)
    finally:
        with signals.held_off(), contextlib.suppress(StackError):  # a proxy that has ended has forgotten it by itself
            proxy.remove(path)


def _failed(error: StackError, _: Stack) -> Iterator[Check]:
    yield Check("fail", error.message, error.hint, error.detail)


def _inside(box: Throwaway, stack: Stack) -> Iterator[Check]:
    said = stack.engine.said(box.id, notebook_probe.MARK, START_SECONDS + notebook_probe.INDEX_SECONDS)
    if said is None:
        fix = "See what its image says of itself: stackctl images check"
        yield Check(
            "fail", "The throw-away notebook container has ended, or says nothing.", fix, stack.engine.log(box.id, 10)
        )
    else:
        found = json.loads(said)
        yield from notebook.check(found, stack.hub_url(), stack.network)
        yield notebook.isolation(found["open"], stack.settings.stack_isolation == "on")


def _through(box: Throwaway, path: str, quiet_seconds: int, stack: Stack) -> Iterator[Check]:
    stack.engine.said(box.id, notebook_probe.LISTENING, START_SECONDS)
    site = Site(stack.settings.subdomain or stack.settings.netloc, lambda: front.connect(stack.settings))
    yield from through_nginx.check(site, path, quiet_seconds)
