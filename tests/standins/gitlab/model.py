"""GitLab's data: people, groups, tokens, applications. `state.py` stores and changes it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50
"""Access levels: doc/api/access_requests.md, 'Valid access levels'."""

BLOCKED = {"blocked", "ldap_blocked", "blocked_pending_approval", "banned"}
"""The states in which User#blocked? holds: app/models/user.rb."""

SCOPES = [
    *("api", "read_api", "read_user", "create_runner", "manage_runner", "k8s_proxy", "self_rotate", "mcp"),
    *("read_repository", "write_repository", "read_registry", "write_registry"),
    *("read_virtual_registry", "write_virtual_registry", "read_observability", "write_observability", "ai_features"),
    *("sudo", "admin_mode", "read_service_ping", "openid", "profile", "email"),
]
"""Every scope that an application or a token may have: lib/gitlab/auth.rb; doc/integration/oauth_provider.md."""
DEFAULT_SCOPES = ["api"]
"""The scopes of a request without a scope: Gitlab::Auth::DEFAULT_SCOPES."""


@dataclass
class User:
    """A person. `state`: active, blocked, deactivated, blocked_pending_approval, ldap_blocked or banned."""

    id: int
    username: str
    name: str
    email: str
    password: str = field(repr=False)
    public_email: str = ""
    commit_email: str = ""
    state: str = "active"
    admin: bool = False
    created_at: float = 0
    last_sign_in: float = 0

    @property
    def blocked(self) -> bool:
        return self.state in BLOCKED


@dataclass
class Group:
    """A group or subgroup; all are private."""

    id: int
    path: str
    name: str
    parent: Group | None = None
    created_at: float = 0

    @property
    def full_path(self) -> str:
        return f"{self.parent.full_path}/{self.path}" if self.parent else self.path

    @property
    def line(self) -> list[Group]:
        """The group itself, its parent, and so on up."""
        return [self, *(self.parent.line if self.parent else [])]


@dataclass
class PersonalToken:
    """A personal access token. `expires_at`: seconds since 1970, or None for never."""

    id: int
    user: User
    name: str
    scopes: list[str]
    value: str = field(repr=False)
    expires_at: float | None = None
    revoked: bool = False
    created_at: float = 0


@dataclass
class Application:
    """An OAuth application, of `owner` or, with None, of the whole instance. Only a hash of the secret is kept:
    doc/integration/oauth_provider.md, 'Hashed OAuth application secrets'."""

    id: int
    uid: str
    name: str
    redirect_uri: str
    """One or more addresses, separated by white space."""
    scopes: list[str]
    confidential: bool = True
    trusted: bool = False
    owner: User | None = None
    secret_hash: str = field(default="", repr=False)

    def renew_secret(self) -> str:
        """Create a new secret, which is shown only once; the old one becomes invalid at once."""
        # the prefix: lib/gitlab/doorkeeper_secret_storing/token/unique_application_token.rb
        secret = f"gloas-{secrets.token_hex(32)}"
        self.secret_hash = digest(secret)
        return secret

    def accepts(self, secret: str) -> bool:
        """Whether these are the credentials of this application: by_uid_and_secret in doorkeeper's application_mixin.rb."""
        if not secret and not self.confidential:
            return True
        return hmac.compare_digest(self.secret_hash, digest(secret))


@dataclass
class Grant:
    """An authorization code: ten minutes, one use (doorkeeper's authorization_code_expires_in)."""

    application: Application
    user: User
    redirect_uri: str
    scopes: list[str]
    code_challenge: str
    code_challenge_method: str
    nonce: str
    created_at: float
    revoked: bool = False
    lifetime: int = 600


@dataclass
class AccessToken:
    """An access token with its refresh token, if any. `user` is None if an application acts for itself."""

    application: Application
    user: User | None
    scopes: list[str]
    lifetime: int
    created_at: float
    value: str = field(repr=False)
    refresh_value: str = field(repr=False)
    revoked: bool = False
    nonce: str = ""
    """The value that the client expects in the id_token."""


@dataclass
class Session:
    """A browser's session."""

    user: User | None = None
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    return_to: str = ""
    alert: str = ""


@dataclass
class Project:
    """A private project with a repository, whose bare directory is `folder`."""

    group: Group
    path: str
    folder: str

    @property
    def full_path(self) -> str:
        return f"{self.group.full_path}/{self.path}"


def digest(secret: str) -> str:
    """How a secret is stored: lib/gitlab/doorkeeper_secret_storing/sha512_hash.rb."""
    return hashlib.sha512(secret.encode()).hexdigest()
