"""Calls that an attacker who controls the hub would try on Docker's API. Each works on Docker's own socket."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.unit.stackgate.containers import changed


@dataclass(frozen=True)
class Attempt:
    """A call to the API; `body` is sent as JSON when it is not bytes."""

    what: str
    method: str
    path: str
    body: Any = None
    kind: str = "application/json"

    @property
    def request(self) -> str:
        """The HTTP request, as latin-1 text."""
        body = (
            self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode() if self.body is not None else b""
        )
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
        if body:
            head += f"Content-Type: {self.kind}\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n" + body.decode("latin-1")


def without(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def tar(name: str, text: str) -> bytes:
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        return file.getvalue()


def calls(stack: str, victim: str, image: str) -> list[Attempt]:
    """Calls other than creating containers. `victim`: a container that is not a notebook server; `image` exists."""
    hub = f"{stack}-hub-1"
    exec_ = {"Cmd": ["id"], "Privileged": True, "User": "0"}
    bind = {"Name": f"{stack}-user-trick", "Driver": "local", "DriverOpts": {"type": "none", "o": "bind", "device": "/"}}
    return [
        Attempt("the hub's configuration", "GET", f"/containers/{hub}/json"),
        Attempt("the hub's volume", "GET", f"/containers/{hub}/archive?path=/srv/jupyterhub"),
        Attempt("the gate's log", "GET", f"/containers/{stack}-gate-1/logs?stdout=1&tail=10"),
        Attempt("all containers", "GET", "/containers/json?all=1"),
        Attempt("another label", "GET", f"/containers/json?all=1&filters={quote(json.dumps({'label': ['a']}))}"),
        Attempt("exec", "POST", f"/containers/{victim}/exec", exec_),
        Attempt("docker cp", "PUT", f"/containers/{victim}/archive?path=/tmp", tar("x", "y"), "application/x-tar"),
        Attempt("kill", "POST", f"/containers/{victim}/kill?signal=SIGWINCH"),
        Attempt("pause", "POST", f"/containers/{victim}/pause"),
        Attempt("unpause", "POST", f"/containers/{victim}/unpause"),
        Attempt("more memory", "POST", f"/containers/{victim}/update", {"PidsLimit": 12345}),
        Attempt("processes", "GET", f"/containers/{victim}/top"),
        Attempt("changes", "GET", f"/containers/{victim}/changes"),
        Attempt("resize", "POST", f"/containers/{victim}/resize?h=1&w=1"),
        Attempt("commit", "POST", f"/commit?container={victim}&repo={stack}-committed"),
        Attempt("networks", "GET", "/networks"),
        Attempt("disconnect", "POST", f"/networks/{stack}-users/disconnect", {"Container": victim, "Force": True}),
        Attempt("connect", "POST", f"/networks/{stack}-users/connect", {"Container": victim}),
        Attempt("a volume that binds the server's /", "POST", "/volumes/create", bind),
        Attempt("removing a volume", "DELETE", f"/volumes/{stack}-user-trick"),
        Attempt("all volumes", "GET", "/volumes"),
        Attempt("all images", "GET", "/images/json"),
        Attempt("an image", "GET", f"/images/{image}/json"),
        Attempt("an image's files", "POST", f"/images/{image}/tag?repo={stack}-tagged"),
        Attempt("untag", "DELETE", f"/images/{stack}-tagged"),
        Attempt("load", "POST", "/images/load?quiet=1", tar("x", "y"), "application/x-tar"),
        Attempt("build", "POST", "/build?q=1", tar("Dockerfile", f"FROM {image}\n"), "application/x-tar"),
        Attempt("info", "GET", "/info"),
        Attempt("disk", "GET", "/system/df"),
        Attempt("events", "GET", "/events?since=0&until=1"),
        Attempt("plugins", "GET", "/plugins"),
        Attempt("prune", "POST", f"/volumes/prune?filters={quote(json.dumps({'label': ['nobody.has.this']}))}"),
        Attempt("rename", "POST", f"/containers/{victim}/rename?name={stack}-renamed"),
        Attempt("rename back", "POST", f"/containers/{stack}-renamed/rename?name={victim}"),
        Attempt("stop", "POST", f"/containers/{victim}/stop?t=0"),
        Attempt("start", "POST", f"/containers/{victim}/start"),
        Attempt("by its id in capitals of the API", "GET", f"/v1.43/containers/{victim}/json"),
        Attempt("remove", "DELETE", f"/containers/{victim}?force=1"),
    ]


def bodies(stack: str, good: dict[str, Any], tag: str) -> dict[str, dict[str, Any]]:
    """Containers with more rights, each one change away from the hub's own, `good`. `tag`: an image's name."""
    mounts = good["HostConfig"]["Mounts"]
    folder = str(mounts[3]["Source"])
    driver = {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "/"}}
    changes: list[tuple[str, str, Any]] = [
        ("privileged", "HostConfig.Privileged", True),
        ("the server's processes", "HostConfig.PidMode", "host"),
        ("the hub's processes", "HostConfig.PidMode", f"container:{stack}-hub-1"),
        ("the server's memory", "HostConfig.IpcMode", "host"),
        ("the server's network", "HostConfig.NetworkMode", "host"),
        ("the default network", "HostConfig.NetworkMode", "bridge"),
        ("the server's name", "HostConfig.UTSMode", "host"),
        ("the server's users", "HostConfig.UsernsMode", "host"),
        ("the server's cgroups", "HostConfig.CgroupnsMode", "host"),
        ("a capability", "HostConfig.CapAdd", ["SYS_ADMIN"]),
        ("all usual capabilities", "HostConfig.CapDrop", []),
        ("no seccomp", "HostConfig.SecurityOpt", ["no-new-privileges", "seccomp=unconfined"]),
        ("new privileges", "HostConfig.SecurityOpt", []),
        (
            "a device",
            "HostConfig.Devices",
            [{"PathOnHost": "/dev/null", "PathInContainer": "/x", "CgroupPermissions": "rwm"}],
        ),
        ("all devices", "HostConfig.DeviceCgroupRules", ["a *:* rwm"]),
        ("/ as a bind", "HostConfig.Binds", ["/:/host"]),
        ("the hub's volume as a bind", "HostConfig.Binds", [f"{stack}_hub:/x"]),
        ("/ as a mount", "HostConfig.Mounts", [*mounts, {"Type": "bind", "Source": "/", "Target": "/host"}]),
        ("Docker's socket instead of certificates", "HostConfig.Mounts.1.Source", "/var/run/docker.sock"),
        ("writable certificates", "HostConfig.Mounts.1.ReadOnly", False),
        ("the hub's volume as files", "HostConfig.Mounts.0.Source", f"{stack}_hub"),
        ("the gate's volume as files", "HostConfig.Mounts.0.Source", f"{stack}_gate"),
        ("another stack's files", "HostConfig.Mounts.0.Source", f"{stack}-two-user-alice"),
        ("/ through a volume's driver", "HostConfig.Mounts.0.VolumeOptions.DriverConfig", driver),
        ("files over the system", "HostConfig.Mounts.0.Target", "/etc"),
        ("another place in the volume", "HostConfig.Mounts.0.VolumeOptions.Subpath", "x"),
        ("another volume instead of a shared one", "HostConfig.Mounts.2.Source", f"{stack}_hub"),
        ("/ through a shared volume's driver", "HostConfig.Mounts.2.VolumeOptions.DriverConfig", driver),
        ("a part of a shared volume", "HostConfig.Mounts.2.VolumeOptions.Subpath", "x"),
        ("a shared volume over the system", "HostConfig.Mounts.2.Target", "/etc"),
        ("/ instead of a shared folder", "HostConfig.Mounts.3.Source", "/"),
        ("the parent of a shared folder", "HostConfig.Mounts.3.Source", folder.rpartition("/")[0]),
        ("a shared folder with ..", "HostConfig.Mounts.3.Source", f"{folder}/.."),
        ("another path to a shared folder", "HostConfig.Mounts.3.Source", f"/proc/self/root{folder}"),
        ("a shared folder with two slashes", "HostConfig.Mounts.3.Source", f"/{folder}"),
        ("a writable shared folder", "HostConfig.Mounts.3.ReadOnly", False),
        ("a shared folder without ReadOnly", "HostConfig.Mounts.3", without("ReadOnly", mounts[3])),
        ("a shared folder over the system", "HostConfig.Mounts.3.Target", "/etc"),
        ("mounts that propagate to the server", "HostConfig.Mounts.3.BindOptions", {"Propagation": "shared"}),
        ("mounts that propagate from the server", "HostConfig.Mounts.3.BindOptions", {"Propagation": "rslave"}),
        ("writable mounts inside a shared folder", "HostConfig.Mounts.3.BindOptions", {"ReadOnlyNonRecursive": True}),
        ("a shared folder twice", "HostConfig.Mounts", [*mounts, mounts[3] | {"Target": "/x"}]),
        ("not all shared folders", "HostConfig.Mounts", mounts[:3]),
        ("the hub's volumes", "HostConfig.VolumesFrom", [f"{stack}-hub-1"]),
        ("a port of the server", "HostConfig.PortBindings", {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18999"}]}),
        ("no masked paths", "HostConfig.MaskedPaths", []),
        ("writable /proc/sys", "HostConfig.ReadonlyPaths", []),
        ("a kernel setting", "HostConfig.Sysctls", {"net.ipv4.ip_forward": "1"}),
        ("another cgroup", "HostConfig.CgroupParent", "/docker-attack"),
        ("never out of memory", "HostConfig.OomScoreAdj", -500),
        ("more memory", "HostConfig", good["HostConfig"] | {"Memory": 2**33, "MemorySwap": 2**33}),
        ("swap", "HostConfig.MemorySwap", -1),
        ("more processors", "HostConfig.CpuQuota", 0),
        ("unlimited processes", "HostConfig.PidsLimit", -1),
        ("unlimited open files", "HostConfig.Ulimits", []),
        ("unlimited memory in /tmp", "HostConfig.Tmpfs", {"/tmp": "exec"}),
        ("unlimited memory in /dev/shm", "HostConfig.ShmSize", 2**40),
        ("a label that a terminal obeys", "Labels", good["Labels"] | {"stackhub.server": "\x1b[2J"}),
        ("a label that is a book", "Labels", good["Labels"] | {"stackhub.server": "x" * 10_000}),
        ("the gate's own label", "Labels", good["Labels"] | {"stackhub.memory": "0"}),
        ("set-uid programs in /tmp", "HostConfig.Tmpfs./tmp", "rw,exec,suid,dev"),
        ("memory over the system", "HostConfig.Tmpfs", good["HostConfig"]["Tmpfs"] | {"/etc": ""}),
        ("another file system than the catalogue's", "HostConfig.ReadonlyRootfs", True),
        ("restarts", "HostConfig.RestartPolicy", {"Name": "always"}),
        ("an unlimited log", "HostConfig.LogConfig", {"Type": "json-file", "Config": {}}),
        ("additional host names", "HostConfig.ExtraHosts", ["hub:127.0.0.1"]),
        ("another image by name", "Image", tag),
        ("root", "User", "0"),
        ("another program", "Entrypoint", ["/bin/sh"]),
        ("an additional network", "NetworkingConfig", {"EndpointsConfig": {f"{stack}_edge": {}}}),
        ("a service's label", "Labels", good["Labels"] | {"com.docker.compose.project": stack}),
        ("another stack's label", "Labels", good["Labels"] | {"stackhub.stack": f"{stack}-two"}),
        ("no label", "Labels", {}),
    ]
    table = {what: changed(good, path, value) for what, path, value in changes}
    joined = changed(good, "HostConfig.NetworkMode", f"container:{stack}-hub-1")
    return table | {"the hub's network": joined | {"ExposedPorts": {}}}
