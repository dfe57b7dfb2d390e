"""The body of a container: the hub's own is sent on unchanged, any other is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgate import body
from stackgate.calls import RefusedError
from stackgate.rules import Published, Rules
from tests.unit.stackgate.containers import CA, changed, container, shared_folder, shared_volume

IMAGE = f"sha256:{'a' * 64}"
FIXED = f"sha256:{'f' * 64}"
"""A read-only image of the catalogue."""
LIMITS = frozenset({("small", 2**29, 150_000)})
PUBLISHED = Published(frozenset({(IMAGE, False), (FIXED, True)}), frozenset({"GPU-1", "GPU-2"}), LIMITS)
RULES = Rules("lab", 1000, CA, PUBLISHED, "team, /srv/lab data,/srv/sets:ro")
TEAM = shared_volume("lab", "team")
DATA = shared_folder("/srv/lab data", read_only=False)
SETS = shared_folder("/srv/sets", read_only=True)
SHARED = [TEAM, DATA, SETS]
GOOD = container("lab", IMAGE, memory=2**29, cpu_quota=150_000, processes=1000, shared=SHARED)
MOUNTS = GOOD["HostConfig"]["Mounts"]
LABELS = MOUNTS[0]["VolumeOptions"]["Labels"]
ULIMITS = GOOD["HostConfig"]["Ulimits"]
GPUS = {"Driver": "nvidia", "Count": 0, "DeviceIDs": ["GPU-1"], "Capabilities": [["gpu"]], "Options": {}}


def without_empty(value: Any) -> Any:
    """A value without the parts that Docker treats as not set."""
    if isinstance(value, dict):
        return {name: without_empty(item) for name, item in value.items() if item not in (None, "", False, [], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def read(sent: Any, rules: Rules = RULES) -> Any:
    """What Docker gets, without the label that the gate adds."""
    understood = json.loads(body.read(json.dumps(sent).encode(), rules).sent())
    assert understood["Labels"].pop("stackhub.memory") == str(2**29)
    return understood


def test_the_hubs_own_container_is_sent_on_unchanged() -> None:
    assert without_empty(read(GOOD)) == without_empty(GOOD)
    assert read(changed(GOOD, "HostConfig.DeviceRequests", [GPUS]))["HostConfig"]["DeviceRequests"] == [GPUS]


def test_without_shared_folders_there_are_none() -> None:
    alone = changed(GOOD, "HostConfig.Mounts", MOUNTS[:2])
    rules = replace(RULES, shared_folders="")
    assert without_empty(read(alone, rules)) == without_empty(alone)
    with pytest.raises(
        RefusedError, match=r"Mounts: lab-shared-team at /home/jovyan/shared/team, .* is not as in the settings"
    ):
        body.read(json.dumps(GOOD).encode(), rules)


TMP = GOOD["HostConfig"]["Tmpfs"]["/tmp"]
IN_MEMORY = GOOD["HostConfig"]["Tmpfs"] | {"/home/jovyan": TMP.replace("mode=1777", "mode=700,uid=61100,gid=61100")}


def test_a_read_only_image_has_its_home_in_memory() -> None:
    fixed = GOOD | {"Image": FIXED}
    host = GOOD["HostConfig"] | {"ReadonlyRootfs": True, "Tmpfs": IN_MEMORY}
    assert without_empty(read(fixed | {"HostConfig": host})) == without_empty(fixed | {"HostConfig": host})
    for name in ("ReadonlyRootfs", "Tmpfs"):
        with pytest.raises(RefusedError, match=f"HostConfig.{name}: (not as|must be)"):
            read(fixed | {"HostConfig": host | {name: GOOD["HostConfig"][name]}})


FORBIDDEN: dict[str, list[Any]] = {
    "Image": ["debian:trixie-slim", "lab-hub", f"sha256:{'b' * 64}", IMAGE.upper(), "", None],
    "User": ["0", "root", "1000", "61100", "61100:0", "61100:100", "jovyan", "", None],
    "Entrypoint": [["/bin/sh"], "sh"],
    "Volumes": [{"/x": {}}],
    "NetworkDisabled": [True],
    "NetworkingConfig": [{"EndpointsConfig": {"host": {}}}],
    "MacAddress": ["02:42:ac:11:00:02"],
    "Healthcheck": [{"Test": ["CMD", "true"]}],
    "Runtime": ["nvidia", "io.containerd.runc.v2"],
    "StopSignal": ["SIGKILL"],
    "Hostname": ["hub"],
    "ExposedPorts": [{"22/tcp": {}}],
    "OnBuild": [["RUN id"]],
    "hostconfig": [{"Privileged": True}],
    "HostConfig": [{}, None, []],
    "Env": [["NVIDIA_VISIBLE_DEVICES=all"], ["nvidia_visible_devices=all"], [1], "A=b"],
    "Labels": [
        {},
        {"stackhub.stack": "bal", "stackhub.user": "alice"},
        {"stackhub.stack": "lab"},
        GOOD["Labels"] | {"com.docker.compose.project": "lab"},
        GOOD["Labels"] | {"com.docker.compose.service": "hub"},
        GOOD["Labels"] | {"stackhub.temporary": "lab"},
        GOOD["Labels"] | {"traefik.enable": "true"},
    ],
    "HostConfig.Privileged": [True, False],
    "HostConfig.PidMode": ["host", "container:lab-hub-1", ""],
    "HostConfig.IpcMode": ["host", "shareable"],
    "HostConfig.UTSMode": ["host"],
    "HostConfig.UsernsMode": ["host"],
    "HostConfig.CgroupnsMode": ["host"],
    "HostConfig.CgroupParent": ["/"],
    "HostConfig.Cgroup": ["x"],
    "HostConfig.NetworkMode": ["host", "container:lab-hub-1", "bridge", "lab_edge", "none", "lab-users ", ""],
    "HostConfig.GroupAdd": [["0"], ["docker"], ["100", "0"], ["61101"], [], None],
    "HostConfig.CapAdd": [["SYS_ADMIN"], []],
    "HostConfig.CapDrop": [[], ["NET_RAW"], ["ALL", "ALL"], None, "ALL"],
    "HostConfig.SecurityOpt": [
        [],
        ["seccomp=unconfined"],
        ["no-new-privileges", "apparmor=unconfined"],
        ["no-new-privileges:false"],
    ],
    "HostConfig.Devices": [[{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda", "CgroupPermissions": "rwm"}], []],
    "HostConfig.DeviceCgroupRules": [["b *:* rwm"]],
    "HostConfig.DeviceRequests": [
        [GPUS, GPUS],
        [GPUS | {"Count": -1}],
        [GPUS | {"DeviceIDs": ["GPU-3"]}],
        [GPUS | {"DeviceIDs": []}],
        [GPUS | {"DeviceIDs": ["all"]}],
        [GPUS | {"Driver": "cdi"}],
        [GPUS | {"Capabilities": [["gpu"], ["utility"]]}],
        [GPUS | {"Options": {"a": "b"}}],
    ],
    "HostConfig.Binds": [["/:/host"], ["lab_hub:/x"], [""]],
    "HostConfig.Links": [["lab-hub-1:hub"]],
    "HostConfig.VolumesFrom": [["lab-hub-1"]],
    "HostConfig.VolumeDriver": ["local"],
    "HostConfig.Tmpfs": [
        *({}, None, {"/x": "exec"}, {"/tmp": ""}, {"/tmp": f"{TMP},suid"}, {"/tmp": TMP.replace("nosuid", "suid")}),
        *({"/tmp": TMP.replace("size=", "size=1")}, {"/tmp": TMP, "/etc": TMP}, IN_MEMORY),
    ],
    "HostConfig.ReadonlyRootfs": [True, None, 0],
    "HostConfig.ExtraHosts": [["hub:1.2.3.4"]],
    "HostConfig.Dns": [["1.2.3.4"]],
    "HostConfig.Sysctls": [{"net.ipv4.ip_forward": "1"}],
    "HostConfig.Ulimits": [
        *([], None, ULIMITS[:1], ULIMITS[::-1], [*ULIMITS, {"Name": "nproc", "Soft": -1, "Hard": -1}]),
        [ULIMITS[0] | {"Hard": 2**20}, ULIMITS[1]],
        [ULIMITS[0], ULIMITS[1] | {"Soft": -1}],
    ],
    "HostConfig.OomKillDisable": [True],
    "HostConfig.OomScoreAdj": [-1000],
    "HostConfig.Runtime": ["kata"],
    "HostConfig.MaskedPaths": [[]],
    "HostConfig.ReadonlyPaths": [[]],
    "HostConfig.PortBindings": [{"8888/tcp": [{"HostPort": "80"}]}],
    "HostConfig.PublishAllPorts": [True],
    "HostConfig.RestartPolicy": [{"Name": "always"}],
    "HostConfig.AutoRemove": [True],
    "HostConfig.StorageOpt": [{"size": "1G"}],
    "HostConfig.ShmSize": [0, 2**26, 2**40, 2**29, "268435456", None],
    "HostConfig.Memory": [0, -1, 2**30, "536870912", 2**29 + 0.5, None],
    "HostConfig.MemorySwap": [-1, 0, 2**30, None],
    "HostConfig.CpuQuota": [-1, 0, 150_001, 400_000],
    "HostConfig.CpuPeriod": [1000, 0],
    "HostConfig.NanoCpus": [10**10],
    "HostConfig.PidsLimit": [-1, 0, 1001, None],
    "HostConfig.Init": [False, None],
    "HostConfig.LogConfig": [
        {"Type": "none", "Config": {}},
        {"Type": "syslog", "Config": {"syslog-address": "tcp://1.2.3.4"}},
    ],
    "HostConfig.LogConfig.Config.max-size": ["10g"],
    "HostConfig.LogConfig.Config.env": ["A"],
    "HostConfig.Mounts": [
        *([], [{"Type": "tmpfs", "Target": "/x"}], [*MOUNTS, MOUNTS[0]], MOUNTS[::-1]),
        *(MOUNTS[:1], MOUNTS[:2], MOUNTS[:-1], [*MOUNTS, SETS], [*MOUNTS[:2], DATA, TEAM, SETS]),
        *([*MOUNTS, shared_folder("/", read_only=True)], [*MOUNTS[:-1], shared_folder("/srv", read_only=True)]),
        [*MOUNTS, shared_volume("lab", "other")],
    ],
    "HostConfig.Mounts.0.Source": [
        *("lab_hub", "bal-user-alice", "lab-two-user-alice"),
        *("/", "", "lab-user-", "lab-user-a/../x", "lab-user-Ä", "lab-user-a\n"),
    ],
    "HostConfig.Mounts.0.Target": ["/etc", "/home/jovyan/work/..", "/"],
    "HostConfig.Mounts.0.Type": ["bind", "npipe", "cluster", "Volume"],
    "HostConfig.Mounts.0.Subpath": ["../x"],
    "HostConfig.Mounts.0.BindOptions": [{"Propagation": "rshared"}],
    "HostConfig.Mounts.0.VolumeOptions": [
        {},
        {"Labels": LABELS, "DriverConfig": {"Name": "local", "Options": {"device": "/", "o": "bind"}}},
        {"Labels": LABELS, "Subpath": "../x"},
        {"Labels": LABELS | {"stackhub.stack": "bal"}},
        {"Labels": LABELS | {"more": ""}},
    ],
    "HostConfig.Mounts.1.Source": ["/", "/etc/shadow", f"{CA}/..", f"{CA}/"],
    "HostConfig.Mounts.1.Target": ["/etc/passwd"],
    "HostConfig.Mounts.1.ReadOnly": [False, None],
    "HostConfig.Mounts.1.BindOptions": [{"Propagation": "rshared"}],
    "HostConfig.Mounts.2.Type": ["bind", "tmpfs"],
    "HostConfig.Mounts.2.Source": ["bal-shared-team", "lab_hub", "lab-user-alice", "lab-shared-team2", "/srv/sets", "team"],
    "HostConfig.Mounts.2.Target": ["/home/jovyan/work/team", "/etc", f"{TEAM['Target']}/", f"{TEAM['Target']}/../../.."],
    "HostConfig.Mounts.2.ReadOnly": [True, None, 0],
    "HostConfig.Mounts.2.VolumeOptions": [
        *(None, {}, {"NoCopy": True}, {"Labels": TEAM["VolumeOptions"]["Labels"]}),
        TEAM["VolumeOptions"] | {"NoCopy": False},
        TEAM["VolumeOptions"] | {"Labels": LABELS},
        TEAM["VolumeOptions"] | {"Subpath": ".."},
        TEAM["VolumeOptions"] | {"DriverConfig": {"Name": "local", "Options": {"device": "/", "o": "bind"}}},
    ],
    "HostConfig.Mounts.4.Type": ["volume"],
    "HostConfig.Mounts.4.Source": [
        *(
            "/",
            "/srv",
            "/srv/sets/",
            "/srv/sets/..",
            "/srv/sets/sub",
            "/srv/./sets",
            "//srv/sets",
            "/srv/Sets",
            "/srv/other",
        ),
        *("srv/sets", "/srv/sets:ro", "/srv/sets\n", "", "/proc/self/root/srv/sets"),
    ],
    "HostConfig.Mounts.4.Target": ["/srv/sets", "/home/jovyan/shared", "/home/jovyan/.ssh"],
    "HostConfig.Mounts.4.ReadOnly": [False, None, 1],
    "HostConfig.Mounts.4.VolumeOptions": [{"Labels": {}}],
    "HostConfig.Mounts.4.Consistency": ["delegated"],
    "HostConfig.Mounts.4.BindOptions": [
        *({}, {"Propagation": "shared"}, {"Propagation": "rslave"}, {"NonRecursive": True}),
        *({"ReadOnlyNonRecursive": True}, {"CreateMountpoint": True}),
    ],
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in FORBIDDEN.items() for value in values])
def test_any_other_value_is_refused(path: str, value: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        read(changed(GOOD, path, value))
    assert path.split(".")[0].lower() in str(refused.value).lower()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
PATHS = [
    *GOOD,
    *(f"HostConfig.{name}" for name in GOOD["HostConfig"]),
    *(f"HostConfig.Mounts.{index}.{name}" for index, mount in enumerate(MOUNTS) for name in mount),
]


FREE = {"Env", "Cmd", "AttachStdout", "AttachStderr", "ExposedPorts", "Labels"}
"""Fields that the hub may set freely, within the rules for each."""


@given(st.sampled_from(PATHS) | st.text(min_size=1, max_size=12).filter(lambda name: "." not in name), JSON)
def test_only_the_hubs_own_container_is_sent_on(path: str, value: Any) -> None:
    """Whatever value a field gets, the gate refuses it or does not send it on."""
    try:
        sent = read(changed(GOOD, path, value))
    except RefusedError:
        return
    assert {name: item for name, item in without_empty(sent).items() if name not in FREE} == {
        name: item for name, item in without_empty(GOOD).items() if name not in FREE
    }
    assert sent["Labels"]["stackhub.stack"] == "lab"


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{", b"\xff", b'{"Image": "a"', b'"x"', b"NaN"])
def test_a_malformed_body_is_refused(text: bytes) -> None:
    with pytest.raises(RefusedError):
        body.read(text, RULES)


def test_of_two_fields_with_the_same_name_docker_gets_the_one_that_was_checked() -> None:
    twice = json.dumps(GOOD).replace('"CapDrop": ["ALL"]', '"CapDrop": [], "CapDrop": ["ALL"]').encode()
    assert json.loads(body.read(twice, RULES).sent())["HostConfig"]["CapDrop"] == ["ALL"]
    twice = json.dumps(GOOD).replace('"CapDrop": ["ALL"]', '"CapDrop": ["ALL"], "CapDrop": []').encode()
    with pytest.raises(RefusedError):
        body.read(twice, RULES)
