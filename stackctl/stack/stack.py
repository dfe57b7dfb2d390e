"""The stack: its names and places, and its parts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from contract import names, network, paths, users
from stackctl import catalogue, settings
from stackctl.catalogue import Catalogue
from stackctl.checkout import secrets, state, worktree
from stackctl.engine import Engine
from stackctl.engine.compose import Compose
from stackctl.errors import CheckFailedError, NotRunningError
from stackctl.host import shared_folders
from stackctl.images.builder import Builder
from stackctl.images.image_cache import ImageCache
from stackctl.settings import Settings
from stackctl.stack.certificate import Certificate
from stackctl.stack.former_owners import FormerOwners
from stackctl.stack.hub_api import HubAPI
from stackctl.stack.hub_secrets import HubSecrets
from stackctl.stack.readiness import Readiness
from stackctl.stack.servers import Servers, SharedVolumes
from stackctl.stack.services import Services
from stackctl.ui import console


@dataclass(frozen=True)
class Stack:
    """One stack on this server. Its parts connect to Docker when they are first used."""

    root: Path
    settings: Settings
    docker_seconds: int = 60
    """Timeout of Docker API calls, in seconds."""

    @classmethod
    def load(cls) -> Stack:
        """The stack of the checkout in use.

        Raises CheckFailedError when its settings are wrong, or a newer stackctl has written its state.
        """
        root = worktree.root()
        stack = cls(root, settings.load(root))
        state.check(stack.folder)
        return stack

    @property
    def name(self) -> str:
        return self.settings.stack_name

    @property
    def network(self) -> str:
        """The users' network: notebook servers, hub and proxy are on it."""
        return names.users_network(self.name)

    @property
    def folder(self) -> Path:
        """Where the checkout keeps the stack's state and secrets."""
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
        """The hub's API at `host`; the default is the address that notebook servers get."""
        return f"http://{host}:{network.HUB_PORT}{self.settings.stack_base_url}hub/api"

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.docker_seconds)

    @cached_property
    def compose(self) -> Compose:
        environment = self.settings.environment() | {"STACKCTL_OWNER": str(self.root.stat().st_uid)}
        return Compose(self.root, environment, lambda: HubSecrets(self.root, self.settings).revision)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The notebook images and sizes. Raises CheckFailedError when their files are wrong."""
        return catalogue.load(self.root, self.name)

    @cached_property
    def image_cache(self) -> ImageCache:
        """The verdicts on notebook images, and which were published."""
        return ImageCache.read(self.folder / "images.json")

    @cached_property
    def builder(self) -> Builder:
        """Builds images, and tells which are up to date."""
        return Builder(self.root, self.settings, self.catalogue, self.engine, self.compose)

    @cached_property
    def services(self) -> Services:
        """The containers of the services."""
        return Services(self.name, self.engine, self.compose, lambda: HubSecrets(self.root, self.settings).text())

    @cached_property
    def servers(self) -> Servers:
        """The containers of notebook servers."""
        return Servers(self.name, self.network, self.engine)

    @cached_property
    def shared_volumes(self) -> SharedVolumes:
        """The volumes that all notebook servers share."""
        volumes = tuple(item.volume(self.name) for item in self.settings.shared if not item.path)
        return SharedVolumes(self.name, volumes, self.engine)

    @cached_property
    def former_owners(self) -> FormerOwners:
        """Servers and volumes from before notebook servers had their present user number."""
        return FormerOwners(self.name, self.engine, self.services, self.servers)

    @cached_property
    def certificate(self) -> Certificate:
        """nginx's certificate."""
        return Certificate(self.root, self.settings, self.services)

    @cached_property
    def readiness(self) -> Readiness:
        """Whether people can sign in."""
        return Readiness(self.settings, self.services)

    def hub(self) -> HubAPI:
        """The hub's API. Raises NotRunningError when the hub is not running, CheckFailedError for who may not call it."""
        if self.settings.stack_isolation == "on" and os.geteuid() not in (0, self.root.stat().st_uid):
            raise CheckFailedError("Only root and the owner of the checkout can ask the hub.", "Use sudo.")
        hub = self.services.running("hub")
        if not (address := hub.addresses.get(self.network)):
            raise NotRunningError(f"The hub is not on its network, {self.network}.", "See: stackctl doctor")
        token = self.engine.read_file(hub.id, f"{paths.HUB_DATA}/{paths.STACKCTL_TOKEN}", user=str(users.SERVICE))
        return HubAPI(self.hub_url(address), token)

    def hub_runs(self) -> bool:
        """Whether the hub is up, or about to be. Raises CheckFailedError when this user may not use Docker."""
        try:
            hub = self.services.find("hub")
        except NotRunningError:  # no Docker yet
            return False
        return hub is not None and hub.state in ("running", "restarting")

    def apply_settings(self) -> None:
        """Restart what has other settings or secrets now, usually just the hub, and wait until people can sign in.

        Notebook servers keep running. Raises StackError, with the last log lines, when the hub does not come up.
        """
        shared_folders.ensure(self.root, self.settings, self.engine.folder)
        with console.Working("restarting the hub"):
            self.shared_volumes.create()
            self.services.start()
            self.servers.connect()
            self.certificate.install()
            self.readiness.wait()
