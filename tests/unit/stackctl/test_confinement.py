"""What is said of a container that has more rights than it was made to have: one thing changed at a time."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.checks.confinement import check

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
def test_what_is_as_it_should_be(service: str, item: dict[str, Any]) -> None:
    (found,) = check([(service, item)])
    assert (found.level, found.message) == (
        "ok",
        "1 containers have the rights that they were made to have, and no others.",
    )


@pytest.mark.parametrize(
    ("service", "item", "said"),
    [
        ("hub", container(Privileged=True), "is privileged: it is root on this server (CIS 5.5)."),
        ("hub", container(CapAdd=["SYS_ADMIN"]), "has capabilities that it does not need: SYS_ADMIN (CIS 5.4)."),
        ("proxy", container(CapAdd=["KILL"]), "has capabilities that it does not need: KILL (CIS 5.4)."),
        ("", container(CapDrop=None), "has capabilities that it does not need: those that Docker gives (CIS 5.4)."),
        ("", container(SecurityOpt=None), "may gain rights: no-new-privileges is not set (CIS 5.26)."),
        (
            "",
            container(SecurityOpt=["no-new-privileges", "seccomp=unconfined"]),
            "runs without a part of Docker's protection: seccomp:unconfined (CIS 5.2, 5.3, 5.22).",
        ),
        ("", container(PidMode="host"), "shares the server's Pid namespace (CIS 5.16)."),
        ("", container(IpcMode="host"), "shares the server's Ipc namespace (CIS 5.17)."),
        ("", container(UTSMode="host"), "shares the server's UTS namespace (CIS 5.21)."),
        ("", container(UsernsMode="host"), "shares the server's Userns namespace (CIS 5.31)."),
        ("hub", container(NetworkMode="host"), "is on the server's own network (CIS 5.10)."),
        ("", container(Devices=[{"PathOnHost": "/dev/kvm"}]), "has devices of the server's: /dev/kvm (CIS 5.18)."),
        ("", container(Memory=0), "has no limit of memory (CIS 5.11)."),
        ("", container(PidsLimit=-1), "has no limit of processes (CIS 5.29)."),
        ("hub", container(PortBindings={"8081/tcp": [{"HostPort": "8081"}]}), "publishes 8081/tcp (CIS 5.9)."),
        ("hub", container(SOCKET), "has Docker's socket, and so the whole server: /var/run/docker.sock (CIS 5.32)."),
        ("", container(bind("/")), "has a folder of the server's: / (CIS 5.6)."),
        ("hub", container(bind("/var/run/")), "has a folder of the server's: /var/run (CIS 5.6)."),
        ("hub", container(bind("/etc")), "has a folder of the server's: /etc (CIS 5.6)."),
        ("nginx", container(bind("/srv", Propagation="rshared")), "hands mounts on to the server: /srv (CIS 5.20)."),
    ],
)
def test_what_is_not(service: str, item: dict[str, Any], said: str) -> None:
    (found,) = check([(service, item)])
    assert (found.level, found.message) == ("fail", f"stackhub-x {said}")
    assert "docker rm --force stackhub-x; stackctl up" in found.fix


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({"ReadonlyRootfs": False}, "can write in its own file system (CIS 5.13)."),
        ({"PidsLimit": None}, "has no limit of processes (CIS 5.29)."),
    ],
)
def test_what_is_loose_in_a_service(host: dict[str, Any], said: str) -> None:
    loose, rights = check([("hub", container(**host))])
    assert (loose.level, loose.message, rights.level) == ("warn", f"stackhub-x {said}", "ok")


def test_the_others_are_not_praised_for_one() -> None:
    assert [item.level for item in check([("hub", container()), ("", container(Privileged=True))])] == ["fail"]
    assert list(check([])) == []
