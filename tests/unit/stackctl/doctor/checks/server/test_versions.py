"""Which versions of Docker are new enough, and which limits it must be able to keep. The docker command is a script here."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.doctor.checks.server.versions import UPGRADE, check, engine
from stackctl.engine.compose import plugin
from stackctl.errors import CheckFailedError
from stackctl.ui.check import Check


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def plugins(path: Path, **versions: str) -> None:
    """A docker command with these plugins."""
    cases = "".join(f"{name}) echo '{version}' ;;\n" for name, version in versions.items())
    script = path / "docker"
    script.write_text(
        f"#!/bin/sh\ncase $1 in\n{cases}*) echo \"docker: '$1' is not a docker command.\" >&2; exit 1 ;;\nesac\n"
    )
    script.chmod(0o755)


def failures(engine: str, compose: str | None, buildx: str | None) -> list[tuple[str, str]]:
    return [(item.message, item.fix) for item in check(engine, compose, buildx) if item.level == "fail"]


@pytest.mark.parametrize("engine", ["25.0.0", "26.1.5+dfsg1", "28.2.2", "100.0.1"])
@pytest.mark.parametrize("compose", ["2.24.0", "2.26.1-4", "v2.40.3", "5.0.0", "2.100.0"])
def test_new_enough(engine: str, compose: str) -> None:
    assert failures(engine, compose, "github.com/docker/buildx 0.13.1") == []


@pytest.mark.parametrize("engine", ["20.10.24+dfsg1", "24.0.9", "9.99.0", "unknown"])
def test_an_old_engine(engine: str) -> None:
    assert failures(engine, "2.26.1", "0.13.1") == [
        (f"Docker Engine {engine} is too old: 25.0 or newer is needed.", UPGRADE)
    ]


@pytest.mark.parametrize("compose", ["1.29.2", "2.9.0", "2.23.3-desktop.2", ""])
def test_an_old_compose(compose: str) -> None:
    assert failures("28.0.0", compose, "0.13.1") == [
        (f"Docker Compose {compose} is too old: 2.24 or newer is needed.", UPGRADE)
    ]


@pytest.mark.parametrize(("there", "missing"), [({}, "compose"), ({"compose": "2.26.1"}, "buildx")])
def test_a_missing_plugin_is_named_with_its_package(path: Path, there: dict[str, str], missing: str) -> None:
    plugins(path, **there)
    (message, fix), *_ = failures("28.0.0", plugin("compose", "--short"), plugin("buildx"))
    assert message == f"`docker {missing}` is missing."
    assert f"apt-get install docker-{missing}" in fix


def test_no_docker_command(path: Path) -> None:
    with pytest.raises(CheckFailedError, match=r"The docker command is not on PATH\."):
        plugin("compose")


def test_limits_that_the_engine_cannot_keep() -> None:
    (found,) = engine({"MemoryLimit": False, "CpuCfsQuota": True, "PidsLimit": False})
    assert (found.level, found.message) == (
        "fail",
        "Docker cannot limit memory and processes: one person could take the whole server.",
    )
    assert list(engine({"MemoryLimit": True, "CpuCfsQuota": True, "PidsLimit": True, "Warnings": None})) == []


def test_what_the_engine_warns_of() -> None:
    open_to_all = "WARNING: API is accessible on http://0.0.0.0:2375 without encryption."
    others = ["WARNING: No swap limit support", "WARNING: bridge-nf-call-iptables is disabled"]
    assert list(engine({"Warnings": [*others, open_to_all]})) == [
        Check("warn", f"Docker says: {open_to_all.removeprefix('WARNING: ')}", "See: docker info")
    ]
