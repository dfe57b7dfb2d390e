"""The services: volumes, containers, certificate; and waiting until people can sign in."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.users import FORMER_NOTEBOOK, NOTEBOOK
from stackctl.errors import explain_interrupt
from stackctl.stack import accounts, firewall
from stackctl.stack.plan import ServiceState, service_changes
from stackctl.stack.stack import Stack
from stackctl.stack.up.images import BuildImages
from stackctl.ui import console


@dataclass
class CreateSharedVolumes:
    """Creates the volumes of shared folders."""

    stack: Stack

    def todo(self) -> list[str]:
        return [f"{name}: create (a shared folder)" for name in self.stack.shared_volumes.missing()]

    def do(self) -> None:
        self.stack.shared_volumes.create()


@dataclass
class ChangeOwners:
    """Gives people's files to the user that notebook servers run as, where they belong to the former one."""

    stack: Stack

    def todo(self) -> list[str]:
        change = f"give its files to user id {NOTEBOOK} (they belong to {FORMER_NOTEBOOK})"
        return [f"{volume}: {change}" for volume in self.stack.former_owners.volumes]

    @explain_interrupt("Files in some volumes belong to another user now. The hub may be stopped.")
    def do(self) -> None:
        self.stack.former_owners.change()


@dataclass
class StartServices:
    """Creates, replaces and starts the services that do not run as they should."""

    stack: Stack
    building: BuildImages
    changed: dict[str, str] = field(default_factory=dict)
    """What `do` did with which service."""

    def todo(self) -> list[str]:
        changes = dict.fromkeys(self.building.pending, "recreate (if its new image differs)")
        changes = {name: change for name, change in changes.items() if name in self.stack.compose.images()} | self._changes()
        return [f"{service}: {change}" for service, change in changes.items()]

    def _changes(self) -> dict[str, str]:
        ids = {name: self.stack.engine.image_id(image) for name, image in self.stack.compose.images().items()}
        states = {item.service: ServiceState.of(item) for item in self.stack.services.all()}
        return service_changes(states, self.stack.compose.hashes(), ids)

    def do(self) -> None:
        self.changed = self._changes()
        if "walls" in self.changed and self.stack.settings.stack_isolation == "on":
            firewall.check_kernel(self.stack.engine, self.stack.name)
        if self.changed:
            with console.Working("starting the services"):
                self.stack.services.start()


@dataclass
class ConnectServers:
    """Connects notebook servers that run without their network."""

    stack: Stack

    def todo(self) -> list[str]:
        return [f"{server.name}: connect (it is off its network)" for server in self.stack.servers.disconnected()]

    def do(self) -> None:
        self.stack.servers.connect()


@dataclass
class InstallCertificate:
    """Brings nginx a new certificate. Open connections are not affected."""

    stack: Stack

    def todo(self) -> list[str]:
        return [todo] if (todo := self.stack.certificate.todo()) else []

    def do(self) -> None:
        if self.stack.certificate.todo():
            self.stack.certificate.install()
            console.done(
                f"nginx has a new certificate for {self.stack.settings.stack_host}. Open connections are not affected."
            )


@dataclass
class WaitUntilReady:
    """Waits until people can sign in, and restores the routes to notebook servers in a new proxy."""

    stack: Stack
    starting: StartServices

    def todo(self) -> list[str]:
        return []

    def do(self) -> None:
        with console.Working("waiting for the hub"):
            self.stack.readiness.wait()
        if "proxy" in self.starting.changed:
            self.stack.hub().check_routes()


@dataclass
class CreateAdmin:
    """Creates the first administrator of STACK_AUTH=local, once the hub can say whether there is one."""

    stack: Stack

    def todo(self) -> list[str]:
        return []

    def do(self) -> None:
        if self.stack.settings.stack_auth == "local":
            accounts.ensure_admin(self.stack)
