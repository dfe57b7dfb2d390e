"""Containers with more rights than the stack gives: one thing changed at a time."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.doctor.checks.security.container_rights import check

RIGHT = {"CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"], "Memory": 2**29, "PidsLimit": 300, "ReadonlyRootfs": True}
SOCKET = {"Type": "bind", "Source": "/var/run/docker.sock", "RW": True, "Propagation": "rprivate"}
VOLUME = {"Type": "volume", "Source": "/var/lib/docker/volumes/x/_data", "RW": True}


def container(*mounts: dict[str, Any], **host: Any) -> dict[str, Any]:
    return {"Name": "/stackhub-x", "HostConfig": RIGHT | host, "Mounts": [VOLUME, *mounts]}


def bind(source: str, **more: Any) -> dict[str, Any]:
    return SOCKET | {"Source": source} | more


@pytest.mark.parametrize(
    ("service", "item"),
    [
        ("", container()),
        ("", container(bind("/etc/ssl/certs/ca-certificates.crt"), SecurityOpt=["no-new-privileges:true"])),
        ("gate", container(SOCKET, CapAdd=["CAP_SETUID", "KILL"], Memory=0)),
        ("hub", container(bind("/etc", RW=False), CapAdd=["KILL"], ReadonlyRootfs=False)),
        ("", container(ReadonlyRootfs=False)),
        ("nginx", container(PortBindings={"8443/tcp": [{"HostPort": "443"}]}, Memory=0)),
        ("walls", container(CapAdd=["NET_ADMIN"], NetworkMode="host", IpcMode="private", Memory=0)),
        ("proxy", container(PortBindings={"8000/tcp": None}, Memory=0)),
    ],
)
def test_a_container_with_the_right_rights_passes(service: str, item: dict[str, Any]) -> None:
    (found,) = check([(service, item)])
    assert (found.level, found.message) == ("ok", "1 container has only the rights that the stack gives.")


@pytest.mark.parametrize(
    ("service", "item", "problem"),
    [
        ("hub", container(Privileged=True), "is privileged: it is root on this server (CIS 5.5)."),
        ("hub", container(CapAdd=["SYS_ADMIN"]), "has capabilities that it does not need: SYS_ADMIN (CIS 5.4)."),
        ("proxy", container(CapAdd=["KILL"]), "has capabilities that it does not need: KILL (CIS 5.4)."),
        ("", container(CapDrop=None), "has capabilities that it does not need: Docker's defaults (CIS 5.4)."),
        ("", container(SecurityOpt=None), "can gain rights: no-new-privileges is not set (CIS 5.26)."),
        (
            "",
            container(SecurityOpt=["no-new-privileges", "seccomp=unconfined"]),
            "runs without part of Docker's protection: seccomp:unconfined (CIS 5.2, 5.3, 5.22).",
        ),
        ("", container(PidMode="host"), "shares the server's Pid namespace (CIS 5.16)."),
        ("", container(IpcMode="host"), "shares the server's Ipc namespace (CIS 5.17)."),
        ("", container(UTSMode="host"), "shares the server's UTS namespace (CIS 5.21)."),
        ("", container(UsernsMode="host"), "shares the server's Userns namespace (CIS 5.31)."),
        ("hub", container(NetworkMode="host"), "uses the server's own network (CIS 5.10)."),
        ("", container(Devices=[{"PathOnHost": "/dev/kvm"}]), "has devices of this server: /dev/kvm (CIS 5.18)."),
        ("", container(Memory=0), "has no memory limit (CIS 5.11)."),
        ("", container(PidsLimit=-1), "has no limit on processes (CIS 5.29)."),
        ("hub", container(PortBindings={"8081/tcp": [{"HostPort": "8081"}]}), "publishes 8081/tcp (CIS 5.9)."),
        ("hub", container(SOCKET), "has Docker's socket, and so the whole server: /var/run/docker.sock (CIS 5.32)."),
        ("", container(bind("/")), "has a folder of this server: / (CIS 5.6)."),
        ("hub", container(bind("/var/run/")), "has a folder of this server: /var/run (CIS 5.6)."),
        ("hub", container(bind("/etc")), "has a folder of this server: /etc (CIS 5.6)."),
        ("nginx", container(bind("/srv", Propagation="rshared")), "passes mounts on to this server: /srv (CIS 5.20)."),
    ],
)
def test_a_container_with_too_many_rights_fails(service: str, item: dict[str, Any], problem: str) -> None:
    (found,) = check([(service, item)])
    assert (found.level, found.message) == ("fail", f"stackhub-x {problem}")
    assert "docker rm --force stackhub-x; stackctl up" in found.fix


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ({"ReadonlyRootfs": False}, "can write to its own file system (CIS 5.13)."),
        ({"PidsLimit": None}, "has no limit on processes (CIS 5.29)."),
    ],
)
def test_a_weakness_of_a_service_is_a_warning(host: dict[str, Any], problem: str) -> None:
    loose, rights = check([("hub", container(**host))])
    assert (loose.level, loose.message, rights.level) == ("warn", f"stackhub-x {problem}", "ok")


def test_one_failure_means_no_ok_for_the_others() -> None:
    assert [item.level for item in check([("hub", container()), ("", container(Privileged=True))])] == ["fail"]
    assert list(check([])) == []
