"""Stale pid files of the Docker daemon."""

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

from stackctl import wait
from stackctl.host import docker_daemon
from tests.support.waiting import wait_until


@pytest.fixture
def dockerd(tmp_path: Path) -> Iterator[int]:
    """The pid of a process that is named dockerd."""
    program = tmp_path / "dockerd"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as process:
        named = psutil.Process(process.pid).name
        wait.until(lambda: "" if named() == "dockerd" else named(), seconds=5, message="No process is named dockerd")
        yield process.pid
        process.kill()


def remains(folder: Path, content: str, name: str = "docker.pid") -> bool:
    """Whether a pid file with `content` is still there after the stale ones are removed."""
    path = folder / name
    path.write_text(content)
    docker_daemon._remove_if_stale(path)
    return path.exists()


def test_the_pid_file_of_a_live_dockerd_stays(tmp_path: Path, dockerd: int) -> None:
    assert remains(tmp_path, f"{dockerd}\n")


def test_a_pid_file_of_containerd_is_not_dockerds(tmp_path: Path, dockerd: int) -> None:
    assert not remains(tmp_path, str(dockerd), "containerd.pid")


def test_the_pid_file_of_an_ended_process_goes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(timeout=10)
    assert not remains(tmp_path, str(process.pid))


def test_the_pid_file_of_a_zombie_goes(tmp_path: Path, dockerd: int) -> None:
    os.kill(dockerd, signal.SIGKILL)
    wait_until(lambda: psutil.Process(dockerd).status() == psutil.STATUS_ZOMBIE, 5, "it ends")
    assert not remains(tmp_path, str(dockerd))


def test_a_pid_that_is_another_program_now_goes(tmp_path: Path) -> None:
    assert not remains(tmp_path, str(os.getpid()))


@pytest.mark.parametrize("garbage", ["", "garbage", "12x", "-1", "99999999999"])
def test_a_pid_file_that_holds_no_pid_goes(tmp_path: Path, garbage: str) -> None:
    assert not remains(tmp_path, garbage)


def test_a_pid_file_of_bytes_goes(tmp_path: Path) -> None:
    path = tmp_path / "docker.pid"
    path.write_bytes(b"\xff\xfe\x00")
    docker_daemon._remove_if_stale(path)
    assert not path.exists()


def test_no_pid_file_is_no_problem(tmp_path: Path) -> None:
    docker_daemon._remove_if_stale(tmp_path / "docker.pid")
    assert list(tmp_path.iterdir()) == []
