"""The machine itself: its distribution, its packages, and the Docker daemon where there is none yet."""

from __future__ import annotations

import contextlib
import grp
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from stackctl import console, wait
from stackctl.engine import Engine
from stackctl.errors import FULL, CheckFailedError, NotRunningError, StackError, disk_full, left_when_stopped

PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))
DAEMON_LOG = Path("/var/log/dockerd.log")
SOURCES = Path("/etc/apt/sources.list.d/stackctl-docker.sources")
PINS = Path("/etc/apt/preferences.d/stackctl-docker")


@dataclass(frozen=True)
class Distribution:
    """Where Docker's packages come from on this machine."""

    name: str
    packages: tuple[str, ...]
    suite: str = ""
    """A newer suite of Debian's that they are taken from, when this release's own are too old."""


def distribution(release: Mapping[str, str] | None = None) -> Distribution:
    """The distribution, from /etc/os-release. Raises CheckFailedError for one that Docker is not installed on from here.

    Debian 12's own Docker (20.10) and Compose (1.29) are too old: they come from Debian 13.
    """
    release = release if release is not None else platform.freedesktop_os_release()
    name, version = release.get("ID", ""), release.get("VERSION_ID", "")
    debian = ("docker.io", "docker-cli", "docker-compose", "docker-buildx")
    known = {
        ("debian", "12"): Distribution("Debian 12", debian, suite="trixie"),
        ("debian", "13"): Distribution("Debian 13", debian),
        ("ubuntu", "22.04"): Distribution("Ubuntu 22.04", ("docker.io", "docker-compose-v2", "docker-buildx")),
        ("ubuntu", "24.04"): Distribution("Ubuntu 24.04", ("docker.io", "docker-compose-v2", "docker-buildx")),
    }
    if (name, version) in known:
        return known[name, version]
    raise CheckFailedError(
        "Docker is not here, and stackctl installs it on Debian 12 and 13 and Ubuntu 22.04 and 24.04 only, "
        f"not on {name} {version}.",
        "Install Docker Engine 24 or newer with Compose 2.24 or newer and buildx, then run this again.",
    )


def docker_is_installed() -> bool:
    """Whether a Docker daemon is on this machine, running or not. The client alone does not count."""
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"  # where it is, and where not everybody looks
    return shutil.which("dockerd", path=path) is not None or Path("/var/run/docker.sock").is_socket()


@left_when_stopped("Packages may be half installed; the next time that is finished first.")
def install_docker(where: Distribution) -> None:
    """Install Docker's packages. Raises StackError with apt's last lines when apt fails."""
    need_root("install Docker")
    packages = list(where.packages)
    if where.suite:
        _apt("update")  # before it, apt does not know whose mirrors it has
        SOURCES.write_text(_suite_sources(where.suite))
        PINS.write_text(_suite_pins(where.suite))
        packages = [f"{package}/{where.suite}" for package in packages]
    apt_install(*packages)


def _suite_sources(suite: str) -> str:
    """An apt source for another suite of Debian, on the mirror that this machine uses already.

    Raises CheckFailedError when apt names none.
    """
    mirror = debian_mirror()
    if not mirror:
        raise CheckFailedError("apt has no Debian mirror on this machine.", "See: cat /etc/apt/sources.list.d/*")
    places = [(mirror, f"{suite} {suite}-updates")]
    if security := debian_mirror(security=True):
        places.append((security, f"{suite}-security"))
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {keys}\n" for uri, suites in places
    )


def _suite_pins(suite: str) -> str:
    """100: this release's own packages come first, and what is installed from the other suite still gets its updates."""
    names = (suite, f"{suite}-updates", f"{suite}-security")
    return "\n".join(f"Package: *\nPin: release n={name}\nPin-Priority: 100\n" for name in names)


def debian_mirror(*, security: bool = False) -> str:
    """The Debian mirror that this machine's apt is set to, or "" on another distribution."""
    form = "$(ORIGIN) $(SUITE) $(REPO_URI)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"], capture_output=True, text=True, check=False
    )
    for line in listed.stdout.splitlines():
        origin, suite, address = [*line.split(), "", "", ""][:3]
        if origin == "Debian" and ("security" in suite) == security:
            return address.rstrip("/")
    return ""


def apt_install(*packages: str) -> None:
    """Install packages of this machine's distribution, finishing first what an interrupted apt left behind."""
    need_root(f"install {' '.join(packages)}")
    if subprocess.run(["dpkg", "--audit"], capture_output=True, check=False).stdout:
        _run("dpkg", "--configure", "-a")
    _apt("update")
    _apt("install", "--yes", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> None:
    # a server that has just been booted may be installing its updates
    _run("apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300", *arguments)


def _run(*command: str) -> None:
    hint = "Mend what it says, then run this again: it goes on from here."
    run_tool(list(command), os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, hint)


def run_tool(command: list[str], environment: Mapping[str, str], hint: str) -> None:
    """Run a program of the system. Raises StackError with its last lines and `hint` when it fails.

    After 15 minutes, or 20 seconds after a Ctrl-C, which it gets too and may clean up after itself, it is killed.
    """
    what = " ".join(word for word in command if not word.startswith(("-", "DPkg")))
    with (
        console.Working(what[:60]),
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        try:
            output, _ = process.communicate(timeout=900)
        except subprocess.TimeoutExpired:
            process.kill()
            raise StackError(f"`{command[0]}` did not end within 15 minutes.", hint) from None
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=20)
            process.kill()
            raise
    if process.returncode != 0 and FULL in output.lower():
        raise disk_full(f": `{command[0]}` failed")
    if process.returncode != 0:
        raise StackError(f"`{' '.join(command)[:100]}` failed.", hint, detail="\n".join(output.splitlines()[-12:]))


def need_root(what: str) -> None:
    """Raises CheckFailedError when this is not root."""
    if os.geteuid() != 0:
        raise CheckFailedError(f"It takes root to {what}.", "Run it with sudo: sudo bin/stackctl up")


def start_docker() -> None:
    """Start the Docker daemon and wait until it answers. Raises StackError with its last log lines when it does not."""
    need_root("start Docker")
    systemd = Path("/run/systemd/system").is_dir()
    if systemd:
        subprocess.run(["systemctl", "enable", "--now", "docker"], capture_output=True, check=False)
    else:
        for path in PID_FILES:
            _remove_if_stale(path)
        with DAEMON_LOG.open("ab") as log:
            subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    wait.until(engine_state, seconds=60, what="Docker does not answer", detail=lambda: _daemon_log(systemd))


def _remove_if_stale(path: Path) -> None:
    """Remove a pid file whose process is gone, has ended, or is another program that got the number since."""
    try:
        process = psutil.Process(int(path.read_text()))
        name = "" if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except FileNotFoundError:
        return
    except (ValueError, psutil.NoSuchProcess):
        name = ""
    if name != path.stem.replace("docker", "dockerd"):
        path.unlink(missing_ok=True)


def engine_state() -> str:
    """ "" when Docker answers, else why not. Raises CheckFailedError when this user may not use it."""
    try:
        Engine(timeout=5)
    except NotRunningError as error:
        return error.message
    return ""


def _daemon_log(systemd: bool) -> str:
    if systemd:
        command = ["journalctl", "-u", "docker", "-n", "12", "--no-pager"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return "\n".join(DAEMON_LOG.read_text(errors="replace").splitlines()[-12:])


def join_docker_group() -> str:
    """Put the person behind sudo into the group that may use Docker. Their name, or "" when there is nothing to do."""
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
