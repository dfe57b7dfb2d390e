"""The Docker daemon on this server: whether it is installed and answers, and starting it."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
from pathlib import Path

import psutil

from stackctl import wait
from stackctl.engine import Engine
from stackctl.errors import NotRunningError
from stackctl.host import program

SOCKET = Path("/var/run/docker.sock")
PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))
LOG = Path("/var/log/dockerd.log")
"""Where the daemon that `start` started without systemd logs to."""

START_SECONDS = 60


def is_installed() -> bool:
    """Whether a Docker daemon is installed, running or not. The client alone does not count."""
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"  # not in everybody's PATH
    return shutil.which("dockerd", path=path) is not None or SOCKET.is_socket()


def problem() -> str:
    """Why Docker does not answer, "" if it does. Raises CheckFailedError if this user may not use it."""
    try:
        Engine(timeout=5)
    except NotRunningError as error:
        return error.message
    return ""


def start() -> None:
    """Start the daemon and wait until it answers. Raises StackError with its last log lines if it does not."""
    program.need_root("start Docker")
    systemd = Path("/run/systemd/system").is_dir()
    if systemd:
        subprocess.run(["systemctl", "enable", "--now", "docker"], capture_output=True, check=False)
    else:
        for path in PID_FILES:
            _remove_if_stale(path)
        with LOG.open("ab") as log:
            subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    wait.until(problem, seconds=START_SECONDS, message="Docker does not answer", detail=lambda: _last_lines(systemd))


def _remove_if_stale(path: Path) -> None:
    """Remove a pid file whose process has ended, or whose id another program has now."""
    try:
        process = psutil.Process(int(path.read_text()))
        name = "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except FileNotFoundError:
        return
    except (ValueError, psutil.NoSuchProcess):
        name = ""
    if name != path.stem.replace("docker", "dockerd"):
        path.unlink(missing_ok=True)


def _last_lines(systemd: bool) -> str:
    if systemd:
        command = ["journalctl", "-u", "docker", "-n", "12", "--no-pager"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-12:])


def join_group() -> str:
    """Add the person who uses sudo to the group `docker`. Returns their name, or "" if there is nothing to do."""
    user = os.environ.get("SUDO_USER", "")
    if os.geteuid() != 0 or not user or user == "root":
        return ""
    try:
        if user in grp.getgrnam("docker").gr_mem:
            return ""
    except KeyError:
        return ""
    subprocess.run(["usermod", "--append", "--groups", "docker", user], check=True)
    return user
