"""Do the stack's containers have only the rights that they need?

These are the items of the CIS Docker Benchmark 1.6, section 5, that concern containers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from stackctl.ui.check import Check

SOCKETS = ("docker.sock", "containerd.sock")
GATE = "gate"
"""The only service that has Docker's socket."""

PUBLISHED = "nginx"
ON_HOST_NETWORK = "walls"
RIGHTS: Mapping[str, Set[str]] = {
    "gate": {"SETUID", "SETGID", "SETPCAP", "KILL"},
    "hub": {"SETUID", "SETGID", "SETPCAP", "KILL"},
    "walls": {"NET_ADMIN"},
}
"""The capabilities that a service starts with; compose.yaml says why."""

SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr", "/var", "/var/run", "/home")
READ_ONLY = {("hub", "/etc")}
"""Folders of the server that a service may read: with STACK_AUTH=pam, the accounts."""


def check(containers: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Check]:
    """`containers`: for each its service, "" for a notebook server, and what `docker inspect` shows."""
    count = failed = 0
    for service, item in containers:
        count += 1
        name = str(item["Name"]).removeprefix("/")
        fix = f"The stack does not ask for this: find out what does. To replace it: docker rm --force {name}; stackctl up"
        for problem in _problems(item, service):
            failed += 1
            yield Check("fail", f"{name} {problem}", fix)
        for weakness in _weaknesses(item["HostConfig"], service):
            yield Check("warn", f"{name} {weakness}", fix)
    if count and not failed:
        yield Check("ok", f"{count} container{'s have' if count > 1 else ' has'} only the rights that the stack gives.")


def _problems(item: Mapping[str, Any], service: str) -> Iterator[str]:
    host = item["HostConfig"]
    yield from _rights(host, service)
    yield from _namespaces(host, service)
    yield from _mounts(item.get("Mounts") or [], service)
    if not service and not host.get("Memory"):
        yield "has no memory limit (CIS 5.11)."
    if not service and not (host.get("PidsLimit") or 0) > 0:
        yield "has no limit on processes (CIS 5.29)."
    published = {port for port, bound in (host.get("PortBindings") or {}).items() if bound}
    if published and service != PUBLISHED:
        yield f"publishes {', '.join(sorted(published))} (CIS 5.9)."


def _weaknesses(host: Mapping[str, Any], service: str) -> Iterator[str]:
    """What gives an attacker who is already in a service more room there."""
    if service and not host.get("ReadonlyRootfs") and not (service == "hub" and host.get("CapAdd")):  # with STACK_AUTH=pam
        yield "can write to its own file system (CIS 5.13)."
    if service and not (host.get("PidsLimit") or 0) > 0:
        yield "has no limit on processes (CIS 5.29)."


def _rights(host: Mapping[str, Any], service: str) -> Iterator[str]:
    options = [str(option).replace("=", ":", 1) for option in host.get("SecurityOpt") or []]
    if host.get("Privileged"):
        yield "is privileged: it is root on this server (CIS 5.5)."
    dropped = {str(right).upper() for right in host.get("CapDrop") or []}
    added = {str(right).upper().removeprefix("CAP_") for right in host.get("CapAdd") or []} - RIGHTS.get(service, set())
    if "ALL" not in dropped or added:
        names = ", ".join(sorted(added)) or "Docker's defaults"
        yield f"has capabilities that it does not need: {names} (CIS 5.4)."
    if not {"no-new-privileges", "no-new-privileges:true"} & set(options):
        yield "can gain rights: no-new-privileges is not set (CIS 5.26)."
    for option in options:
        if option.endswith((":unconfined", ":disable")):
            yield f"runs without part of Docker's protection: {option} (CIS 5.2, 5.3, 5.22)."


def _namespaces(host: Mapping[str, Any], service: str) -> Iterator[str]:
    kinds = {"PidMode": "5.16", "IpcMode": "5.17", "UTSMode": "5.21", "UsernsMode": "5.31"}
    for kind, number in kinds.items():
        if str(host.get(kind) or "").startswith("host"):
            yield f"shares the server's {kind.removesuffix('Mode')} namespace (CIS {number})."
    if host.get("NetworkMode") == "host" and service != ON_HOST_NETWORK:
        yield "uses the server's own network (CIS 5.10)."
    if host.get("Devices"):
        devices = ", ".join(str(device.get("PathOnHost")) for device in host["Devices"])
        yield f"has devices of this server: {devices} (CIS 5.18)."


def _mounts(mounts: Iterable[Mapping[str, Any]], service: str) -> Iterator[str]:
    for mount in mounts:
        source = str(mount.get("Source", "")).rstrip("/") or "/"
        if mount.get("Type") != "bind":
            continue
        if source.endswith(SOCKETS) and service != GATE:
            yield f"has Docker's socket, and so the whole server: {source} (CIS 5.32)."
        elif source in SENSITIVE and not ((service, source) in READ_ONLY and not mount.get("RW")):
            yield f"has a folder of this server: {source} (CIS 5.6)."
        if mount.get("Propagation") in ("shared", "rshared"):
            yield f"passes mounts on to this server: {source} (CIS 5.20)."
