"""What services and notebook servers may do, what they can reach, and who can read the secrets."""

from __future__ import annotations

import json
import os

import pytest

from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack

SECRETS = {
    "cookie secret": "/srv/jupyterhub/cookie-secret",
    "stackctl token": "/srv/jupyterhub/stackctl-token",
    "proxy token": "/run/proxy/token",
}
SERVICES = ["gate", "hub", "nginx", "proxy"]
CONNECT = """
import socket
from concurrent.futures import ThreadPoolExecutor

def opens(target):
    try:
        socket.create_connection(target, timeout=5).close()
    except OSError:
        return False
    return True

targets = {targets}
with ThreadPoolExecutor(len(targets)) as pool:
    print([target for target, there in zip(targets, pool.map(opens, targets)) if there])
"""
PROCESSES = r"""
for process in /proc/[0-9]*; do
    { grep -E '^(Name|Uid|CapEff|NoNewPrivs)' $process/status | tr '\n\t' '  '; } 2>/dev/null
    echo
done
"""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_rights_beyond_its_own(stack: Stack, service: str) -> None:
    host = stack.services()[service].attrs["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    added = {name.removeprefix("CAP_") for name in host["CapAdd"] or []}
    assert added == ({"KILL", "SETGID", "SETPCAP", "SETUID"} if service == "gate" else set())
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Init"] is True
    assert host["Privileged"] is False
    assert host["ReadonlyRootfs"] is True
    assert host["PidsLimit"] == 2000
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}


@pytest.mark.parametrize("service", SERVICES)
def test_no_process_of_a_service_is_root_or_could_become_it(stack: Stack, service: str) -> None:
    processes = [line for line in stack.inside(service, PROCESSES).splitlines() if line]
    if service == "gate":  # its init, with what start-gate needed
        processes = [line for line in processes if "docker-init" not in line]
    assert processes
    for line in processes:
        assert "Uid: 990 990 990 990" in line
        assert "CapEff: 0000000000000000" in line
        assert "NoNewPrivs: 1" in line


def test_only_nginx_has_a_port_and_only_on_this_machine(stack: Stack, alice: Person) -> None:
    alice.start()
    containers = stack.services() | stack.servers()
    published = {name: {port: where for port, where in item.ports.items() if where} for name, item in containers.items()}
    assert {name: ports for name, ports in published.items() if ports} == {
        "nginx": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]}
    }


def test_a_notebook_server_has_no_rights_beyond_its_users(alice: Person) -> None:
    alice.start()
    host = alice.stack.servers()[alice.name].attrs["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Init"] is True
    assert host["Privileged"] is False
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    assert [(item["Type"], item["Source"], item["Target"], item.get("ReadOnly", False)) for item in host["Mounts"]] == [
        ("volume", f"{alice.stack.name}-user-alice", "/home/jovyan/work", False),
        ("bind", os.environ.get("STACK_CA_BUNDLE", bundle), bundle, True),
        ("volume", f"{alice.stack.name}-shared-team", "/home/jovyan/shared/team", False),
        ("bind", str(alice.stack.datasets), "/home/jovyan/shared/datasets", True),
    ]
    assert host["Ulimits"] == [
        {"Name": "nofile", "Hard": 16384, "Soft": 16384},
        {"Name": "core", "Hard": 0, "Soft": 0},
    ]
    assert host["ReadonlyRootfs"] is False
    with Kernel(alice) as kernel:
        status = kernel.run("print(open('/proc/self/status').read())").splitlines()
        mounts = kernel.run("print(open('/proc/mounts').read())").splitlines()
        kernel.run("import resource")
        assert kernel.run("print(resource.getrlimit(resource.RLIMIT_NOFILE))") == "(16384, 16384)"
    (tmp,) = (line.split() for line in mounts if line.split()[1] == "/tmp")
    assert tmp[2] == "tmpfs"
    assert {"nosuid", "nodev", "size=262144k"} <= set(tmp[3].split(","))
    assert "noexec" not in tmp[3]
    assert {"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"} <= set(status)


def test_a_notebook_reaches_the_hub_and_nothing_else_of_the_stack(alice: Person) -> None:
    """Above all not the proxy's API, the hub's database, or Docker."""
    targets = [(service, port) for service in SERVICES for port in (22, 80, 443, 2375, 2376, 8000, 8001, 8080, 8081, 8888)]
    with Kernel(alice.start()) as kernel:
        assert kernel.run(CONNECT.format(targets=targets), seconds=60) == "[('hub', 8081)]"
        kernel.run("import os.path")
        for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/proxy", "/run/edge", "/srv/jupyterhub"):
            assert kernel.run(f"print(os.path.exists({path!r}))") == "False"


def test_secrets_are_in_no_inspect_and_no_log(stack: Stack, alice: Person) -> None:
    alice.start()
    secrets = known_secrets(stack)
    assert all(len(secret) >= 16 for secret in secrets.values()), "or they would be found by chance"
    for name, container in (stack.services() | stack.servers()).items():
        image = stack.docker.images.get(container.attrs["Image"])
        shown = json.dumps([container.attrs, image.attrs, image.history()]) + container.logs().decode(errors="replace")
        for what, secret in secrets.items():
            assert secret not in shown, f"{what} of {name}"


def test_files_with_secrets_are_their_owners_alone(stack: Stack) -> None:
    rights = stack.inside("hub", f"stat -c '%a %U' /srv/jupyterhub /run/proxy {' '.join(SECRETS.values())}").splitlines()
    assert rights == ["700 hub"] * 2 + ["600 hub"] * 3


def known_secrets(stack: Stack) -> dict[str, str]:
    """What nobody may see, read where it is kept."""
    secrets = {what: stack.inside("hub", f"cat {path}").strip() for what, path in SECRETS.items()}
    return secrets | {"admin password": (stack.root / ".stack" / stack.name / "admin-password").read_text().strip()}
