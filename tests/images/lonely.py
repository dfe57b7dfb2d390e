"""A server that never had a network: a Docker Engine and commands in namespaces of their own, with no way out."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.stack.running import Talk
from tests.stack.waiting import wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Their own network, with the loopback device alone; their own mounts, so that the socket is where it is on any server, the
# hub's compose file included; their own processes, so that all of them end with the engine.
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
ENGINE = """
set -e
ip link set lo up
mount --bind "$1" /run
mount -t tmpfs -o "size=$3" stacktest "$2"
exec dockerd --data-root "$2" --shutdown-timeout 2
"""


@dataclass(frozen=True)
class Server:
    """A server without a network."""

    pid: int
    """The engine's process."""
    home: Path

    def run(self, *command: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run a command on it, and check its exit code."""
        # none of this machine's settings: pip's might name a folder with packages
        given = {"PATH": PATH, "HOME": str(self.home), "PIP_CONFIG_FILE": "/dev/null", "LANG": "C.UTF-8"} | environment
        entered = ["nsenter", "--target", str(self.pid), "--net", "--mount", "--pid", f"--wd={self.home}", "--", *command]
        ran = subprocess.run(entered, env=given, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
        said = Talk(ran.stdout, ran.stderr)
        assert ran.returncode == code, f"{' '.join(command)} ended with {ran.returncode}, not {code}:\n{said}"
        return said

    def images(self) -> dict[str, str]:
        """The ids of the engine's images, by name."""
        listed = self.run("docker", "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").out
        return dict(line.split() for line in listed.splitlines())


@contextmanager
def server(disk: str = "4g") -> Iterator[Server]:
    """A running one, whose Docker has a disk of `disk`, in memory. Whatever happens in the block, nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="lonely-"))
    run, data, home, log = (folder / name for name in ("run", "data", "home", "dockerd.log"))
    for made in (run, data, home):
        made.mkdir()
    with log.open("wb") as out:
        command = [*UNSHARE, "sh", "-c", ENGINE, "dockerd", str(run), str(data), disk]
        started = subprocess.Popen(command, env={"PATH": PATH}, stdout=out, stderr=out, start_new_session=True)
    try:
        yield Server(_wait(started, run, log), home)
    finally:
        _end(started)
        shutil.rmtree(folder)


def _wait(started: subprocess.Popen[bytes], run: Path, log: Path) -> int:
    """Wait for the engine; its process's number."""

    def answers() -> bool:
        assert started.poll() is None, f"dockerd ended with {started.returncode}:\n{log.read_text(errors='replace')[-3000:]}"
        words = ["docker", "--host", f"unix://{run}/docker.sock", "version"]
        return subprocess.run(words, capture_output=True, timeout=10, check=False).returncode == 0

    wait_until(answers, 60, f"an engine that answers; see {log}", every=0.3)
    return int(psutil.Process(started.pid).children()[0].pid)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the engine, which ends its containers; else it is killed, and the kernel ends what is left."""
    with contextlib.suppress(psutil.NoSuchProcess, IndexError):
        psutil.Process(started.pid).children()[0].send_signal(signal.SIGTERM)
    try:
        started.wait(30)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait(10)
