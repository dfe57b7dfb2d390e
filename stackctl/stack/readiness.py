"""Whether people can sign in, and waiting until they can."""

from __future__ import annotations

from dataclasses import dataclass

from stackctl import wait
from stackctl.errors import StackError, explain_interrupt
from stackctl.settings import Settings
from stackctl.stack import firewall, login_page
from stackctl.stack.services import STARTED, Services

SECONDS = 120


@dataclass(frozen=True)
class Readiness:
    """The login page, and the firewall that must be in place before anyone signs in."""

    settings: Settings
    services: Services

    def problem(self) -> str:
        """ "" when the login page is there, else what came instead."""
        return login_page.problem(self.settings)

    @explain_interrupt(STARTED)
    def wait(self) -> None:
        """Wait for the login page and the firewall.

        Raises StackError, with the services' states and last log lines, after 120 s, or when the hub keeps ending.
        """
        explain = self.services.explain
        wait.until(self._not_ready, seconds=SECONDS, message="The hub is not ready", every=0.2, detail=explain)

    def _not_ready(self) -> str:
        if not (problem := self.problem()):
            return firewall.problem(self.services.engine, self.services.running("walls").id)
        hub = self.services.find("hub")
        if hub and hub.state == "restarting" and hub.restarts > 1:
            hint = "Usually the cause is a file in hub/conf.d. See: stackctl logs hub"
            raise StackError("The hub ends as soon as it starts.", hint, detail=self.services.explain())
        return problem
