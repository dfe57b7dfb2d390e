"""A second server on this machine: namespaces with a root, a network and a Docker Engine of their own.

For what must not be tried on the machine's own engine: a restart, a full disk, no network, another version of Docker. All
mounts, processes and containers and the network end with its first process; `_remove` removes what is left on the machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support import layers, network
from tests.support.checkout import ROOT
from tests.support.network import Connection
from tests.support.talk import Talk
from tests.support.waiting import wait_until

PREFIX = "stacktest-server-"
FIRST_PROCESS = Path(__file__).with_name("first-process")
UNSHARE = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--propagation=private", "--fork", "--kill-child"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
CGROUPS = Path("/sys/fs/cgroup")
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    """The machine's number for its first process."""
    home: Path
    """A folder that has the same path here and there."""
    cable: Connection
    """Its network; without one, there are no addresses."""

    @property
    def root(self) -> Path:
        """The server's root folder, as this process sees it."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def docker_host(self) -> str:
        """DOCKER_HOST for programs that run outside of the server."""
        return f"unix://{self.root}/run/docker.sock"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands: nothing of this machine's but the proxies, for pip's might name a folder here."""
        own = {"PATH": PATH, "HOME": str(self.home), "PIP_CONFIG_FILE": "/dev/null", "LANG": "C.UTF-8"}
        return own | {name: os.environ[name] for name in PROXIES if self.cable.server and name in os.environ}

    def entered(self, *command: str, folder: Path | None = None) -> list[str]:
        """The command line that runs `command` on the server, in `folder` there (default: `home`)."""
        namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc"]
        return ["nsenter", f"--target={self.pid}", *namespaces, "--", "env", f"--chdir={folder or self.home}", *command]

    def run(self, *command: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run a command there, and check its exit code."""
        line, variables = self.entered(*command), self.environment | environment
        ran = subprocess.run(line, env=variables, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
        talk = Talk(ran.stdout, ran.stderr)
        assert ran.returncode == code, f"{' '.join(command)} ended with {ran.returncode}, not {code}:\n{talk}"
        return talk

    def start_docker(self) -> None:
        """Start the engine, and wait until it answers."""
        log = self.root / "var/log/dockerd.log"
        with log.open("ab") as out:
            line = self.entered("dockerd")
            daemon = subprocess.Popen(line, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

        def answers() -> bool:
            assert daemon.poll() is None, (
                f"dockerd ended with {daemon.returncode}:\n{log.read_text(errors='replace')[-3000:]}"
            )
            line = ["docker", "--host", self.docker_host, "version"]
            return subprocess.run(line, capture_output=True, timeout=10, check=False).returncode == 0

        wait_until(answers, START_SECONDS, f"an engine that answers; see {log}", every=0.3)

    def end_docker(self, how: signal.Signals) -> None:
        """End the engine, and wait until it is gone. Its containers end with it, or when it is started again."""
        ours = (process for process in psutil.process_iter() if process.name() == "dockerd")
        daemon = next(process for process in ours if _namespace(process.pid) == _namespace(self.pid))
        daemon.send_signal(how)
        wait_until(lambda: not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE, 60, "the end of dockerd")

    def load(self, *images: str) -> None:
        """Bring images of the machine's own engine to this one."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            line = ["docker", "--host", self.docker_host, "load", "--quiet"]
            subprocess.run(line, stdin=saved.stdout, stdout=subprocess.DEVNULL, check=True, timeout=300)
        assert saved.returncode == 0

    def images(self) -> dict[str, str]:
        """The ids of the engine's images, by name."""
        listed = self.run("docker", "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").out
        return dict(line.split() for line in listed.splitlines())


def _namespace(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/ns/pid")


@contextmanager
def server(
    *folders: Path, root: Path = Path("/"), images: Sequence[str] = (), connected: bool = True, disk: str = ""
) -> Iterator[Server]:
    """A server whose Docker runs, and has `images` of the machine's. Nothing of it is left afterwards.

    `folders` of this machine have the same paths there; so has the checkout where `root` is the machine's own. Everything
    else comes from `root`, where nothing is changed. Only with `connected` does it have a network, through this machine.
    `disk`: the size of the engine's disk, which is in memory then ("400m").
    """
    _remove_left_behind()
    with ExitStack() as ending:
        own = Path(tempfile.gettempdir(), f"{PREFIX}{secrets.token_hex(3)}")
        own.mkdir()
        ending.callback(_remove, own)
        lock = ending.enter_context((own / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        home = _prepare(own)
        mounts = {folder: folder for folder in [home, *([ROOT] if root == Path("/") else []), *folders]}
        linked = layers.machine_layers() if images and not disk else None
        if linked:
            layers.link(images, linked, own / "docker")
            mounts[linked] = layers.LINKED
        pid = ending.enter_context(_first_process(own, root, disk, mounts))
        cable = ending.enter_context(network.connection(pid, own.name)) if connected else Connection()
        running = Server(pid, home, cable)
        running.start_docker()
        if images and not linked:
            running.load(*images)
        yield running


def _prepare(own: Path) -> Path:
    """Make what the first process mounts, with the files that differ from those of the server's root. The server's home."""
    for name in ("root", "work", "docker", "home", "changes/etc/docker", "changes/etc/ssl/certs"):
        (own / name).mkdir(parents=True)
    etc = own / "changes/etc"
    # all of its containers below one cgroup, which is removed with it
    daemon = {"cgroup-parent": f"/{own.name}", "insecure-registries": [network.ADDRESSES]}
    (etc / "docker/daemon.json").write_text(json.dumps(daemon))
    (etc / "resolv.conf").write_text(network.resolver())
    if CA_BUNDLE.exists():  # with a company's CA, perhaps
        shutil.copy(CA_BUNDLE, etc / "ssl/certs")
    return own / "home"


@contextmanager
def _first_process(own: Path, root: Path, disk: str, mounts: Mapping[Path, Path]) -> Iterator[int]:
    """Run it; its number. Whatever has been started in its namespaces ends with it."""
    # when this process is killed, so is unshare, and its child
    line = ["setpriv", "--pdeathsig=KILL", *UNSHARE, str(FIRST_PROCESS), str(root), str(own), disk]
    line += [f"{folder}:{point}" for folder, point in mounts.items()]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, env={"PATH": PATH}, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as started:
        assert started.stdout
        assert started.stderr
        try:
            assert started.stdout.readline() == "ready\n", started.stderr.read()
            yield int(psutil.Process(started.pid).children()[0].pid)
        finally:
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                psutil.Process(started.pid).children()[0].send_signal(signal.SIGKILL)
            started.wait(30)


def _remove_left_behind() -> None:
    """Remove what killed runs have left of theirs."""
    for own in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError), (own / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(own)


def _remove(own: Path) -> None:
    """Remove what a server whose processes have ended leaves on the machine."""
    network.remove_rules(own.name)
    for group in [*CGROUPS.glob(own.name), *CGROUPS.glob(f"*/{own.name}")]:
        for folder, _, _ in os.walk(group, topdown=False):
            os.rmdir(folder)
    shutil.rmtree(own)
