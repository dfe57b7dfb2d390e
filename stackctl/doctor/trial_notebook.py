"""A temporary notebook container on the users network: what works in it, and what reaches it through nginx."""

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

from contract.container import CA_BUNDLE
from contract.network import NOTEBOOK_PORT
from stackctl.doctor import notebook_probe
from stackctl.doctor.check_groups import CheckGroup
from stackctl.doctor.checks.network import notebook, through_nginx
from stackctl.doctor.nginx_client import NginxClient
from stackctl.engine.temporary import TemporaryContainer
from stackctl.errors import StackError
from stackctl.host import machine
from stackctl.settings import Settings
from stackctl.stack import Stack, login_page
from stackctl.stack.proxy_api import ProxyAPI
from stackctl.ui import signals
from stackctl.ui.check import Check

INSIDE, THROUGH = "From a notebook", "Through nginx"
Context = contextlib.AbstractContextManager[TemporaryContainer]
SSH, LIFE_SECONDS, START_SECONDS = 22, 120, 15


@contextlib.contextmanager
def groups(stack: Stack, quiet_seconds: int) -> Iterator[list[CheckGroup]]:
    """The check groups that need such a container. It and its route are removed afterwards, whatever happens."""
    with contextlib.ExitStack() as cleanup:
        try:
            if not stack.services.all():
                yield []
                return
            neighbour = cleanup.enter_context(_neighbour(stack, LIFE_SECONDS))
            container = cleanup.enter_context(_container(stack, neighbour, LIFE_SECONDS + quiet_seconds))
        except StackError as error:
            yield [CheckGroup(INSIDE, partial(_failed, error))]
            return
        ready = [CheckGroup(INSIDE, partial(_inside, container), seconds=60)]
        if not stack.services.up("nginx", "proxy"):  # the group Services reports that
            yield ready
            return
        try:
            path = cleanup.enter_context(_route(stack, container))
            through = partial(_through, container, path, quiet_seconds)
            ready.append(CheckGroup(THROUGH, through, seconds=30 + quiet_seconds))
        except StackError as error:
            ready.append(CheckGroup(THROUGH, partial(_failed, error)))
        yield ready


def _container(stack: Stack, neighbour: TemporaryContainer, seconds: int) -> Context:
    arguments = {
        "port": NOTEBOOK_PORT,
        "hub": stack.hub_url(),
        "names": _names(stack.settings),
        "closed": _closed(stack, neighbour) if stack.settings.stack_isolation == "on" else {},
        "seconds": seconds,
    }
    return _temporary(stack, Path(notebook_probe.__file__).read_text(), json.dumps(arguments))


def _neighbour(stack: Stack, seconds: int) -> Context:
    """A second container, in place of another person's notebook server."""
    return _temporary(stack, f"import time; time.sleep({seconds})")


def _temporary(stack: Stack, program: str, *arguments: str) -> Context:
    return stack.engine.temporary_container(
        _image(stack),
        ["python3", "-c", program, *arguments],
        stack=stack.name,
        network=stack.network,
        environment=stack.settings.notebook_environment(),
        binds={str(stack.settings.stack_ca_bundle): CA_BUNDLE},
    )


def _names(settings: Settings) -> list[str]:
    """The host names that notebooks must be able to look up; none with a proxy, which does that itself."""
    if settings.https_proxy or settings.http_proxy:
        return []
    urls = [settings.stack_pypi_mirror, settings.gitlab_url if settings.stack_auth == "gitlab" else ""]
    return sorted({urlsplit(url).hostname or "" for url in urls if url})


def _closed(stack: Stack, neighbour: TemporaryContainer) -> dict[str, tuple[str, int]]:
    """What a notebook must not reach: description, address and port."""
    own = [item for item in machine.own_addresses() if re.fullmatch(r"(?!127\.)[\d.]+", item)]
    private = [item for item in machine.name_servers() if ip_address(item).is_private]
    if stack.settings.stack_egress_private == "allow":
        private = []
    return {
        "another notebook server": (neighbour.address, NOTEBOOK_PORT),
        "the proxy": ("proxy", 8000),
        "the hub's other ports": ("hub", SSH),
        "the metadata service of cloud servers (169.254.169.254)": ("169.254.169.254", 80),
        **{f"this server ({item})": (item, SSH) for item in own},
        **{f"{item}, a private address": (item, 80) for item in private},
    }


def _image(stack: Stack) -> str:
    """The id of an image that people can choose, if possible the default. Raises StackError if none is on this server."""
    published = stack.image_cache.published
    offered = sorted(stack.catalogue.offered, key=lambda image: not image.default)
    for image_id in (published[image.name] for image in offered if image.name in published):
        if stack.engine.has_image(image_id):
            return image_id
    raise StackError("No notebook image is on this server.", "stackctl up")


@contextlib.contextmanager
def _route(stack: Stack, container: TemporaryContainer) -> Iterator[str]:
    """A route to the container in the proxy, as a notebook server has one. Yields its path in nginx."""
    proxy = ProxyAPI(stack.engine, stack.services.running("proxy").id)
    # with STACK_SUBDOMAINS=on, a host name is the first part of each path in the proxy
    host = f"/{stack.settings.subdomain}" if stack.settings.subdomain else ""
    prefix = f"{host}{stack.settings.stack_base_url}user/doctor-"
    _remove_old_routes(proxy, prefix)
    path = f"{prefix}{secrets.token_hex(8)}/"
    try:
        proxy.add(path, f"http://{container.address}:{NOTEBOOK_PORT}")
        yield path.removeprefix(host)
    finally:
        with signals.held_off(), contextlib.suppress(StackError):  # a proxy that has stopped has no routes any more
            proxy.remove(path)


def _remove_old_routes(proxy: ProxyAPI, prefix: str) -> None:
    """Remove what a `doctor` that was killed left."""
    long_ago = (datetime.now(timezone.utc) - timedelta(minutes=10)).isoformat()
    for path, route in proxy.routes().items():
        if path.startswith(prefix) and route["last_activity"] < long_ago:
            proxy.remove(path)


def _failed(error: StackError, _: Stack) -> Iterator[Check]:
    yield Check("fail", error.message, error.hint, error.detail)


def _inside(container: TemporaryContainer, stack: Stack) -> Iterator[Check]:
    seconds = START_SECONDS + notebook_probe.INDEX_SECONDS
    output = stack.engine.wait_for_line(container.id, notebook_probe.MARK, seconds)
    if output is None:
        log = stack.engine.log(container.id, 10)
        yield Check("fail", "The temporary notebook container stopped, or printed nothing.", "stackctl images check", log)
        return
    results = json.loads(output)
    if stack.services.up("hub"):
        yield notebook.hub(results, stack.hub_url(), stack.network)
    yield from notebook.internet(results)
    yield notebook.isolation(results["open"], stack.settings.stack_isolation == "on")


def _through(container: TemporaryContainer, path: str, quiet_seconds: int, stack: Stack) -> Iterator[Check]:
    stack.engine.wait_for_line(container.id, notebook_probe.LISTENING, START_SECONDS)
    host = stack.settings.subdomain or stack.settings.netloc
    yield from through_nginx.check(NginxClient(host, lambda: login_page.connect(stack.settings)), path, quiet_seconds)
