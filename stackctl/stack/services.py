"""The containers of the stack's services: finding, creating and starting them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from contract import paths, users
from stackctl.engine import Container, Engine
from stackctl.engine.compose import Compose
from stackctl.engine.errors import MountGoneError
from stackctl.errors import NotRunningError, StackError, explain_interrupt
from stackctl.stack import firewall
from stackctl.stack.plan import WORKING_DIR

STARTED = "The services are started, but whether they are ready is not known. See: stackctl status."
"""What a Ctrl-C leaves once Compose has begun to start them, which it finishes."""


@dataclass(frozen=True)
class Services:
    """The services of the stack called `stack`. `hub_secrets` returns the operator's secrets as the hub reads them, JSON."""

    stack: str
    engine: Engine
    compose: Compose
    hub_secrets: Callable[[], str]

    def all(self) -> list[Container]:
        """Their containers, running or not. One whose MAC address the firewall does not know counts as disconnected."""
        containers = self.engine.services(self.stack)
        return [replace(item, connected=item.connected and firewall.has_its_mac(item)) for item in containers]

    def checkouts(self) -> set[str]:
        """The folders that they were started from."""
        return {item.labels.get(WORKING_DIR, "") for item in self.all()} - {""}

    def find(self, service: str) -> Container | None:
        """A service's container, None where there is none."""
        return next((item for item in self.all() if item.service == service), None)

    def running(self, service: str) -> Container:
        """A service's running container. Raises NotRunningError when it does not run."""
        container = self.find(service)
        if container is None or container.state != "running":
            raise NotRunningError(
                f"{service} is not running.", f"stackctl up; to see why it stopped: stackctl logs {service}"
            )
        return container

    def up(self, *services: str) -> bool:
        """Whether all of these services are running, and on their networks."""
        working = {item.service for item in self.all() if item.state == "running" and item.connected}
        return working.issuperset(services)

    def created(self, service: str) -> str:
        """The id of a service's container, which is created where there is none."""
        if not self.find(service):
            self.compose.create(service)
        return next(container.id for container in self.all() if container.service == service)

    def names(self, service: str | None = None) -> list[str]:
        """The names of the services that have containers, or just the one that is given.

        Raises NotRunningError when there are none, StackError when `service` is not among them.
        """
        names = [container.service for container in self.all()]
        if not names:
            raise NotRunningError
        if service is None:
            return names
        if service not in names:
            raise StackError(f"There is no service {service!r}.", f"There are: {', '.join(names)}")
        return [service]

    def start(self) -> None:
        """Create and start the services that do not run as they should, the hub with the operator's secrets.

        Compose creates a network that somebody removed, but leaves containers on the old one: they are removed here.
        """
        with explain_interrupt():
            self.engine.remove_containers(
                self.engine.unfinished_services(self.stack)
            )  # they have the names of those to be created
            # Docker waits longer before each restart: one that it keeps restarting would stay away after its fault is gone
            stuck = [item for item in self.all() if not item.connected or item.state == "restarting"]
            self.engine.remove_containers([item.id for item in stuck])
            self._bring_secrets()
        with explain_interrupt(STARTED):
            self.compose.up()

    def _bring_secrets(self) -> None:
        text = self.hub_secrets()
        try:
            self.engine.write_file(self.created("hub"), paths.HUB_SECRETS, text, owner=users.SERVICE)
        except MountGoneError:  # a certificate at its former path, perhaps
            self.engine.remove_containers([self.created("hub")])
            self.engine.write_file(self.created("hub"), paths.HUB_SECRETS, text, owner=users.SERVICE)

    def explain(self) -> str:
        """Each service's state, with the last log lines of those that are not healthy."""
        parts = []
        for container in self.all():
            parts.append(f"{container.service}: {container.state} {container.health}".rstrip())
            if container.health != "healthy":
                parts.append(self.engine.log(container.id, 10))
        return "\n".join(parts)
