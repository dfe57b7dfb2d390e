"""The machine: which distributions Docker is installed on, and which pid files are stale."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stackctl import host, wait
from stackctl.errors import CheckFailedError, StackError
from tests.stack.waiting import wait_until

DEBIAN = ("docker.io", "docker-cli", "docker-compose", "docker-buildx")
UBUNTU = ("docker.io", "docker-compose-v2", "docker-buildx")


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("debian", "12", host.Distribution("Debian 12", DEBIAN, suite="trixie")),
        ("debian", "13", host.Distribution("Debian 13", DEBIAN)),
        ("ubuntu", "22.04", host.Distribution("Ubuntu 22.04", UBUNTU)),
        ("ubuntu", "24.04", host.Distribution("Ubuntu 24.04", UBUNTU)),
    ],
)
def test_distribution(name: str, version: str, expected: host.Distribution) -> None:
    assert host.distribution({"ID": name, "VERSION_ID": version}) == expected


@pytest.mark.parametrize(
    "release", [{"ID": "fedora", "VERSION_ID": "43"}, {"ID": "debian", "VERSION_ID": "11"}, {"ID": "arch"}, {}]
)
def test_another_distribution_is_told_what_to_install(release: dict[str, str]) -> None:
    with pytest.raises(CheckFailedError) as caught:
        host.distribution(release)
    assert caught.value.message == (
        "Docker is not here, and stackctl installs it on Debian 12 and 13 and Ubuntu 22.04 and 24.04 only, "
        f"not on {release.get('ID', '')} {release.get('VERSION_ID', '')}."
    )
    assert caught.value.hint.startswith("Install Docker Engine 24 or newer with Compose 2.24 or newer and buildx")


def test_what_it_takes_root_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CheckFailedError) as caught:
        host.apt_install("mmdebstrap")
    assert caught.value.message == "It takes root to install mmdebstrap."
    assert caught.value.hint == "Run it with sudo: sudo bin/stackctl up"


@pytest.fixture
def dockerd(tmp_path: Path) -> Iterator[int]:
    """The pid of a process that is named dockerd."""
    program = tmp_path / "dockerd"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as process:
        named = psutil.Process(process.pid).name
        wait.until(lambda: "" if named() == "dockerd" else named(), seconds=5, what="No process is named dockerd")
        yield process.pid
        process.kill()


def remains(folder: Path, content: str, name: str = "docker.pid") -> bool:
    """Whether a pid file with `content` is still there after the stale ones are removed."""
    path = folder / name
    path.write_text(content)
    host._remove_if_stale(path)
    return path.exists()


def test_the_pid_file_of_a_live_dockerd_stays(tmp_path: Path, dockerd: int) -> None:
    assert remains(tmp_path, f"{dockerd}\n")


def test_a_pid_file_of_containerd_is_not_dockerds(tmp_path: Path, dockerd: int) -> None:
    assert not remains(tmp_path, str(dockerd), "containerd.pid")


def test_the_pid_file_of_an_ended_process_goes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(timeout=10)
    assert not remains(tmp_path, str(process.pid))


def test_the_pid_file_of_a_dockerd_whose_end_nobody_has_noticed_goes(tmp_path: Path, dockerd: int) -> None:
    os.kill(dockerd, signal.SIGKILL)
    wait_until(lambda: psutil.Process(dockerd).status() == psutil.STATUS_ZOMBIE, 5, "its end")
    assert not remains(tmp_path, str(dockerd))


def test_a_pid_that_is_another_program_now_goes(tmp_path: Path) -> None:
    assert not remains(tmp_path, str(os.getpid()))


@pytest.mark.parametrize("garbage", ["", "garbage", "12x", "-1", "99999999999"])
def test_a_pid_file_that_holds_no_pid_goes(tmp_path: Path, garbage: str) -> None:
    assert not remains(tmp_path, garbage)


def test_a_pid_file_of_bytes_goes(tmp_path: Path) -> None:
    path = tmp_path / "docker.pid"
    path.write_bytes(b"\xff\xfe\x00")
    host._remove_if_stale(path)
    assert not path.exists()


def test_no_pid_file_is_no_problem(tmp_path: Path) -> None:
    host._remove_if_stale(tmp_path / "docker.pid")


def test_a_tool_that_finds_the_disk_full_is_not_answered_with_its_mirrors() -> None:
    script = "echo 'dpkg: error: failed to write: No space left on device'; exit 1"
    with pytest.raises(StackError, match=r"^The disk is full: `sh` failed\. What was there before is still there\.$"):
        host.run_tool(["sh", "-c", script], os.environ, "Is the mirror right?")
