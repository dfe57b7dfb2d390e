"""The linters, one test each, so that the one that fails is named."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.checkout import ROOT, files, run

TOOLS = Path(sys.executable).parent


def test_ruff() -> None:
    run(str(TOOLS / "ruff"), "check", "--quiet", "--output-format=concise")


def test_mypy() -> None:
    run(str(TOOLS / "mypy"), seconds=120)


def test_hadolint() -> None:
    dockerfiles = [path for path in files() if Path(path).name.startswith("Dockerfile")]
    assert "hub/Dockerfile" in dockerfiles
    run(str(TOOLS / "hadolint"), "--no-color", *dockerfiles)


def test_shellcheck() -> None:
    scripts = [path for path in files() if is_shell(ROOT / path)]
    assert {"bin/stackctl", "bin/venv.sh", "mirrors/env.sh", ".ci/run"} <= set(scripts)
    run(str(TOOLS / "shellcheck"), *scripts)


def is_shell(path: Path) -> bool:
    """By its first line, or by its name where it is only sourced."""
    first = path.read_bytes().partition(b"\n")[0]
    return path.suffix == ".sh" or (first.startswith(b"#!") and first.endswith((b"/sh", b" sh", b"/bash", b" bash")))
