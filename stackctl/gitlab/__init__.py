"""GitLab: its API, and the OAuth application that people sign in with."""

from stackctl.gitlab.api import GitLab, Kind, RefusedError, RemoteApplication, TokenOwner

__all__ = [
    "GitLab",
    "Kind",
    "RefusedError",
    "RemoteApplication",
    "TokenOwner",
    "application",
    "oauth",
    "registration",
    "token",
]
