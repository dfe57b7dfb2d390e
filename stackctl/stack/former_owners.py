"""Notebook servers and volumes from before notebook servers had their present user number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from contract.users import FORMER_NOTEBOOK, NOTEBOOK
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError
from stackctl.stack.servers import Servers
from stackctl.stack.services import Services
from stackctl.ui import console


@dataclass(frozen=True)
class FormerOwners:
    """What the stack called `stack` has of user FORMER_NOTEBOOK."""

    stack: str
    engine: Engine
    services: Services
    servers: Servers

    def check(self) -> None:
        """Raises CheckFailedError while servers run as that user: they could not save to files of another one."""
        names = sorted(item.name for item in self.servers.running() if item.user.partition(":")[0] != str(NOTEBOOK))
        if names and self.volumes:
            running = f"{len(names)} notebook server{'s run' if len(names) > 1 else ' runs'} as user id {FORMER_NOTEBOOK}"
            change = f"All files change to user id {NOTEBOOK} once, and no server may run meanwhile."
            fix = "stackctl build; then, when people have saved their work: stackctl down; stackctl up"
            raise CheckFailedError(f"{running}. {change}", fix)

    @cached_property
    def volumes(self) -> list[str]:
        """Found once: the volumes with files that belong to that user: people's, and those that everybody shares."""
        names = [*self.engine.volumes(self.stack), *self.engine.shared_volumes(self.stack)]
        image = self.engine.image_id(f"{self.stack}-hub")
        owners = self.engine.owners(self.stack, image, names) if names and image else {}
        return [name for name, owner in owners.items() if owner == FORMER_NOTEBOOK]

    def change(self) -> None:
        """Give the files of these volumes to NOTEBOOK. Raises CheckFailedError as `check` does."""
        if not self.volumes:
            return
        self.check()
        self._stop_former_hub()
        image = self.engine.image_id(f"{self.stack}-hub")
        for number, volume in enumerate(self.volumes, 1):
            with console.Working(f"giving files to user id {NOTEBOOK}: volume {number} of {len(self.volumes)}"):
                self.engine.change_owner(self.stack, image, volume, FORMER_NOTEBOOK, NOTEBOOK)

    def _stop_former_hub(self) -> None:
        """Stop a hub that would start servers as the former user meanwhile. `up` replaces it by the new one."""
        hub = self.services.find("hub")
        if hub and hub.state == "running" and hub.image_id != self.engine.image_id(hub.image):
            self.services.compose.stop(["hub"])
            self.check()
