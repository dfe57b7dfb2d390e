"""Commands in messages can be typed as they are printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl.ui import command


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    command._name.cache_clear()
    yield
    command._name.cache_clear()


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """bin/stackctl of a checkout in the current folder, which is not on PATH."""
    program = tmp_path / "bin" / "stackctl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STACKCTL_CALLED", "bin/stackctl")
    monkeypatch.setenv("PATH", "/usr/bin")
    return program


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Start it: stackctl up", "Start it: bin/stackctl up"),
        ("stackctl gitlab register, then stackctl up", "bin/stackctl gitlab register, then bin/stackctl up"),
        ("Use sudo: sudo stackctl up --yes", "Use sudo: sudo bin/stackctl up --yes"),
        ("`stackctl images list`", "`bin/stackctl images list`"),
        ("See: stackctl --help", "See: bin/stackctl --help"),
        ("a CA that stackctl creates", "a CA that stackctl creates"),
        ("Use stackctl 2.0 or newer", "Use stackctl 2.0 or newer"),
        ("bin/stackctl up, /srv/hub/bin/stackctl down", "bin/stackctl up, /srv/hub/bin/stackctl down"),
    ],
)
def test_a_command_is_named_by_the_path_it_was_called_by(called: Path, text: str, typed: str) -> None:
    assert command.typeable(text) == typed


def test_on_path_its_name_is_enough(called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "stackctl").symlink_to(called)
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert command.typeable("Start it: stackctl up") == "Start it: stackctl up"


def test_the_stackctl_of_another_checkout_on_path_is_not_this_one(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "stackctl").write_text("#!/bin/sh\n")
    (tmp_path / "other" / "stackctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    assert command.typeable("Start it: stackctl up") == "Start it: bin/stackctl up"
