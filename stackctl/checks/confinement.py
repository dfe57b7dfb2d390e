"""Do the stack's containers run with no more rights than they were made to have?

The items of the CIS Docker Benchmark, section 5, that are about containers, by the numbers of its version 1.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from stackctl.checks import Check

SOCKETS = ("docker.sock", "containerd.sock")
ENGINES = "gate"
"""The service that has Docker's socket, and no other."""

PUBLISHED = "nginx"
ON_THE_SERVERS_NETWORK = "walls"
RIGHTS: Mapping[str, Set[str]] = {
    "gate": {"SETUID", "SETGID", "SETPCAP", "KILL"},
    "hub": {"SETUID", "SETGID", "SETPCAP", "KILL"},
    "walls": {"NET_ADMIN"},
}
"""The capabilities that a service begins with; compose.yaml says why."""

SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr", "/var", "/var/run", "/home")
READ_ONLY = {("hub", "/etc")}
"""Folders of the server that a service may read: the accounts, with STACK_AUTH=pam."""


def check(containers: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Check]:
    """`containers`: the service that each is of, "" for a notebook server, and what Docker says of it (`docker inspect`)."""
    looked = list(containers)
    failed = False
    for service, item in looked:
        name = str(item["Name"]).removeprefix("/")
        fix = f"Nothing of the stack's own asks for that: look for who does. To have it made anew: docker rm --force {name}"
        for finding in _wrong(item, service):
            failed = True
            yield Check("fail", f"{name} {finding}", f"{fix}; stackctl up")
        for finding in _loose(item["HostConfig"], service):
            yield Check("warn", f"{name} {finding}", f"{fix}; stackctl up")
    if looked and not failed:
        yield Check("ok", f"{len(looked)} containers have the rights that they were made to have, and no others.")


def _wrong(item: Mapping[str, Any], service: str) -> Iterator[str]:
    host = item["HostConfig"]
    yield from _rights(host, service)
    yield from _namespaces(host, service)
    yield from _mounts(item.get("Mounts") or [], service)
    if not service and not host.get("Memory"):
        yield "has no limit of memory (CIS 5.11)."
    if not service and not (host.get("PidsLimit") or 0) > 0:
        yield "has no limit of processes (CIS 5.29)."
    published = {port for port, bound in (host.get("PortBindings") or {}).items() if bound}
    if published and service != PUBLISHED:
        yield f"publishes {', '.join(sorted(published))} (CIS 5.9)."


def _loose(host: Mapping[str, Any], service: str) -> Iterator[str]:
    """What lets somebody who is in a service already do more in it."""
    if service and not host.get("ReadonlyRootfs") and not (service == "hub" and host.get("CapAdd")):  # with STACK_AUTH=pam
        yield "can write in its own file system (CIS 5.13)."
    if service and not (host.get("PidsLimit") or 0) > 0:
        yield "has no limit of processes (CIS 5.29)."


def _rights(host: Mapping[str, Any], service: str) -> Iterator[str]:
    options = [str(option).replace("=", ":", 1) for option in host.get("SecurityOpt") or []]
    if host.get("Privileged"):
        yield "is privileged: it is root on this server (CIS 5.5)."
    dropped = {str(right).upper() for right in host.get("CapDrop") or []}
    added = {str(right).upper().removeprefix("CAP_") for right in host.get("CapAdd") or []} - RIGHTS.get(service, set())
    if "ALL" not in dropped or added:
        yield f"has capabilities that it does not need: {', '.join(sorted(added)) or 'those that Docker gives'} (CIS 5.4)."
    if not {"no-new-privileges", "no-new-privileges:true"} & set(options):
        yield "may gain rights: no-new-privileges is not set (CIS 5.26)."
    for option in options:
        if option.endswith((":unconfined", ":disable")):
            yield f"runs without a part of Docker's protection: {option} (CIS 5.2, 5.3, 5.22)."


def _namespaces(host: Mapping[str, Any], service: str) -> Iterator[str]:
    kinds = {"PidMode": "5.16", "IpcMode": "5.17", "UTSMode": "5.21", "UsernsMode": "5.31"}
    for kind, number in kinds.items():
        if str(host.get(kind) or "").startswith("host"):
            yield f"shares the server's {kind.removesuffix('Mode')} namespace (CIS {number})."
    if host.get("NetworkMode") == "host" and service != ON_THE_SERVERS_NETWORK:
        yield "is on the server's own network (CIS 5.10)."
    if host.get("Devices"):
        devices = ", ".join(str(device.get("PathOnHost")) for device in host["Devices"])
        yield f"has devices of the server's: {devices} (CIS 5.18)."


def _mounts(mounts: Iterable[Mapping[str, Any]], service: str) -> Iterator[str]:
    for mount in mounts:
        source = str(mount.get("Source", "")).rstrip("/") or "/"
        if mount.get("Type") != "bind":
            continue
        if source.endswith(SOCKETS) and service != ENGINES:
            yield f"has Docker's socket, and so the whole server: {source} (CIS 5.32)."
        elif source in SENSITIVE and not ((service, source) in READ_ONLY and not mount.get("RW")):
            yield f"has a folder of the server's: {source} (CIS 5.6)."
        if mount.get("Propagation") in ("shared", "rshared"):
            yield f"hands mounts on to the server: {source} (CIS 5.20)."
