"""A checkout of its own to run stackctl on, without Docker, and a stand-in for GitLab."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stackctl.app import run
from stackctl.engine import endpoint
from tests.standins.gitlab.running import Running, running

CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback"
SCOPES = ["openid", "read_user", "write_repository"]


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Checkout:
    """A folder with a .env, whose stack does not run."""

    def __init__(self, root: Path, run_here: Callable[[tuple[str, ...], str], Ran]) -> None:
        self.root = root
        self.env = root / ".env"
        self.application = root / ".stack" / "stackhub" / "hub" / "gitlab.json"
        self.state = root / ".stack" / "stackhub" / "state.json"
        self._run = run_here

    def stackctl(self, *words: str, stdin: str = "") -> Ran:
        """Run stackctl without a terminal; `stdin` is what it can read."""
        return self._run(words, stdin)

    def files(self) -> list[str]:
        """The names of the files that are there, without those that every command that changes something leaves."""
        names = sorted(path.name for path in self.root.rglob("*") if path.is_file())
        return [name for name in names if name not in ("lock", "state.json")]

    def kept(self) -> dict[str, Any]:
        """The application that is kept."""
        return dict(json.loads(self.application.read_text()))


def applications(gitlab: Running) -> list[dict[str, Any]]:
    return [dict(item) for item in gitlab.control.applications()]


def changing(gitlab: Running) -> list[str]:
    """The requests that changed something in GitLab's API."""
    return [line for line in gitlab.control.requests() if not line.startswith(("GET ", "POST /oauth/"))]


def without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server whose own Docker does not run."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setattr(endpoint, "OWN", ("unix:///nowhere/docker.sock",))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checkout:
    for name in os.environ:
        if name.startswith(("STACK_", "GITLAB_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.setenv("STACKCTL_ROOT", str(root))
    without_docker(monkeypatch)

    def run_here(words: tuple[str, ...], stdin: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        monkeypatch.setattr(sys, "argv", ["stackctl", *words])
        return Ran(run(), *capsys.readouterr())

    return Checkout(root, run_here)


@pytest.fixture
def gitlab() -> Iterator[Running]:
    """A GitLab with nobody but its administrator, root."""
    with running() as server:
        yield server


@pytest.fixture
def registered(checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout that root has registered at `gitlab`, with root's token in the environment."""
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("root", ["api"]))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert ran.code == 0, ran.err
    gitlab.control.clear_requests()
    return checkout
