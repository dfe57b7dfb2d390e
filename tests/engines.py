"""A second Docker Engine beside the machine's own, for what must not be tried on that one: a full disk, another server."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import psutil
import requests
from docker.errors import DockerException

from tests.machine import WORKER
from tests.stack.waiting import wait_until

START_SECONDS, STOP_SECONDS = 60, 30


@contextmanager
def second_engine(folder: Path, size_limit: str | None = None) -> Iterator[str]:
    """An engine that keeps everything below `folder`; what DOCKER_HOST must be to use it.

    `size_limit` ("64m") is the size of its disk, for as long as it runs. It sets no firewall rule and has no default
    network, so that it leaves the machine alone. Whatever happens in the block, engine, containers and mounts end with it.
    """
    data, log = folder / "data", folder / "dockerd.log"
    data.mkdir(parents=True)
    # a socket's path may be 107 bytes long, a test's folder longer; a containerd namespace takes not all of mkdtemp's names
    run = Path(tempfile.gettempdir(), f"engine-{secrets.token_hex(4)}")
    run.mkdir(mode=0o700)
    host = f"unix://{run}/docker.sock"
    if size_limit:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_limit}", "stacktest", str(data)], check=True)
    subprocess.run(["ip", "link", "add", bridge(run), "type", "bridge"], check=True)
    subprocess.run(["ip", "address", "add", f"198.18.{WORKER}.1/24", "dev", bridge(run)], check=True)
    try:
        with log.open("wb") as out:
            daemon = subprocess.Popen(_command(run, data, host), stdout=out, stderr=out, start_new_session=True)
        try:
            _wait(daemon, host, log)
            yield host
        finally:
            _end(daemon, run)
    finally:
        subprocess.run(["ip", "link", "delete", bridge(run)], check=False)
        _unmount(run, data)
        shutil.rmtree(run)


def bridge(run: Path) -> str:
    """The name of the engine's bridge, of 15 characters at most."""
    return f"e2-{run.name.removeprefix('engine-')}"[:15]


def _command(run: Path, data: Path, host: str) -> list[str]:
    # a containerd that runs for the machine's own engine would be used for this one as well: not its names
    name = run.name
    return [
        shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin") or "dockerd",
        *("--host", host, "--data-root", str(data), "--exec-root", str(run / "exec"), "--pidfile", str(run / "docker.pid")),
        *("--containerd-namespace", name, "--containerd-plugins-namespace", f"{name}-plugins"),
        # a bridge of its own: with --bridge=none it would remove docker0, the machine's own engine's
        *(f"--bridge={bridge(run)}", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"),
    ]


def _wait(daemon: subprocess.Popen[bytes], host: str, log: Path) -> None:
    def answers() -> bool:
        assert daemon.poll() is None, f"dockerd ended with {daemon.returncode}:\n{log.read_text(errors='replace')[-3000:]}"
        with contextlib.suppress(DockerException, requests.RequestException):
            return bool(docker.DockerClient(base_url=host, timeout=5).ping())
        return False

    wait_until(answers, START_SECONDS, f"a second engine that answers; see {log}")


def _end(daemon: subprocess.Popen[bytes], run: Path) -> None:
    """End the engine, its containers by it, and what it leaves of itself when it had to be killed."""
    started = _started(daemon.pid, run)
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait(STOP_SECONDS)
    _, left = psutil.wait_procs(started, timeout=5)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)


def _started(pid: int, run: Path) -> list[psutil.Process]:
    """What the engine has started: its children, and the containers' shims, which are nobody's children."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        found = psutil.Process(pid).children(recursive=True)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.name().startswith("containerd-shim") and str(run) in " ".join(process.cmdline()):
                found += [process, *process.children(recursive=True)]
    return list(dict.fromkeys(found))


def _unmount(*folders: Path) -> None:
    """Unmount what is mounted below the folders, and the folders, the deepest first."""
    places = [line.split()[1].encode().decode("unicode_escape") for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted(places, key=len, reverse=True):
        if any(Path(place).is_relative_to(folder) for folder in folders):
            subprocess.run(["umount", "--lazy", place], check=False)
