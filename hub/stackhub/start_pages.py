"""The pages on which people choose an image and a size, wait for their server, and read why it did not start."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.base import UserUrlHandler
from jupyterhub.handlers.pages import SpawnHandler, SpawnPendingHandler
from tornado import web

from . import disk
from .cards import image_cards, size_cards
from .choice import Choices, choices
from .pages import Translated
from .start_errors import ChoiceError, StartError, StartFailedError
from .start_texts import STEPS


class StartPage(Translated):
    """A page about the start of a server. Its template has `steps`, `sentence` and `viewer`, who looks at it."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        steps = {step: texts[self.lang] for step, texts in STEPS.items()}
        known = {"steps": steps, "sentence": self.sentence, "can_choose": can_choose, "viewer": self.current_user}
        return dict(super().template_namespace) | known

    def sentence(self, error: Exception | None, message: str | None) -> str:
        """Why a start failed: in the person's language, or with the `message` that somebody else's code has for people."""
        if isinstance(error, StartError):
            return error.sentence(self.lang)
        return message or StartFailedError("unknown").sentence(self.lang)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        if not isinstance(error, StartError):
            super().write_error(status_code, **kwargs)
            return
        about = {"failed": True, "exception": error, "server_name": self.server_name, "spawn_url": self.request.uri}
        self.write(self.render_template("not_running.html", sync=True, **about, user=self.owner))

    @property
    def owner(self) -> Any:
        """Whose server it is about: an administrator may look at somebody else's."""
        return self.find_user(self.path_args[0]) if self.path_args else self.current_user

    @property
    def server_name(self) -> str:
        """The name of the server that the address is about; empty for the one that everybody has."""
        return self.path_args[1] if len(self.path_args) > 1 else ""


class ChoicePage(StartPage, SpawnHandler):
    """JupyterHub's page with its own cards; what was refused stands above them."""

    error: StartError | None = None

    @web.authenticated
    def post(self, user_name: str | None = None, server_name: str = "", display_name: str = "") -> Any:
        """As JupyterHub does; but whoever presses the button twice comes to the page that waits, not to an error."""
        user = self.current_user
        if user_name in (None, user.name) and server_name in user.spawners and user.spawners[server_name].active:
            return self.redirect(self._get_pending_url(user, server_name))
        return super().post(user_name, server_name, display_name)

    def _get_user_options(self, query_options: Any) -> dict[str, Any]:  # noqa: ARG002
        """Nothing: JupyterHub would start a server with what an address names, a link on somebody else's page included."""
        return {}

    async def _wrap_spawn_single_user(self, *arguments: Any, **named: Any) -> Any:
        try:
            disk.check()
            return await super()._wrap_spawn_single_user(*arguments, **named)
        except StartError as error:
            self.error = error  # JupyterHub hands on its English text only
            raise

    async def _render_form(
        self,
        for_user: Any,
        spawner_options_form: str,  # noqa: ARG002
        message: str = "",
        html_message: str = "",
    ) -> str:
        offered: Choices = choices(for_user.spawners[self.server_name])
        trouble = self.sentence(self.error, message) if self.error or message or html_message else ""
        page: str = await self.render_template(
            "spawn.html",
            for_user=for_user,
            server_name=self.server_name,
            trouble=trouble,
            log=self.error.log if self.error else "",
            images=image_cards(offered, self.lang),
            sizes=size_cards(offered, self.lang),
            here=self.request.uri,
        )
        return page


class WaitingPage(StartPage, SpawnPendingHandler):
    """JupyterHub's page with the steps that the start goes through; it ends in the reason when there is one."""


class ServerPage(StartPage, UserUrlHandler):
    """The page in place of a server that is not running."""


def can_choose(user: Any, server_name: str) -> bool:
    """Whether the next start of a server begins with a choice."""
    try:
        return server_name in user.spawners and not choices(user.spawners[server_name]).only_one
    except ChoiceError:
        return False
