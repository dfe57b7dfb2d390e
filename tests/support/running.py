"""The stack under test: a copy of the checkout with a .env of its own, driven by its own bin/stackctl."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import docker.errors
import requests
from docker.models.containers import Container

from stackctl.stack.plan import WORKING_DIR
from tests.support import catalogue
from tests.support.checkout import ROOT, WORKER_STACK
from tests.support.session import StraightSession
from tests.support.talk import Talk
from tests.support.waiting import wait_until

NAME, PORT = WORKER_STACK["STACK_NAME"], WORKER_STACK["STACK_HTTP_PORT"]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".stack", ".env", ".*_cache", "__pycache__", "docs", "tests")
SETTINGS = {
    **WORKER_STACK,
    "STACK_AUTH": "local",
    "STACK_PROCESS_LIMIT": "300",
    "STACK_START_TIMEOUT": "60",
    "STACK_IDLE_TIMEOUT": "3600",
    "STACK_BUSY_LIMIT": "86400",
}

HOST = "hub.example.org"
"""A name that leads to this machine in tests: see names.py, and chromium in browser.py."""

WEBSITE = "www.example.org"
"""In the browser, and with any port, this machine's port HTTPS_PORT: where a test has a web server of its own."""

HTTPS_PORT = int(PORT) + 43

BROKEN_SERVERS = {"hub/conf.d/broken-servers.py": Path(__file__).with_name("broken_servers.py").read_text()}
Offer = Mapping[str, Any]
"""Arguments of `Stack.offer`."""

SIZES = "small: {cpu: 1.5, memory: 512M}\n"


class Stack:
    """A stack and the folder that it runs from."""

    url: str
    """As .env says it; with STACK_TLS=off, where a test's own proxy is."""
    other_ca: Path | None = None
    first_up: Talk
    datasets: Path
    """The server's folder that everybody reads."""
    address = "127.0.0.1"
    """Where its port is without a name."""

    def __init__(self, root: Path, name: str = NAME, port: int = int(PORT)) -> None:
        self.root, self.name, self.port = root, name, port
        self.https_port = port + 43
        self.docker = docker.from_env()
        self.datasets = root.parent / "datasets"
        self.datasets.mkdir(exist_ok=True)
        shutil.copytree(ROOT, root, ignore=NOT_COPIED)
        if (ROOT / ".venv").exists():
            (root / ".venv").symlink_to(ROOT / ".venv")
        self._applied = ""
        self.offer()
        self.configure()

    def become(
        self, settings: Mapping[str, str] | None = None, offer: Offer | None = None, files: Mapping[str, str] | None = None
    ) -> str:
        """Have nothing but these settings, this catalogue (see `offer`) and these files by path (BROKEN_SERVERS) in force.

        With one `up`, whose messages are returned, and no notebook server then; nothing happens where it is so already.
        """
        before, hub = self._hubs_files(), self.services().get("hub")
        self.prepare(settings, offer, files)
        if self._wanted() == self._applied:
            return ""
        servers = self.servers()
        for server in servers.values():
            _remove(server)
        printed = self.ctl("up", "--yes", seconds=600).err
        if self.services()["hub"] == hub and (servers or self._hubs_files() != before):
            hub.restart()  # it reads them as it starts, and finds out which servers run
            self.wait_until_ready()
        return printed

    def prepare(
        self, settings: Mapping[str, str] | None = None, offer: Offer | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        """The same, for the next `up`."""
        self.offer(**(offer or {}))
        self.configure(**(settings or {}))
        for left in self._operators_files():
            left.unlink()
        for path, text in (BROKEN_SERVERS if files is None else files).items():
            (self.root / path).write_text(text)

    def forget_gitlab(self) -> None:
        """Forget the application of a GitLab that is not needed any more; `become` has the hub forget it."""
        (self.root / ".stack" / self.name / "hub" / "gitlab.json").unlink(missing_ok=True)

    def _hubs_files(self) -> list[str]:
        return [path.read_text() for path in self._operators_files() if path.suffix == ".py"]

    def _operators_files(self) -> list[Path]:
        return [*sorted(self.root.glob("hub/conf.d/*.py")), *self.root.glob("compose.override.yaml")]

    def _wanted(self) -> str:
        """What an `up` brings in force, as far as tests change it."""
        offered = sorted([*self.root.glob("singleuser/*.yaml"), *self.root.glob("singleuser/*/Dockerfile")])
        paths = [self.root / ".env", *offered, *self._operators_files()]
        return "\n".join(f"{path}\n{path.read_text()}" for path in paths)

    def configure(self, **settings: str) -> None:
        """Write .env: what the checkout's own says, such as mirrors, then what the tests count on, then `settings`."""
        host = settings.get("STACK_HOST")
        if host and settings.get("STACK_TLS") != "off":
            settings = {"STACK_HTTPS_PORT": str(self.https_port)} | settings
        port = settings.get("STACK_HTTPS_PORT", "443")
        origin = f"https://{host}{'' if port == '443' else f':{port}'}" if host else f"http://{self.address}:{self.port}"
        self.url = (origin + settings.get("STACK_BASE_URL", "/")).rstrip("/")
        own = ROOT / ".env"
        lines = [own.read_text()] if own.exists() else []
        own_settings = SETTINGS | {"STACK_NAME": self.name, "STACK_HTTP_PORT": str(self.port)}
        own_settings |= {"STACK_SHARED_FOLDERS": f"team,{self.datasets}:ro"} | settings
        lines += [f"{name}={value}" for name, value in own_settings.items()]
        (self.root / ".env").write_text("\n".join(lines) + "\n")

    def offer(self, sizes: str = SIZES, base: dict[str, Any] | None = None, **variants: dict[str, Any]) -> None:
        """Write the catalogue, as catalogue.py says. The next `up` applies it."""
        catalogue.write(self.root / "singleuser", sizes, base or {}, variants)

    def environment(self, **variables: str) -> dict[str, str]:
        """This process's environment without what would win over .env."""
        return {name: value for name, value in os.environ.items() if name not in SETTINGS} | variables

    def ctl(self, *arguments: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run stackctl, without a terminal, and check its exit code."""
        return self.run("bin/stackctl", *arguments, code=code, stdin=stdin, seconds=seconds, **environment)

    def run(self, *command: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run a command in the stack's folder and check its exit code."""
        options: dict[str, Any] = {"cwd": self.root, "env": self.environment(**environment), "timeout": seconds}
        ran = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, **options)
        talk = Talk(ran.stdout, ran.stderr)
        assert ran.returncode == code, f"{' '.join(command)} ended with {ran.returncode}, not {code}:\n{talk}"
        if command[:2] == ("bin/stackctl", "up") and not (code or environment or "--dry-run" in command):
            self._applied = self._wanted()
        if command[:2] == ("bin/stackctl", "gitlab"):  # most of its commands apply .env, with an application
            self._applied = ""
        return talk

    def add_user(self, name: str, *options: str) -> str:
        """Make an account with `stackctl users add`; its generated password."""
        return self.ctl("users", "add", name, *options).out.strip()

    @property
    def admin_password(self) -> str:
        """Of the administrator that the first `up` has made."""
        return (self.root / ".stack" / self.name / "admin-password").read_text().strip()

    def users(self) -> set[str]:
        """The names of the hub's users, in any flavour."""
        return {row["name"] for row in json.loads(self.ctl("users", "list", "--json").out)}

    def services(self) -> dict[str, Container]:
        """The containers of the stack's services."""
        labels = [f"com.docker.compose.project={self.name}", "com.docker.compose.container-number"]
        containers = self.docker.containers.list(all=True, filters={"label": labels})
        return {str(item.labels["com.docker.compose.service"]): item for item in containers}

    def servers(self) -> dict[str, Container]:
        """The containers of notebook servers, by user."""
        label = f"stackhub.stack={self.name}"
        containers = self.docker.containers.list(all=True, filters={"label": label}, ignore_removed=True)
        return {str(item.labels["stackhub.user"]): item for item in containers}

    def volumes(self) -> set[str]:
        """The names of all volumes of the stack: the services', the users' and everybody's."""
        labels = [f"{label}={self.name}" for label in ("com.docker.compose.project", "stackhub.stack", "stackhub.shared")]
        return {str(item.name) for label in labels for item in self.docker.volumes.list(filters={"label": label})}

    def inside(self, service: str, script: str) -> str:
        """What a shell script prints in a service's container, run as the service's own user."""
        output = self.services()[service].exec_run(["bash", "-c", script], user="990").output
        assert isinstance(output, bytes)
        return output.decode()

    @property
    def ca(self) -> Path | None:
        """What people trust besides the usual: `other_ca`, else the CA that stackctl has made, if there is one."""
        if self.other_ca:
            return self.other_ca
        local_ca = self.root / ".stack" / self.name / "tls" / (urlsplit(self.url).hostname or "") / "ca.crt"
        return local_ca if local_ca.exists() else None

    def session(self) -> requests.Session:
        """A session that goes straight to this machine, whatever proxy is set, and trusts the stack's own CA."""
        return StraightSession(lambda: self.ca)

    def answer(self, path: str = "/hub/login") -> int:
        """The status that the stack answers `path` with; 0 for no answer."""
        try:
            return self.session().get(self.url + path, timeout=5, allow_redirects=False).status_code
        except requests.RequestException:
            return 0

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait for the sign-in page."""
        wait_until(lambda: self.answer() == 200, seconds, "the sign-in page")

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Wait until every service's own check has found it well: the first comes seconds after a start."""
        wait_until(
            lambda: all(item.health == "healthy" for item in self.services().values()), seconds, "all services are healthy"
        )

    def logs(self) -> dict[str, str]:
        """The last lines of every container of the stack, by name."""
        return {str(item.name): _log(item) for item in [*self.services().values(), *self.servers().values()]}

    def remove(self) -> None:
        """Stop the stack, that of an earlier run too, and delete all of its data."""
        for service in self.services().values():
            if service.labels[WORKING_DIR] != str(self.root):
                service.remove(force=True)
        networks = self.docker.networks.list(filters={"label": f"com.docker.compose.project={self.name}"})
        if not (self.services() or self.servers() or self.volumes() or networks):
            return
        self.configure()
        self.ctl("down", "--delete-data", "--confirm", self.name)


def _remove(container: Container) -> None:
    """Remove a container, one that the hub is removing just now too."""
    try:
        container.remove(force=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != 409:
            raise
        container.wait(condition="removed", timeout=30)


def _log(container: Container) -> str:
    try:
        return bytes(container.logs(tail=60)).decode(errors="replace")
    except docker.errors.APIError as error:  # it is being removed
        return str(error)
