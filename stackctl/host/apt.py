"""apt on this server: installing packages, and the mirrors that it uses."""

from __future__ import annotations

import os
import subprocess

from stackctl.host import program


def install(*packages: str) -> None:
    """Install packages, after finishing what an interrupted installation left. Raises StackError if apt fails."""
    program.need_root(f"install {' '.join(packages)}")
    if subprocess.run(["dpkg", "--audit"], capture_output=True, check=False).stdout:
        _run("dpkg", "--configure", "-a")
    update()
    _apt_get("install", "--yes", "--no-install-recommends", *packages)


def update() -> None:
    """Update the package lists."""
    _apt_get("update")


def debian_mirror(*, security: bool = False) -> str:
    """The Debian mirror that apt uses, or its security mirror; "" on another distribution."""
    for line in _targets("$(ORIGIN) $(SUITE) $(REPO_URI)"):
        origin, suite, url = [*line.split(), "", "", ""][:3]
        if origin == "Debian" and ("security" in suite) == security:
            return url.rstrip("/")
    return ""


def web_mirror() -> str:
    """The first mirror with an http address that apt uses, of any distribution; "" for none."""
    return next((line for line in _targets("$(REPO_URI)") if line.startswith("http")), "")


def _targets(form: str) -> list[str]:
    """What apt downloads package lists from, a line each; none without apt."""
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []


def _apt_get(*arguments: str) -> None:
    # a server that has just booted may be installing its updates
    _run("apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300", *arguments)


def _run(*command: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    program.run(list(command), environment, "Fix the error above and run this again; it continues from there.")
