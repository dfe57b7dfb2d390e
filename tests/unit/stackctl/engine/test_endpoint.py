"""What a shell says of Docker and Compose, perhaps for another project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackctl.doctor.groups import server
from stackctl.engine import endpoint
from stackctl.engine.errors import unreachable
from stackctl.errors import CheckFailedError


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", *endpoint.IGNORED):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"currentContext": "default"}), "[not json"])
def test_the_default_context_is_this_server(config: Path, text: str) -> None:
    config.write_text(text)
    endpoint.check_context()


def test_another_context_is_named_and_how_to_leave_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(json.dumps({"currentContext": "gpu-server"}))
    with pytest.raises(CheckFailedError, match=r"context is 'gpu-server' \(docker context show\)") as caught:
        endpoint.check_context()
    assert caught.value.hint == "Run: docker context use default"
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    with pytest.raises(CheckFailedError, match=r"context is 'other' \(DOCKER_CONTEXT\)") as caught:
        endpoint.check_context()
    assert caught.value.hint == "Run: unset DOCKER_CONTEXT"
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/docker.sock")
    endpoint.check_context()


def test_another_docker_is_named_and_never_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unreachable(OSError("refused")).message == "Docker does not answer on this machine."
    monkeypatch.setenv("DOCKER_HOST", "ssh://gpu-server")
    error = unreachable(OSError("refused"))
    assert error.message == "Docker does not answer at ssh://gpu-server (DOCKER_HOST)."
    assert "up" not in error.hint
    (found,) = server.environment(None)  # type: ignore[arg-type]
    assert (found.level, found.message) == (
        "fail",
        "DOCKER_HOST=ssh://gpu-server names another Docker, but the stack uses this server's own.",
    )


def test_files_of_another_project_are_ignored_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/srv/other/compose.yaml")
    monkeypatch.setenv("COMPOSE_PROFILES", "debug")
    monkeypatch.setenv("COMPOSE_PARALLEL_LIMIT", "2")
    left = endpoint.for_compose()
    assert ("COMPOSE_FILE" in left, "COMPOSE_PROFILES" in left, left["COMPOSE_PARALLEL_LIMIT"]) == (False, False, "2")
    found = list(server.environment(None))  # type: ignore[arg-type]
    assert [item.message for item in found] == [
        "COMPOSE_FILE in your shell is ignored.",
        "COMPOSE_PROFILES in your shell is ignored.",
    ]
    assert {item.level for item in found} == {"warn"}
