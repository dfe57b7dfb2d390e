"""The stack at a glance: what `status` shows."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil

from stackctl import __version__, certificates
from stackctl.checks import certificate
from stackctl.errors import StackError
from stackctl.stack import Stack


def collect(stack: Stack) -> dict[str, Any]:
    """What `status --json` prints. Sizes are in bytes, times in UTC."""
    services = stack.services()
    servers = [item for item in stack.engine.servers(stack.name) if item.state == "running"]
    ids = [item.id for item in services + servers]
    with ThreadPoolExecutor(8) as pool:
        memory = dict(zip(ids, pool.map(stack.engine.memory, ids), strict=True))
    hub_version, ready = _ask_hub(stack)
    found_services = [
        {"name": item.service, "state": item.state, "health": item.health, "image": item.image, "memory": memory[item.id]}
        for item in services
    ]
    missing = sorted(set(stack.compose.services()) - {item.service for item in services})
    found_services += [{"name": name, "state": "missing", "health": "", "image": "", "memory": 0} for name in missing]
    disk = psutil.disk_usage(str(stack.engine.folder))
    host = psutil.virtual_memory()
    return {
        "name": stack.name,
        "url": stack.url,
        "state": state(found_services, answers=not stack.trouble()),
        "services": found_services,
        "servers": [
            {
                "user": item.labels.get("stackhub.user", ""),
                "name": item.labels.get("stackhub.server", ""),
                # the hub runs images by id; what people know is the name in the catalogue
                "image": item.labels.get("stackhub.image") or item.image,
                "size": item.labels.get("stackhub.size", ""),
                "ready": ready.get((item.labels.get("stackhub.user", ""), item.labels.get("stackhub.server", "")), False),
                "started": item.started,
                "memory": memory[item.id],
            }
            for item in servers
        ],
        "memory": {"total": host.total, "free": host.available},
        "certificate": _certificate(stack),
        "disk": {"total": disk.total, "free": disk.free},
        "versions": {"stackctl": __version__, "docker": stack.engine.version["Version"], **hub_version},
    }


def _certificate(stack: Stack) -> dict[str, str]:
    """When the certificate that nginx has ends, and a warning when that is soon; nothing where it has none."""
    pem = stack.served()
    if not pem:
        return {}
    ends = certificates.ends(pem.get_secret_value())
    found = certificate.served(ends, datetime.datetime.now(datetime.timezone.utc), wanted=True)[0]
    warning = "" if found.level == "ok" else f"{found.message} {found.fix}"
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


def size(count: int) -> str:
    """Bytes for a person: 94 MB, 1.5 GB (powers of 1024)."""
    if not count:
        return ""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
