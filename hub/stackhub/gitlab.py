"""STACK_AUTH=gitlab: GitLab says who somebody is, whether they may enter, and who is an administrator."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jupyterhub import orm
from oauthenticator.gitlab import GitLabOAuthenticator
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import PeriodicCallback
from traitlets import Dict, Instance, Integer, Unicode, default
from traitlets.config import Config

from .git import GitCredentialHandler
from .gitlab_api import ApplicationRefusedError, BlockedError, GitLab, Token, TokenRefusedError, Unavailable
from .gitlab_checks import Checks, Verdict
from .handlers import HANDLERS
from .membership import Person, Rules
from .names import owner
from .pages import SignInError, Translated
from .settings import GITLAB_CA, Settings, secret

GIT_SCOPE = "write_repository"


class BeginSignIn(Translated, OAuthLoginHandler):
    """To GitLab, from the address that GitLab will send the browser back to."""

    def get(self) -> None:
        callback = urlsplit(self.authenticator.oauth_callback_url)
        if callback.netloc and callback.netloc != self.request.host:  # the cookie would stay at this name
            self.redirect(callback._replace(path=self.request.path, query=self.request.query).geturl())
            return
        if self.authenticator.trouble == "not-set-up":
            raise SignInError("not-set-up")
        super().get()


class EndSignIn(Translated, OAuthCallbackHandler):
    """Back from GitLab, with a page for each way in which that can fail."""

    def check_arguments(self) -> None:
        self.check_state()  # first: the page about an error quotes it
        self.check_error()
        self.check_code()

    def check_error(self) -> None:
        error = self.get_argument("error", "")
        if error == "access_denied":
            raise SignInError("denied")
        if error:
            raise SignInError("application", reason=self.get_argument("error_description", error))

    def check_code(self) -> None:
        if not self.get_argument("code", ""):
            raise SignInError("expired")

    def check_state(self) -> None:
        try:
            super().check_state()
        except (web.HTTPError, AttributeError, TypeError, ValueError) as error:  # the latter where it is no state at all
            self.log.info("Sign-in: %s", error)
            raise SignInError("expired") from None

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, SignInError):  # without the address, which holds a code that may still be good
            self.log.warning("%s", error.log_message)
        else:
            super().log_exception(kind, error, trace)

    @property
    def template_namespace(self) -> dict[str, Any]:
        return dict(super().template_namespace) | {"gitlab_url": self.authenticator.gitlab_url}


class GitLabAuthenticator(GitLabOAuthenticator):
    """oauthenticator's way through GitLab, with people known by GitLab's number of them."""

    callback_handler = EndSignIn
    login_handler = BeginSignIn
    rules = Instance(Rules, config=True)
    accounts = Unicode(config=True, help="Whose numbers people are known by: GitLab's address when it was registered.")
    git = Dict(config=True, help="What Git in a notebook must know of this GitLab, as variables; empty: nothing.")
    check_interval = Integer(120, config=True, help="Seconds after which somebody who is here is looked at again.")

    @default("auth_refresh_age")
    def _auth_refresh_age_default(self) -> int:
        return int(self.check_interval)

    @property
    def trouble(self) -> str:
        """Why nobody can come in, as a kind of texts.ERRORS; "" when people can."""
        if not self.client_id:
            return "not-set-up"
        return "nobody" if self.rules.nobody else ""

    @property
    def app(self) -> Any:
        """JupyterHub itself."""
        return self.parent

    @cached_property
    def gitlab(self) -> GitLab:
        return GitLab(self.gitlab_url, self.client_id, self.client_secret, self.httpfetch)

    @cached_property
    def checks(self) -> Checks:
        return Checks(self)

    @cached_property
    def _names(self) -> dict[str, str]:
        """The hub's name of each GitLab account that was here, by owner."""
        return {owner(user): user.name for user in self.app.db.query(orm.User) if owner(user)}

    def owner(self, person: Person) -> str:
        """What a person's files stand under: never changes, and is never somebody else's."""
        return f"{person.id}#{self.accounts}"

    def hub_name(self, person: Person) -> str:
        """The hub's name of a person: GitLab's when they first came, with their number if that was somebody's already."""
        whose = self.owner(person)
        name = self._names.get(whose)
        if name and ((user := self.app.users.get(name)) is None or owner(user) == whose):
            return name
        wanted = person.username.lower()[:200]
        taken = {user.name for user in self.app.db.query(orm.User)} | set(self._names.values())
        name = wanted if wanted not in taken else f"{wanted}-{person.id}"
        while name in taken:
            name += "-"
        self._names[whose] = name
        return name

    async def authenticate(self, handler: Any, data: Any = None, **_: Any) -> dict[str, Any]:
        """Who has come back from GitLab. Raises SignInError when they cannot come in."""
        parameters = self.build_access_tokens_request_params(handler, data)
        try:
            token = await self.gitlab.token({name: parameters[name] for name in ("code", "redirect_uri", "code_verifier")})
            person = await self.gitlab.person(token)
        except Unavailable as error:
            raise SignInError("unavailable", error.retry_after, reason=str(error)) from error
        except TokenRefusedError as error:
            self.log.warning("Sign-in: GitLab refuses the code: %s", error)
            raise SignInError("expired") from error
        except BlockedError as error:
            raise SignInError("blocked", reason=str(error)) from error
        except ApplicationRefusedError as error:
            self.log.error("Sign-in: GitLab refuses the application: %s. See: stackctl gitlab check", error)
            raise SignInError("application", reason=str(error)) from error
        if not self.rules.admits(person):
            raise SignInError("nobody" if self.rules.nobody else "not-allowed", username=person.username)
        name = self.hub_name(person)
        self.checks.forget(name)
        return {"name": name, **self.model(person, token)}

    def model(self, person: Person, token: Token) -> dict[str, Any]:
        """What JupyterHub stores of somebody."""
        return {
            "admin": self.rules.makes_admin(person),
            "groups": sorted(person.groups),
            "user_info": {
                "owner": self.owner(person),
                "username": person.username,
                "name": person.name,
                "email": person.email,
            },
            "auth_state": token.stored(),
        }

    async def check_allowed(self, username: Any, auth_model: Any = None) -> bool:  # noqa: ARG002
        return True  # authenticate has looked

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:  # noqa: ARG002
        """False when `user` must sign in again, or may not be here any more. What has changed is stored."""
        return await self.checks.check(user) in (Verdict.ADMITTED, Verdict.UNKNOWN)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """Tell Git in the notebook whose commits it makes."""
        info = user.user_info or {}
        whose = {"STACK_GIT_NAME": info.get("name", ""), "STACK_GIT_EMAIL": info.get("email", "")}
        spawner.git_environment = {**self.git, **whose} if self.git else {}

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        # as JupyterHub does, but for more than ten calls at once: a slow GitLab must not keep people from signing in
        AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient", max_clients=200)
        # the first call with JupyterHub there; twice an interval, which is in seconds, and this in milliseconds
        PeriodicCallback(self.checks.sweep, self.check_interval * 1000 / 2).start()
        own = [*HANDLERS, (r"/api/users/([^/]+)/git-credential", GitCredentialHandler)]
        return own + list(super().get_handlers(app))


def configure(c: Config, settings: Settings) -> None:
    """Sign people in with the application that `stackctl gitlab register` has made."""
    application = json.loads(secret("gitlab.json", default="{}"))
    c.JupyterHub.authenticator_class = GitLabAuthenticator
    gitlab = c.GitLabAuthenticator
    gitlab.gitlab_url = settings.gitlab_url
    gitlab.client_id = application.get("client_id", "")
    gitlab.client_secret = application.get("client_secret", "")
    gitlab.accounts = application.get("accounts", "")
    gitlab.rules = Rules.parse(**settings.gitlab_rules)
    gitlab.enable_auth_state = True
    gitlab.manage_groups = True
    gitlab.any_allow_config = True
    gitlab.refresh_pre_spawn = True
    gitlab.http_request_kwargs = {"ca_certs": str(GITLAB_CA)}
    scopes = application.get("scopes", [])
    if not settings.gitlab_git:
        scopes = [scope for scope in scopes if scope != GIT_SCOPE]
    gitlab.scope = scopes  # no more than the application has: GitLab would let nobody in
    if GIT_SCOPE in scopes:
        own_ca = {"STACK_GIT_CA": GITLAB_CA.read_text()} if settings.gitlab_own_ca else {}
        gitlab.git = {"STACK_GIT_URL": settings.gitlab_url, **own_ca}
