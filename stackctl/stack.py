"""The stack as a whole: its adapters, its address, its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from stackctl import catalogue, console, front, project, secrets, settings, shared_folders, sources, state, tls, wait, walls
from stackctl.built import Built
from stackctl.catalogue import Catalogue
from stackctl.checks.volumes import USER
from stackctl.compose import Compose
from stackctl.engine import Container, Engine
from stackctl.errors import NotRunningError, StackError, left_when_stopped
from stackctl.hub_secrets import HubSecrets
from stackctl.hubapi import HubAPI
from stackctl.loaded import Loaded, Standing
from stackctl.offer import Known, Offer
from stackctl.settings import Settings

START_SECONDS = 120
STARTED = "The services are started, and nobody has waited for them. See: stackctl status."
"""What a Ctrl-C leaves from the moment when Compose is told to start them, which it finishes."""

HUB_USER = 990
"""The number of the user that hub, gate, proxy and nginx run as."""

HUB_SECRETS = "/srv/jupyterhub/secrets.json"
"""What the hub reads them from: hub/stackhub/settings.py."""

CATALOGUE = "/run/gate/catalogue.json"
"""In the gate. What the hub reads from it is what people may choose: hub/stackhub/catalogue.py."""


@dataclass(frozen=True)
class Stack:
    """One stack on this machine. Its adapters connect when they are first used."""

    root: Path
    settings: Settings
    docker_seconds: int = 60
    """For which Docker may leave a question unanswered."""

    @classmethod
    def load(cls) -> Stack:
        """The stack of the checkout in use.

        Raises CheckFailedError when its settings are wrong, or its state is a newer stackctl's.
        """
        root = project.root()
        stack = cls(root, settings.load(root))
        state.check(stack.folder)
        return stack

    @property
    def name(self) -> str:
        return self.settings.stack_name

    @property
    def network(self) -> str:
        """The users' network: notebook servers, hub and proxy are on it."""
        return f"{self.name}-users"

    @property
    def folder(self) -> Path:
        """Where the checkout keeps what it knows of the stack."""
        return secrets.folder(self.root, self.name)

    @property
    def url(self) -> str:
        """Where a browser finds the stack."""
        return self.settings.public_url

    @property
    def admin_password(self) -> Path:
        """The file with the first administrator's generated password."""
        return self.folder / "admin-password"

    def hub_url(self, host: str = "hub") -> str:
        """The hub's API; as notebook servers are told it where no other `host` is named: hub/stackhub/services.py."""
        return f"http://{host}:8081{self.settings.stack_base_url}hub/api"

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.docker_seconds)

    @cached_property
    def compose(self) -> Compose:
        return Compose(self.root, self.settings)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The notebook images and sizes. Raises CheckFailedError when the files that say so are wrong."""
        return catalogue.load(self.root, self.name)

    @cached_property
    def known(self) -> Known:
        """What is known of notebook images."""
        return Known.read(self.folder / "images.json")

    @cached_property
    def loaded(self) -> Loaded:
        """What came in an archive, and is not built here."""
        return Loaded.read(self.folder / "loaded.json")

    def standing(self, ids: Mapping[str, str]) -> Standing:
        """How images that are here, by name, stand to what was loaded."""
        return self.loaded.standing(ids, self.sources)

    @cached_property
    def built(self) -> Built:
        """What was built here, and of what."""
        return Built.read(self.folder / "built.json")

    def made_of(self, name: str) -> str:
        """All that a service's or notebook image is built from."""
        base = self.settings.stack_base_image
        return f"{self.sources(name)} {sources.below(self.root, self.catalogue, name, base, self.engine.image_id)}"

    def sources(self, name: str) -> str:
        """The hash of the files here that a service's or notebook image is built from."""
        return sources.digest(self.root, sources.found(self.root, sources.paths(self.root, self.catalogue, name)))

    def start(self) -> None:
        """Create and start the services that do not run as they should, the hub with the operator's secrets.

        Compose makes a network that somebody removed, and leaves the containers of the former one as they are.
        """
        with left_when_stopped():
            self.engine.remove_containers(self.engine.half_made(self.name))  # in the way of those that are to be made now
            walls.make_room(self.engine, self.network, self.name)
            # one that Docker keeps restarting waits longer each time, and would be found so when what ended it is mended
            again = [item for item in self.services() if not item.connected or item.state == "restarting"]
            self.engine.remove_containers([item.id for item in again])
            hub_secrets = HubSecrets(self.root, self.settings)
            self.engine.write_file(self._container("hub"), HUB_SECRETS, hub_secrets.text(), owner=HUB_USER)
        with left_when_stopped(STARTED):
            self.compose.up()

    @property
    def shared_volumes(self) -> list[str]:
        """The names of the volumes that everybody has."""
        return [item.volume(self.name) for item in self.settings.shared if not item.folder]

    def make_shared(self) -> list[str]:
        """Make the volumes that everybody has, where they are not there, for people to write in. Their names."""
        if missing := self.engine.missing_volumes(self.shared_volumes):
            self.engine.make_shared(self.name, f"{self.name}-hub", missing, USER)
        return missing

    def cut_off(self) -> list[Container]:
        """The notebook servers that run and are off their network: somebody removed it, or disconnected them."""
        return [item for item in self.engine.servers(self.name) if item.state == "running" and not item.connected]

    def connect_servers(self) -> list[str]:
        """Connect those that are cut off. Their names."""
        for server in (found := self.cut_off()):
            self.engine.connect(self.network, server.id)
        return [server.name for server in found]

    def tell(self, offer: Offer) -> bool:
        """Tell hub and gate what people may choose, from now on and without a restart. Whether that is news to them."""
        gate = self._container("gate")
        if self.engine.read_archive(gate, CATALOGUE) == offer.text:
            return False
        self.engine.write_file(gate, CATALOGUE, offer.text, owner=HUB_USER)
        return True

    def certificate_todo(self) -> str:
        """What `bring_certificate` would do; "" for nothing."""
        if todo := tls.todo(self.root, self.settings):
            return todo
        return "" if self.served() == tls.site(self.root, self.settings) else "bring nginx a new certificate"

    def bring_certificate(self) -> bool:
        """Bring nginx the certificate that it is to serve, from its next handshake on. Whether it had another."""
        site = tls.site(self.root, self.settings)
        if not site or self.served() == site:
            return False
        self.engine.replace_file(self._container("nginx"), tls.SITE, site.get_secret_value(), owner=HUB_USER)
        return True

    def served(self) -> SecretStr | None:
        """The certificate that nginx has, with its key, as PEM; None where it has none, or speaks no TLS."""
        nginx = next((container.id for container in self.services() if container.service == "nginx"), "")
        found = self.engine.read_archive(nginx, tls.SITE).strip() if nginx and self.settings.has_tls else ""
        return SecretStr(found) if found else None

    def _container(self, service: str) -> str:
        """The id of a service's container, made where there is none."""
        if not any(container.service == service for container in self.services()):
            self.compose.create(service)
        return next(container.id for container in self.services() if container.service == service)

    def hub_runs(self) -> bool:
        """Whether the hub is up, or about to be. Raises CheckFailedError when this user may not use Docker."""
        try:
            services = self.services()
        except NotRunningError:  # no Docker yet
            return False
        return any(item.service == "hub" and item.state in ("running", "restarting") for item in services)

    def bring_up_hub(self) -> None:
        """Start what has other settings or secrets now, in most cases the hub alone, and wait until people can sign in.

        Notebook servers go on running. Raises StackError, with the last log lines, when the hub does not come up.
        """
        shared_folders.ensure(self.root, self.settings, self.engine.folder)
        with console.Working("restarting the hub"):
            self.make_shared()
            self.start()
            self.connect_servers()
            self.bring_certificate()
            self.wait_until_ready()

    def services(self) -> list[Container]:
        """The containers of the stack's services. One that the walls do not know is off its network."""
        found = self.engine.services(self.name)
        return [replace(item, connected=item.connected and walls.known(item)) for item in found]

    def running(self, service: str) -> str:
        """The id of a service's container. Raises NotRunningError when it does not run."""
        for container in self.services():
            if container.service == service and container.state == "running":
                return container.id
        raise NotRunningError(f"{service} is not running.", f"stackctl up; why it ended: stackctl logs {service}")

    def choose(self, service: str | None) -> list[str]:
        """The names of the services that there are containers of, or of the one that is named.

        Raises NotRunningError when there are none, StackError when `service` is not among them.
        """
        names = [container.service for container in self.services()]
        if not names:
            raise NotRunningError
        if service is None:
            return names
        if service not in names:
            raise StackError(f"There is no service {service!r}.", f"There are: {', '.join(names)}")
        return [service]

    def hub(self) -> HubAPI:
        """The hub's API. Raises NotRunningError when the hub is not running."""
        for container in self.services():
            if container.service == "hub" and container.state == "running":
                if not (address := container.addresses.get(self.network)):
                    raise NotRunningError(f"The hub is not on its network, {self.network}.", "See: stackctl doctor")
                token = self.engine.read_file(container.id, "/srv/jupyterhub/stackctl-token", user=str(HUB_USER))
                return HubAPI(self.hub_url(address), token)
        raise NotRunningError("The hub is not running.")

    def trouble(self) -> str:
        """ "" when the sign-in page is there, else what came in its place."""
        return front.trouble(self.settings)

    @left_when_stopped(STARTED)
    def wait_until_ready(self) -> None:
        """Wait for the sign-in page.

        Raises StackError, with the services' states and last log lines, after 120 s, or when the hub keeps ending.
        """
        wait.until(self._not_ready, seconds=START_SECONDS, what="The hub is not ready", every=0.2, detail=self._explain)

    def _not_ready(self) -> str:
        if state := self.trouble():
            hub = next((item for item in self.services() if item.service == "hub"), None)
            if hub and hub.state == "restarting" and hub.restarts > 1:
                hint = "Most often it is a file in hub/conf.d. See: stackctl logs hub"
                raise StackError("The hub ends as soon as it starts.", hint, detail=self._explain())
            return state
        return walls.trouble(self.engine, self.running("walls"))

    def _explain(self) -> str:
        parts = []
        for container in self.services():
            parts.append(f"{container.service}: {container.state} {container.health}".rstrip())
            if container.health != "healthy":
                parts.append(self.engine.log(container.id, 10))
        return "\n".join(parts)
