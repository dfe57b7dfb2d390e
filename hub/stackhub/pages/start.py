"""The pages where people choose an environment and a size, wait for their server, and read why it did not start."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.base import BaseHandler, UserUrlHandler
from jupyterhub.handlers.pages import SpawnHandler, SpawnPendingHandler
from jupyterhub.slugs import is_valid_safe_slug
from tornado import web

from stackhub.i18n.translations import translations
from stackhub.pages.cards import image_cards, size_cards
from stackhub.pages.sign_in import Translated
from stackhub.spawn import disk
from stackhub.spawn.catalogue import RefusedError
from stackhub.spawn.choice import Choices, check, choices
from stackhub.spawn.errors import ChoiceError, StartError, StartFailedError
from stackhub.spawn.steps import STEPS


class StartPage(Translated):
    """A page about the start of a server. Templates get `steps`, `sentence`, `can_choose`, `viewer` (who looks at it)."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        texts = translations(self.lang)
        return dict(super().template_namespace) | {
            "steps": {step: texts.gettext(text) for step, text in STEPS.items()},
            "sentence": self.sentence,
            "can_choose": can_choose,
            "viewer": self.current_user,
        }

    def sentence(self, error: Exception | None, message: str | None) -> str:
        """Why a start failed, in the person's language; `message` is from code that is not ours and comes as it is."""
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
        """The user whose server the page is about; not the viewer when an administrator looks at another user's server."""
        return self.find_user(self.path_args[0]) if self.path_args else self.current_user

    @property
    def server_name(self) -> str:
        """The name of a named server; "" for the default server."""
        return self.path_args[1] if len(self.path_args) > 1 else ""


class NamedServers(BaseHandler):
    """A handler that says what the name of a server may be."""

    async def _check_named_server_request(self, user: Any, server_name: str, *arguments: Any, **options: Any) -> None:
        if server_name not in user.orm_spawners and not is_valid_safe_slug(server_name):
            raise ChoiceError(RefusedError("server-name", name=server_name))
        await super()._check_named_server_request(user, server_name, *arguments, **options)


class ChoicePage(StartPage, NamedServers, SpawnHandler):
    """JupyterHub's spawn page with cards to choose from, below the reason if a choice was refused."""

    error: StartError | None = None

    @web.authenticated
    def post(self, user_name: str | None = None, server_name: str = "", display_name: str = "") -> Any:
        """Start the server. A second click on the button leads to the waiting page, where JupyterHub would show an error."""
        user = self.current_user
        if user_name in (None, user.name) and server_name in user.spawners and user.spawners[server_name].active:
            return self.redirect(self._get_pending_url(user, server_name))
        return super().post(user_name, server_name, display_name)

    def _get_user_options(self, query_options: Any) -> dict[str, Any]:  # noqa: ARG002
        """Nothing: JupyterHub would start a server with the options in a URL, so a link on another site could start one."""
        return {}

    async def _wrap_spawn_single_user(
        self,
        user: Any,
        server_name: str,
        display_name: str,
        spawner: Any,
        pending_url: str,
        options: dict[str, Any] | None = None,
    ) -> Any:
        try:
            disk.check()
            if options is not None:  # checked here: on a busy server JupyterHub goes to the waiting page after a second
                spawner.orm_spawner.user_options = options  # as JupyterHub does before a start: it stays selected
                check(spawner, options)
            return await super()._wrap_spawn_single_user(user, server_name, display_name, spawner, pending_url, options)
        except StartError as error:
            self.error = error  # JupyterHub passes on only its English text
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
    """JupyterHub's waiting page with the steps of the start. If the start fails, the page shows why."""


class ServerPage(StartPage, UserUrlHandler):
    """The page that is shown for a server that is not running."""


def can_choose(user: Any, server_name: str) -> bool:
    """Whether there is something to choose before the next start of this server."""
    try:
        return server_name in user.spawners and not choices(user.spawners[server_name]).only_one
    except ChoiceError:
        return False
