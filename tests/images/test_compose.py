"""Compose by itself, in what a clean clone holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT, files


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


def test_only_the_hub_has_dockers_socket(engine_ready: None, clone: Path) -> None:
    services = json.loads(compose(clone, "--profile", "singleuser", "config", "--format", "json"))["services"]
    holders = [name for name, service in services.items() if "docker.sock" in json.dumps(service)]
    assert holders == ["hub"]


def test_every_service_is_limited_restarted_and_looked_after(engine_ready: None, clone: Path) -> None:
    services = json.loads(compose(clone, "config", "--format", "json"))["services"]
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert service["init"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges"], name
        assert service["logging"]["options"] == {"max-file": "3", "max-size": "10m"}, name
        assert service["healthcheck"]["test"], name
