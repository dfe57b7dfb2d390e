"""The body of `POST /containers/create` as the hub's Docker SDK sends it for a notebook server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CA = "/etc/ssl/certs/ca-certificates.crt"


def container(
    stack: str, image: str, *, memory: int, cpu_quota: int, processes: int, ca: str = CA, shared: Sequence[Any] = ()
) -> dict[str, Any]:
    """Alice's, of the size small: `memory` in bytes, `cpu_quota` in microseconds of every 100,000, and `shared` mounts."""
    labels = {"stackhub.stack": stack, "stackhub.user": "alice"}
    size = {"stackhub.size": "small"}
    return {
        "Hostname": None,
        "Domainname": None,
        "ExposedPorts": {"8888/tcp": None},
        "User": "61100:61100",
        "Tty": False,
        "OpenStdin": False,
        "StdinOnce": False,
        "AttachStdin": False,
        "AttachStdout": True,
        "AttachStderr": True,
        "Env": ["JUPYTERHUB_USER=alice", "JUPYTERHUB_API_TOKEN=secret"],
        "Cmd": ["jupyterhub-singleuser"],
        "Image": image,
        "Volumes": {},
        "NetworkDisabled": False,
        "Entrypoint": None,
        "WorkingDir": None,
        "HostConfig": {
            "Memory": memory,
            "MemorySwap": memory,
            "NetworkMode": f"{stack}-users",
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "Binds": [],
            "Links": [],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "CpuQuota": cpu_quota,
            "CpuPeriod": 100_000,
            "PidsLimit": processes,
            "Ulimits": [{"Name": "nofile", "Soft": 16384, "Hard": 16384}, {"Name": "core", "Soft": 0, "Hard": 0}],
            "Tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,size={memory // 2},mode=1777"},
            "ShmSize": memory // 2,
            "ReadonlyRootfs": False,
            "Init": True,
            "GroupAdd": ["100"],
            "Mounts": [
                {
                    "Target": "/home/jovyan/work",
                    "Source": f"{stack}-user-alice",
                    "Type": "volume",
                    "ReadOnly": False,
                    "VolumeOptions": {"Labels": dict(labels)},
                },
                {"Target": CA, "Source": ca, "Type": "bind", "ReadOnly": True},
                *shared,
            ],
            "DeviceRequests": [],
        },
        "NetworkingConfig": None,
        "MacAddress": None,
        "Labels": labels | size | {"com.docker.compose.project": "", "stackhub.server": ""},
        "StopSignal": None,
        "Healthcheck": None,
        "StopTimeout": None,
        "Runtime": None,
    }


def shared_volume(stack: str, name: str) -> dict[str, Any]:
    """One of everybody's, as the hub mounts it."""
    options = {"NoCopy": True, "Labels": {"stackhub.shared": stack}}
    source, target = f"{stack}-shared-{name}", f"/home/jovyan/shared/{name}"
    return {"Target": target, "Source": source, "Type": "volume", "ReadOnly": False, "VolumeOptions": options}


def shared_folder(path: str, *, read_only: bool) -> dict[str, Any]:
    """The mount of a shared folder that is a folder of the server."""
    target = f"/home/jovyan/shared/{path.rpartition('/')[2]}"
    return {"Target": target, "Source": path, "Type": "bind", "ReadOnly": read_only}


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at `path`, such as HostConfig.Mounts.0.Source."""
    first, _, rest = path.partition(".")
    if isinstance(body, list):
        index = int(first)
        return [*body[:index], changed(body[index], rest, value) if rest else value, *body[index + 1 :]]
    return body | {first: changed(body.get(first, {}), rest, value) if rest else value}
