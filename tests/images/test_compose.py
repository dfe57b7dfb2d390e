"""Compose by itself, in what a clean clone holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files
from tests.support.dotenv_table import ALIKE, REFUSED


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def compose(folder: Path, *arguments: str) -> str:
    """What `docker compose` prints, without stackctl and without settings. What it warns of is a failure."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STACK", "COMPOSE"))}
    command = ["docker", "compose", *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_config_is_valid_without_any_setting(engine_ready: None, clone: Path) -> None:
    compose(clone, "config", "--quiet")
    compose(clone, "--profile", "singleuser", "config", "--quiet")


def test_only_nginx_publishes_a_port_and_only_on_this_machine(engine_ready: None, clone: Path) -> None:
    services = json.loads(compose(clone, "config", "--format", "json"))["services"]
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert set(published) == {"nginx"}
    (port,) = published["nginx"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "8000", 8080)


def test_only_the_gate_has_dockers_socket(engine_ready: None, clone: Path) -> None:
    services = json.loads(compose(clone, "--profile", "singleuser", "config", "--format", "json"))["services"]
    holders = [name for name, service in services.items() if "docker.sock" in json.dumps(service)]
    assert holders == ["gate"]


def test_every_service_is_limited_restarted_and_looked_after(engine_ready: None, clone: Path) -> None:
    services = json.loads(compose(clone, "config", "--format", "json"))["services"]
    for name, service in services.items():
        assert service["restart"] == "always", name
        assert service["init"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges"], name
        assert service["logging"]["options"] == {"max-file": "3", "max-size": "10m"}, name
        assert service["healthcheck"]["test"], name


def read_by_compose(folder: Path, lines: Iterable[str], start: str = "", end: str = "\n") -> dict[str, str | None]:
    """The value that Compose reads from each line of a .env file that has them all."""
    names = {line: f"SETTING_{number}" for number, line in enumerate(lines)}
    text = "".join(f"{line.format(*[name] * 3)}\n" for line, name in names.items())
    (folder / ".env").write_text(start + text.replace("\n", end), newline="")
    environment = {name: f"${{{name}}}" for name in names.values()}
    project = {"name": "dotenv", "services": {"any": {"image": "any", "environment": environment}}}
    (folder / "compose.yaml").write_text(json.dumps(project))
    read = json.loads(compose(folder, "config", "--format", "json"))["services"]["any"]["environment"]
    return {line: read[name].replace("$$", "$") for line, name in names.items()}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_compose_reads_env_as_stackctl_does(engine_ready: None, tmp_path: Path, start: str, end: str) -> None:
    assert read_by_compose(tmp_path, ALIKE, start, end) == ALIKE


def test_compose_reads_what_stackctl_writes_in_place_of_what_it_refuses(engine_ready: None, tmp_path: Path) -> None:
    values = {form: form.strip("'") for form in REFUSED.values() if form is not None}
    read = read_by_compose(tmp_path, [f"{{}}={form.replace('{', '{{').replace('}', '}}')}" for form in values])
    assert list(read.values()) == list(values.values())
