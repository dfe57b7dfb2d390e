"""The conda image's recipe, with a stand-in for Miniforge's installer: the real one cannot be had everywhere."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, STACK, run

VERSION = "0.0.0-1"
MACHINE = platform.machine()
INSTALLER = f"Miniforge3-{VERSION}-Linux-{MACHINE}.sh"
ACCOUNT = "builder:5ecret-c0nda"
STAND_IN = (
    f"# {uuid.uuid4()}: no build finds it in its cache\n"
    + """\
[ "$1 $2" = "-b -p" ] || exit 2
echo THE INSTALLER RUNS
mkdir -p "$3/bin" "$3/pkgs" "$3/etc/profile.d" "$3/conda-meta"
printf '#!/bin/sh\\necho conda "$@"\\n' >"$3/bin/conda"
printf '#!/bin/sh\\necho mamba "$@"\\n' >"$3/bin/mamba"
echo 'conda() { command conda "$@" by its function; }' >"$3/etc/profile.d/conda.sh"
touch "$3/pkgs/left-over" "$HOME/.a-trace"
chmod 755 "$3"/bin/*
"""
)


class Handler(SimpleHTTPRequestHandler):
    """Files, and whether the account came with the question."""

    server: Releases

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"] or ""))
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing: `asked` is what the tests look at."""


class Releases(ThreadingHTTPServer):
    """A mirror of Miniforge's releases."""

    daemon_threads = True

    def __init__(self, address: str, folder: Path) -> None:
        super().__init__((address, 0), partial(Handler, directory=str(folder)))
        self.asked: list[tuple[str, str]] = []
        self.folder = folder

    @property
    def host(self) -> str:
        return f"{self.server_address[0]!s}:{self.server_port}"


@dataclass(frozen=True)
class Built:
    """How a build ended."""

    code: int
    output: str
    image: str


@pytest.fixture
def releases(bridge: str, tmp_path: Path) -> Iterator[Releases]:
    (tmp_path / VERSION).mkdir()
    (tmp_path / VERSION / INSTALLER).write_text(STAND_IN)
    server = Releases(bridge, tmp_path)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def build(base: str, mirror: str, sha256: str) -> Built:
    """Build the conda image as Compose does, with another release than the pinned one."""
    name = f"condatest{uuid.uuid4().hex[:6]}"
    image = f"{name}-singleuser-conda"
    options = [f"MINIFORGE_VERSION={VERSION}", f"MINIFORGE_SHA256_{MACHINE.upper()}={sha256}", f"PARENT={base}"]
    arguments = [word for option in options for word in ("--build-arg", option)]
    given = os.environ | STACK | {"STACK_NAME": name, "STACK_CONDA_INSTALLER_MIRROR": mirror}
    command = ["docker", "compose", "--progress", "plain", "--profile", "singleuser", "build", *arguments, "conda"]
    ran = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=300, check=False)
    return Built(ran.returncode, ran.stdout + ran.stderr, image)


def checksum() -> str:
    return hashlib.sha256(STAND_IN.encode()).hexdigest()


def test_what_was_published_is_installed_from_the_mirror(images: dict[str, str], releases: Releases) -> None:
    built = build(images["base"], f"http://{ACCOUNT}@{releases.host}/", checksum())
    try:
        assert built.code == 0, built.output
        assert [path for path, account in releases.asked if account.startswith("Basic ")] == [f"/{VERSION}/{INSTALLER}"]
        in_image = ["docker", "run", "--rm", "--network", "none", built.image]
        shell = "conda create -n x; mamba list; which python; ls /opt/conda; id -u; touch /opt/conda/x || true"
        output = run(*in_image, "bash", "-lc", shell).split("\n")
        assert output[:3] == ["conda create -n x by its function", "mamba list", "/opt/notebook/bin/python"]
        assert output[3:7] == ["bin", "conda-meta", "etc", "61100"], "no packages, and the person cannot change it"
        assert "/home/jovyan/work/.conda/envs" in run(*in_image, "cat", "/etc/conda/condarc")
        kept = run("docker", "history", "--no-trunc", built.image) + run("docker", "image", "inspect", built.image)
        assert releases.host not in kept
        found = "grep -rlFs -e '{0}' /etc /opt /root /home /usr/local; find / -xdev -name .a-trace"
        root = ["docker", "run", "--rm", "--network", "none", "--user", "0", built.image, "sh", "-c"]
        assert run(*root, found.format(releases.host)) == ""
        assert run(*root, found.format("envs_dirs")) == "/etc/conda/condarc\n", "what is there is not found"
    finally:
        run("docker", "image", "rm", "--force", built.image)


def test_another_installer_is_not_run(images: dict[str, str], releases: Releases) -> None:
    expected = "0" * 64
    built = build(images["base"], f"http://{releases.host}", expected)
    assert built.code != 0
    assert f"{INSTALLER} has the wrong SHA-256: {checksum()}, expected {expected}." in built.output
    assert "It was not run. Check STACK_CONDA_INSTALLER_MIRROR in .env." in built.output
    assert "THE INSTALLER RUNS" not in built.output


@pytest.mark.full
def test_a_missing_installer_is_named(images: dict[str, str], releases: Releases) -> None:
    (releases.folder / VERSION / INSTALLER).unlink()
    built = build(images["base"], f"http://{ACCOUNT}@{releases.host}", "1" * 64)
    assert built.code != 0
    where = f"http://{releases.host}/{VERSION}/{INSTALLER}"
    assert f"Cannot download Miniforge's installer from {where}: " in built.output
    assert "Check STACK_CONDA_INSTALLER_MIRROR in .env." in built.output
    assert ACCOUNT not in built.output


@pytest.mark.full
def test_a_mirror_that_cannot_be_reached_is_named(images: dict[str, str]) -> None:
    built = build(images["base"], "http://127.0.0.1:9", "2" * 64)
    assert built.code != 0
    where = f"http://127.0.0.1:9/{VERSION}/{INSTALLER}"
    assert f"Cannot download Miniforge's installer from {where}: [Errno 111] Connection refused" in built.output


@pytest.mark.full
def test_another_kind_of_machine_is_refused(images: dict[str, str], releases: Releases) -> None:
    built = build(images["base"], f"http://{releases.host}", "")
    assert f"Cannot install Miniforge: singleuser/conda/Dockerfile has no checksum for {MACHINE}." in built.output
    assert releases.asked == []
