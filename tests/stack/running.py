"""The stack under test: a copy of the checkout with a .env of its own, driven by its own bin/stackctl."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import docker.errors
import requests
import yaml
from docker.models.containers import Container

from stackctl.plan import WORKING_DIR
from tests.checkout import ROOT, STACK
from tests.stack.waiting import wait_until

NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".stack", ".env", ".*_cache", "__pycache__", "docs", "tests")
SETTINGS = {
    **STACK,
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

HTTPS_PORT = int(STACK["STACK_HTTP_PORT"]) + 43

SIZES = "small: {cpu: 1.5, memory: 512M}\n"


@dataclass(frozen=True)
class Talk:
    """What a command said."""

    out: str
    err: str

    def __str__(self) -> str:
        return f"{self.out}{self.err}"


class Stack:
    """A stack and the folder that it runs from."""

    url: str
    """As .env says it; with STACK_TLS=off, where a test's own proxy is."""
    other_ca: Path | None = None
    first_up: Talk
    datasets: Path
    """The server's folder that everybody reads."""

    def __init__(self, root: Path, name: str = STACK["STACK_NAME"], port: int = int(STACK["STACK_HTTP_PORT"])) -> None:
        self.root, self.name, self.port = root, name, port
        self.https_port = port + 43
        self.docker = docker.from_env()
        self.datasets = root.parent / "datasets"
        self.datasets.mkdir(exist_ok=True)
        shutil.copytree(ROOT, root, ignore=NOT_COPIED)
        if (ROOT / ".venv").exists():
            (root / ".venv").symlink_to(ROOT / ".venv")
        self.offer()
        self.configure()

    def configure(self, **settings: str) -> None:
        """Write .env: what the checkout's own says, such as mirrors, then what the tests count on, then `settings`."""
        host = settings.get("STACK_HOST")
        if host and settings.get("STACK_TLS") != "off":
            settings = {"STACK_HTTPS_PORT": str(self.https_port)} | settings
        port = settings.get("STACK_HTTPS_PORT", "443")
        origin = f"https://{host}{'' if port == '443' else f':{port}'}" if host else f"http://127.0.0.1:{self.port}"
        self.url = (origin + settings.get("STACK_BASE_URL", "/")).rstrip("/")
        own = ROOT / ".env"
        lines = [own.read_text()] if own.exists() else []
        own_settings = SETTINGS | {"STACK_NAME": self.name, "STACK_HTTP_PORT": str(self.port)}
        own_settings |= {"STACK_SHARED_FOLDERS": f"team,{self.datasets}:ro"} | settings
        lines += [f"{name}={value}" for name, value in own_settings.items()]
        (self.root / ".env").write_text("\n".join(lines) + "\n")

    def offer(self, sizes: str = SIZES, base: dict[str, Any] | None = None, **variants: dict[str, Any]) -> None:
        """Write the catalogue: `base`, with other entries where they are given, variants of it that add nothing, `sizes`.

        The next `up` applies it.
        """
        folder = self.root / "singleuser"
        catalogue = yaml.safe_load((ROOT / "singleuser" / "compose.yaml").read_text())
        known = catalogue["services"]["base"]
        catalogue["services"] = {"base": known | {"x-notebook": known["x-notebook"] | (base or {})}}
        for name, entries in variants.items():
            (folder / name).mkdir(exist_ok=True)
            (folder / name / "Dockerfile").write_text(f"ARG BASE\nFROM ${{BASE}}\nLABEL variant={name}\n")
            catalogue["services"][name] = {
                "profiles": ["singleuser"],
                "image": f"${{STACK_NAME:-stackhub}}-singleuser-{name}",
                "build": {"context": name, "args": {"BASE": "${STACK_NAME:-stackhub}-singleuser-base"}},
                "depends_on": ["base"],
                "x-notebook": {"title": name.title()} | entries,
            }
        (folder / "compose.yaml").write_text(yaml.safe_dump(catalogue, sort_keys=False, allow_unicode=True))
        (folder / "sizes.yaml").write_text(sizes)

    def environment(self, **given: str) -> dict[str, str]:
        """This process's environment without what would win over .env."""
        return {name: value for name, value in os.environ.items() if name not in SETTINGS} | given

    def ctl(self, *arguments: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run stackctl, without a terminal, and check its exit code."""
        return self.run("bin/stackctl", *arguments, code=code, stdin=stdin, seconds=seconds, **environment)

    def run(self, *command: str, code: int = 0, stdin: str = "", seconds: float = 120, **environment: str) -> Talk:
        """Run a command in the stack's folder and check its exit code."""
        ran = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        said = Talk(ran.stdout, ran.stderr)
        assert ran.returncode == code, f"{' '.join(command)} ended with {ran.returncode}, not {code}:\n{said}"
        return said

    def add_user(self, name: str, *options: str) -> str:
        """Make an account with `stackctl users add`; its generated password."""
        return self.ctl("users", "add", name, *options).out.strip()

    def services(self) -> dict[str, Container]:
        """The containers of the stack's services."""
        labels = [f"com.docker.compose.project={self.name}", "com.docker.compose.container-number"]
        found = self.docker.containers.list(all=True, filters={"label": labels})
        return {str(item.labels["com.docker.compose.service"]): item for item in found}

    def servers(self) -> dict[str, Container]:
        """The containers of notebook servers, by user."""
        label = f"stackhub.stack={self.name}"
        found = self.docker.containers.list(all=True, filters={"label": label}, ignore_removed=True)
        return {str(item.labels["stackhub.user"]): item for item in found}

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
        made = self.root / ".stack" / self.name / "tls" / (urlsplit(self.url).hostname or "") / "ca.crt"
        return made if made.exists() else None

    def session(self) -> requests.Session:
        """A session that goes straight to this machine, whatever proxy is set, and trusts the stack's own CA."""
        return StraightSession(self)

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
        self.configure()
        self.ctl("down", "--delete-data", "--confirm", self.name)


class StraightSession(requests.Session):
    """Asks each time what is to be trusted, which may have changed since it began."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.trust_env = False
        self._stack = stack

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **named: Any) -> requests.Response:
        return super().request(method, url, *args, **{"verify": str(self._stack.ca) if self._stack.ca else True} | named)


def _log(container: Container) -> str:
    try:
        return bytes(container.logs(tail=60)).decode(errors="replace")
    except docker.errors.APIError as error:  # it is being removed
        return str(error)
