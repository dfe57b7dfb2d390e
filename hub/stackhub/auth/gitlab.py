"""STACK_AUTH=gitlab: people sign in with GitLab; their groups decide who has access and who is an administrator."""

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

from stackhub.auth.access_recheck import AccessRecheck, Verdict
from stackhub.auth.git_credential import GitCredentialHandler
from stackhub.auth.gitlab_api import ApplicationRefusedError, BlockedError, GitLab, Token, TokenRefusedError, Unavailable
from stackhub.auth.membership import Person, Rules
from stackhub.names import owner
from stackhub.pages.handlers import HANDLERS
from stackhub.pages.sign_in import Translated
from stackhub.pages.sign_in_errors import SignInError
from stackhub.settings import GITLAB_CA, Settings, secret

GIT_SCOPE = "write_repository"


class BeginSignIn(Translated, OAuthLoginHandler):
    """Redirects to GitLab, from the host that GitLab will send the browser back to."""

    def get(self) -> None:
        callback = urlsplit(self.authenticator.oauth_callback_url)
        if callback.netloc and callback.netloc != self.request.host:  # the state cookie would be set for the wrong host
            self.redirect(callback._replace(path=self.request.path, query=self.request.query).geturl())
            return
        if self.authenticator.trouble == "not-set-up":
            raise SignInError("not-set-up")
        super().get()


class EndSignIn(Translated, OAuthCallbackHandler):
    """The callback from GitLab, with a page for each error."""

    def check_arguments(self) -> None:
        self.check_state()  # first: error pages quote the request, so it must be the answer to a sign-in of ours
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
        except (web.HTTPError, AttributeError, TypeError, ValueError) as error:  # not HTTPError: the state can't be decoded
            self.log.info("Sign-in: %s", error)
            raise SignInError("expired") from None

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, SignInError):  # without the URL, whose code may still be valid
            self.log.warning("%s", error.log_message)
        else:
            super().log_exception(kind, error, trace)

    @property
    def template_namespace(self) -> dict[str, Any]:
        return dict(super().template_namespace) | {"gitlab_url": self.authenticator.gitlab_url}


class GitLabAuthenticator(GitLabOAuthenticator):
    """oauthenticator's GitLab authenticator, with people identified by their GitLab number."""

    callback_handler = EndSignIn
    login_handler = BeginSignIn
    rules = Instance(Rules, config=True)
    accounts = Unicode(config=True, help="The GitLab that the numbers belong to: its URL at registration.")
    git = Dict(config=True, help="Environment variables for Git in notebooks; empty if Git is off.")
    check_interval = Integer(120, config=True, help="Seconds after which a user's access is checked again.")

    @default("auth_refresh_age")
    def _auth_refresh_age_default(self) -> int:
        return int(self.check_interval)

    @property
    def trouble(self) -> str:
        """Why nobody can sign in, a key of sign_in_errors.ERRORS; "" if people can."""
        if not self.client_id:
            return "not-set-up"
        return "nobody" if self.rules.nobody else ""

    @property
    def app(self) -> Any:
        """The JupyterHub application."""
        return self.parent

    @cached_property
    def gitlab(self) -> GitLab:
        return GitLab(self.gitlab_url, self.client_id, self.client_secret, self.httpfetch)

    @cached_property
    def recheck(self) -> AccessRecheck:
        return AccessRecheck(self)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Hub user names of all GitLab accounts that have signed in, by owner."""
        return {owner(user): user.name for user in self.app.db.query(orm.User) if owner(user)}

    def owner(self, person: Person) -> str:
        """The identity that owns a person's files: it never changes and is never reused."""
        return f"{person.id}#{self.accounts}"

    def hub_name(self, person: Person) -> str:
        """A person's name in the hub: their GitLab name at the first sign-in, with their number if it was already taken."""
        identity = self.owner(person)
        name = self._names.get(identity)
        if name and ((user := self.app.users.get(name)) is None or owner(user) == identity):
            return name
        username = person.username.lower()[:200]
        taken = {user.name for user in self.app.db.query(orm.User)} | set(self._names.values())
        name = username if username not in taken else f"{username}-{person.id}"
        while name in taken:
            name += "-"
        self._names[identity] = name
        return name

    async def authenticate(self, handler: Any, data: Any = None, **_: Any) -> dict[str, Any]:
        """The model of the user that GitLab has sent back. Raises SignInError if they have no access."""
        parameters = self.build_access_tokens_request_params(handler, data)
        try:
            token = await self.gitlab.token({name: parameters[name] for name in ("code", "redirect_uri", "code_verifier")})
            person = await self.gitlab.person(token)
        except Unavailable as error:
            raise SignInError("unavailable", error.retry_after, reason=str(error)) from error
        except TokenRefusedError as error:
            self.log.warning("Sign-in: GitLab rejected the code: %s", error)
            raise SignInError("expired") from error
        except BlockedError as error:
            raise SignInError("blocked", reason=str(error)) from error
        except ApplicationRefusedError as error:
            self.log.error("Sign-in: GitLab rejected the application: %s. See: stackctl gitlab check", error)
            raise SignInError("application", reason=str(error)) from error
        if not self.rules.admits(person):
            raise SignInError("nobody" if self.rules.nobody else "not-allowed", username=person.username)
        name = self.hub_name(person)
        self.recheck.forget(name)
        return {"name": name, **self.model(person, token)}

    def model(self, person: Person, token: Token) -> dict[str, Any]:
        """What JupyterHub saves about a user."""
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
        return True  # authenticate has checked

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:  # noqa: ARG002
        """Whether `user` still has access without signing in again. Saves what has changed."""
        return await self.recheck.check(user) in (Verdict.ALLOWED, Verdict.UNKNOWN)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """Set the author of Git commits in the notebook."""
        info = user.user_info or {}
        author = {"STACK_GIT_NAME": info.get("name", ""), "STACK_GIT_EMAIL": info.get("email", "")}
        spawner.git_environment = {**self.git, **author} if self.git else {}

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        # JupyterHub allows ten calls at once; with more, a slow GitLab doesn't block people who sign in
        AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient", max_clients=200)
        # started here, where the application is available; twice per interval; PeriodicCallback takes milliseconds
        PeriodicCallback(self.recheck.sweep, self.check_interval * 1000 / 2).start()
        own = [*HANDLERS, (r"/api/users/([^/]+)/git-credential", GitCredentialHandler)]
        return own + list(super().get_handlers(app))


def configure(c: Config, settings: Settings) -> None:
    """Sign people in with the OAuth application that `stackctl gitlab register` has created."""
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
    gitlab.scope = scopes  # only the application's scopes: GitLab rejects a sign-in with any other
    if GIT_SCOPE in scopes:
        own_ca = {"STACK_GIT_CA": GITLAB_CA.read_text()} if settings.gitlab_ca_file else {}
        gitlab.git = {"STACK_GIT_URL": settings.gitlab_url, **own_ca}
