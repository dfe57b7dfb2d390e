"""A Docker Engine that answers."""

from __future__ import annotations

from dataclasses import dataclass

from stackctl.host import docker_daemon, docker_packages, program
from stackctl.ui import console


@dataclass
class InstallDocker:
    """Installs and starts Docker where it is missing. `yes`: without asking."""

    yes: bool
    started: bool = False
    """Whether it had to be installed or started."""

    def todo(self) -> list[str]:
        if not docker_daemon.is_installed():
            where = docker_packages.distribution()
            source = f" from {where.suite}" if where.suite else ""
            return [f"install Docker ({where.name}{source}): {', '.join(where.packages)}"]
        return ["start Docker"] if docker_daemon.problem() else []

    def do(self) -> None:
        if not (todo := self.todo()):
            return
        program.need_root(todo[0])
        if not docker_daemon.is_installed():
            self._install()
        if docker_daemon.problem():  # the package may have started it
            docker_daemon.start()
        console.done("Docker started.")
        self.started = True

    def _install(self) -> None:
        if not self.yes:
            console.confirm("Docker is not installed on this server. Install it?", flag="--yes")
        docker_packages.install(docker_packages.distribution())
        console.done("Docker installed.")
        if user := docker_daemon.join_group():
            console.say(f"  {user} is in the group docker now: sign in again to use Docker without sudo.")
