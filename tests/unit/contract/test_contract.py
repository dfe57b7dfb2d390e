"""Facts of contract/ against the files that state them again: Compose, Dockerfiles, shell scripts."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from contract import container, memory, names, network, paths, shared, users
from contract.shared import SharedFolder
from stackctl.engine.compose import SOURCES
from tests.support.checkout import ROOT

MODULES = sorted((ROOT / "contract").glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_it_imports_nothing_but_the_standard_library(module: Path) -> None:
    nodes = list(ast.walk(ast.parse(module.read_text())))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize(("amount", "expected"), [("512M", 2**29), ("1.5G", 3 * 2**29), ("2T", 2**41), ("100K", 102_400)])
def test_memory_in_bytes(amount: str, expected: int) -> None:
    assert memory.to_bytes(amount) == expected
    assert memory.limit(amount, 1) == expected


def test_the_machines_memory(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:       1000 kB\nMemFree: 1 kB\n")
    assert memory.of_machine(tmp_path / "meminfo") == 1_024_000
    assert memory.of_machine() > 2**28


def test_a_share_of_the_machines_memory() -> None:
    assert (memory.limit("90%", 2**30), memory.limit("150%", 1000)) == (2**30 * 90 // 100, 1500)


def test_shared_folders_are_read_with_their_targets_and_volumes() -> None:
    team, data = shared.parse(" team, /srv/lab data:ro,")
    assert (team, data) == (SharedFolder("team"), SharedFolder("/srv/lab data", read_only=True))
    assert (team.name, team.path, team.target) == ("team", None, "/home/jovyan/shared/team")
    assert team.volume("lab") == "lab-shared-team"
    assert (data.name, data.path, data.target) == ("lab data", Path("/srv/lab data"), "/home/jovyan/shared/lab data")
    assert [str(folder) for folder in (team, data)] == ["team", "/srv/lab data:ro"]


def test_folders_in_memory_have_half_of_the_memory_each() -> None:
    options = "rw,exec,nosuid,nodev,size=536870912"
    assert container.tmpfs(2**30, read_only=False) == {"/tmp": f"{options},mode=1777"}
    home = {"/home/jovyan": f"{options},mode=700,uid=61100,gid=61100"}
    assert container.tmpfs(2**30, read_only=True) == {"/tmp": f"{options},mode=1777"} | home


def test_images_create_their_users_with_the_numbers_here() -> None:
    for service in ("hub", "gate", "nginx"):
        assert _numbers(ROOT / service / "Dockerfile") == {(str(users.SERVICE), str(users.SERVICE_GROUP))}, service
    assert _numbers(ROOT / "singleuser/base/Dockerfile") == {(str(users.NOTEBOOK), str(users.NOTEBOOK))}


def _numbers(dockerfile: Path) -> set[tuple[str, str]]:
    """User and group of each account that a Dockerfile creates. With useradd's --user-group the group would be 1000."""
    text = dockerfile.read_text()
    groups = re.findall(r"groupadd --gid (\d+) (\w+)", text)
    return {(uid, gid) for uid, gid in re.findall(r"useradd .*--uid (\d+) --gid (\d+) ", text) if gid in dict(groups)}


def test_no_distribution_gives_the_numbers_of_notebooks_and_of_the_services_group_to_anybody() -> None:
    """60578 to 61183 are unused: https://systemd.io/UIDS-GIDS/"""
    assert all(60578 <= number <= 61183 for number in (users.NOTEBOOK, users.SERVICE_GROUP))


@pytest.mark.parametrize("service", ["gate", "hub", "nginx", "walls"])
def test_images_with_contract_are_rebuilt_when_it_changes(service: str) -> None:
    has_it = "COPY --from=contract " in (ROOT / service / "Dockerfile").read_text()
    assert has_it == ("contract" in SOURCES[service.upper()])


def test_start_scripts_run_as_the_services_user() -> None:
    for script in ("gate/start-gate", "hub/start-hub"):
        assert f"--reuid={users.SERVICE} --regid={users.SERVICE_GROUP} " in (ROOT / script).read_text()


def test_compose_has_the_paths_ports_and_names_here() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    assert f"DOCKER_HOST: unix://{paths.GATE_SOCKET}\n" in compose
    assert f"- hub:{paths.HUB_DATA}\n" in compose
    assert f"- proxy:{paths.PROXY}\n" in compose
    assert f"- tls:{Path(paths.TLS_PEM).parent}\n" in compose
    assert f"/dev/tcp/127.0.0.1/{network.HUB_PORT}" in compose
    assert f"name: {names.users_network('${STACK_NAME:-stackhub}')}\n" in compose
    assert f":{container.CA_BUNDLE}:ro\n" in compose


def test_nginx_reads_the_certificate_that_stackctl_writes() -> None:
    texts = [path.read_text() for path in (ROOT / "nginx").rglob("*") if path.is_file() and path.suffix != ".html"]
    assert sum(f" {paths.TLS_PEM};" in text for text in texts) == 1


def test_the_proxy_sends_what_it_does_not_know_to_nginx() -> None:
    target = re.search(r"--default-target http\+unix://(\S+)", (ROOT / "hub/start-proxy").read_text())
    assert target
    assert f"listen unix:{unquote(target[1])};" in (ROOT / "nginx/templates/no-route.conf").read_text()
