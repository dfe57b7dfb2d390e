"""Which versions of Docker are new enough. The docker command is a script here."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.compose import check_versions
from stackctl.errors import CheckFailedError

HINT = "Upgrade Docker the way it was installed; stackctl does not touch an engine that is there already."


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


@pytest.mark.parametrize("engine", ["24.0.0", "26.1.5+dfsg1", "28.2.2", "100.0.1"])
@pytest.mark.parametrize("compose", ["2.24.0", "2.26.1-4", "v2.40.3", "5.0.0", "2.100.0"])
def test_new_enough(path: Path, engine: str, compose: str) -> None:
    plugins(path, compose=compose, buildx="github.com/docker/buildx 0.13.1")
    check_versions(engine)


@pytest.mark.parametrize("engine", ["20.10.24+dfsg1", "23.0.6", "9.99.0", "unknown"])
def test_an_old_engine(path: Path, engine: str) -> None:
    with pytest.raises(CheckFailedError) as caught:
        check_versions(engine)
    assert (caught.value.message, caught.value.hint) == (
        f"Docker Engine {engine} is too old: 24.0 or newer is needed.",
        HINT,
    )


@pytest.mark.parametrize("compose", ["1.29.2", "2.9.0", "2.23.3-desktop.2", ""])
def test_an_old_compose(path: Path, compose: str) -> None:
    plugins(path, compose=compose)
    with pytest.raises(CheckFailedError) as caught:
        check_versions("28.0.0")
    assert (caught.value.message, caught.value.hint) == (
        f"Docker Compose {compose} is too old: 2.24 or newer is needed.",
        HINT,
    )


@pytest.mark.parametrize(("there", "missing"), [({}, "compose"), ({"compose": "2.26.1"}, "buildx")])
def test_a_missing_plugin_is_named_with_its_package(path: Path, there: dict[str, str], missing: str) -> None:
    plugins(path, **there)
    with pytest.raises(CheckFailedError) as caught:
        check_versions("28.0.0")
    assert caught.value.message == f"`docker {missing}` is missing."
    assert f"apt-get install docker-{missing}" in caught.value.hint


def test_no_docker_command(path: Path) -> None:
    with pytest.raises(CheckFailedError, match=r"The docker command is not on PATH\."):
        check_versions("28.0.0")
