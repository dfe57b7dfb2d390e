"""The stack at a glance: what `status` shows."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil

from contract import names
from stackctl import __version__
from stackctl.engine import Container
from stackctl.errors import StackError
from stackctl.stack.stack import Stack


def collect(stack: Stack) -> dict[str, Any]:
    """What `status --json` prints. Sizes are in bytes, times in UTC."""
    services, servers = stack.services.all(), stack.servers.running()
    memory = _memory(stack, [item.id for item in services + servers])
    hub_version, ready = _ask_hub(stack)
    shown = _services(stack, services, memory)
    disk = psutil.disk_usage(str(stack.engine.folder))
    host = psutil.virtual_memory()
    return {
        "name": stack.name,
        "url": stack.url,
        "state": state(shown, answers=not stack.readiness.problem()),
        "services": shown,
        "servers": [_server(item, memory[item.id], ready) for item in servers],
        "memory": {"total": host.total, "free": host.available},
        "certificate": _certificate(stack),
        "disk": {"total": disk.total, "free": disk.free},
        "versions": {"stackctl": __version__, "docker": stack.engine.version["Version"], **hub_version},
    }


def _memory(stack: Stack, ids: list[str]) -> dict[str, int]:
    """The bytes that each container uses, by id. Docker takes a while for each, so they are asked about side by side."""
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(ids, pool.map(stack.engine.memory, ids), strict=True))


def _services(stack: Stack, containers: list[Container], memory: dict[str, int]) -> list[dict[str, Any]]:
    rows = [
        {"name": item.service, "state": item.state, "health": item.health, "image": item.image, "memory": memory[item.id]}
        for item in containers
    ]
    missing = sorted(set(stack.compose.services()) - {item.service for item in containers})
    return rows + [{"name": name, "state": "missing", "health": "", "image": "", "memory": 0} for name in missing]


def _server(item: Container, memory: int, ready: dict[tuple[str, str], bool]) -> dict[str, Any]:
    user, name = item.labels.get(names.USER, ""), item.labels.get(names.SERVER, "")
    return {
        "user": user,
        "name": name,
        # the hub runs images by id; what people know is the name in the catalogue
        "image": item.labels.get(names.IMAGE) or item.image,
        "size": item.labels.get(names.SIZE, ""),
        "ready": ready.get((user, name), False),
        "started": item.started,
        "memory": memory,
    }


def _certificate(stack: Stack) -> dict[str, str]:
    """When the certificate that nginx has ends, and a warning when that is soon; nothing where it has none."""
    pem = stack.certificate.served()
    if not pem:
        return {}
    from stackctl.tls import certificates, nginx_certificate  # only here: cryptography takes a tenth of a second to import

    ends = certificates.expires(pem.get_secret_value())
    finding = nginx_certificate.expiry(ends, datetime.datetime.now(datetime.timezone.utc))
    warning = f"{finding.message} {finding.fix}" if finding else ""
    return {"ends": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "warning": warning}


def _ask_hub(stack: Stack) -> tuple[dict[str, str], dict[tuple[str, str], bool]]:
    """JupyterHub's version, and which servers it can send their users to, by user and name; nothing while it is down."""
    try:
        hub = stack.hub()
        version, users = {"jupyterhub": hub.version()}, hub.users()
    except StackError:
        return {}, {}
    return version, {(user["name"], name): server["ready"] for user in users for name, server in user["servers"].items()}


def state(services: list[dict[str, Any]], *, answers: bool) -> str:
    """`running` when every service is up and none is unhealthy and the sign-in page answers, `stopped` when none is up."""
    up = [item for item in services if item["state"] == "running"]
    if not up:
        return "stopped"
    well = len(up) == len(services) and not any(item["health"] == "unhealthy" for item in services)
    return "running" if well and answers else "degraded"
