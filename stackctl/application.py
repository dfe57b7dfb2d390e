"""The application that this stack has at GitLab, as stackctl keeps it: .stack/NAME/hub/gitlab.json."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from stackctl import secrets
from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """What the settings ask of an application."""

    name: str
    callback: str
    scopes: tuple[str, ...]

    @classmethod
    def by(cls, settings: Settings) -> Wanted:
        scopes = ("openid", "read_user", *(["write_repository"] if settings.gitlab_git else []))
        return cls(settings.stack_title, f"{settings.public_url}/hub/oauth_callback", scopes)


class Application(BaseModel):
    """An application at GitLab. The hub reads `client_id`, `client_secret` and `accounts`.

    `accounts` says which GitLab the numbers of its users are of: what people's files stand under, so that it stays when
    that GitLab moves to another address. `id` is GitLab's number of the application, null for one made by hand.
    `created` and `renewed`: when the application and its secret were made.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    client_id: str
    client_secret: SecretStr
    accounts: str
    url: str
    id: int | None
    kind: Literal["instance", "user", "manual"]
    name: str
    callback: str
    scopes: tuple[str, ...]
    created: datetime
    renewed: datetime

    @field_serializer("client_secret", when_used="json")
    def _plain(self, secret: SecretStr) -> str:
        return secret.get_secret_value()

    def differences(self, settings: Settings) -> list[str]:
        """What is not as the settings have it now, as settings or words for a person."""
        wanted = Wanted.by(settings)
        pairs = {
            "GITLAB_URL": (self.url, settings.gitlab_url),
            "the callback": (self.callback, wanted.callback),
            "the scopes": (sorted(self.scopes), sorted(wanted.scopes)),
            "the name": (self.name, wanted.name),
        }
        return [name for name, (then, now) in pairs.items() if then != now]

    def shown(self) -> dict[str, Any]:
        """All but the secret, as JSON has it."""
        return self.model_dump(mode="json", exclude={"client_secret"})


def path(root: Path, settings: Settings) -> Path:
    """Where a stack's application is kept. Everything in that folder reaches the hub: stackctl/hub_secrets.py."""
    return secrets.folder(root, settings.stack_name) / "hub" / "gitlab.json"


def former(root: Path, settings: Settings) -> tuple[str, str] | None:
    """The GitLab that people were last known by, as (GITLAB_URL then, accounts): `forget` leaves a note of it."""
    if stored := load(root, settings):
        return stored.url, stored.accounts
    note = secrets.find(_note(root, settings), root)
    return tuple(json.loads(note.get_secret_value())) if note else None


def _note(root: Path, settings: Settings) -> Path:
    return secrets.folder(root, settings.stack_name) / "gitlab-former.json"


def load(root: Path, settings: Settings) -> Application | None:
    """The application, or None. Raises CheckFailedError when the file cannot be read, or others can read it."""
    file = path(root, settings)
    if (text := secrets.find(file, root)) is None:
        return None
    try:
        return Application.model_validate_json(text.get_secret_value())
    except ValidationError as error:
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]})) or "it is no JSON"
        raise CheckFailedError(
            f"{file.relative_to(root)} is not as stackctl wrote it: {fields}.",
            f"Remove it (rm {file.relative_to(root)}), then: stackctl gitlab register",
        ) from None


def save(root: Path, settings: Settings, application: Application) -> None:
    """Keep `application` in place of a former one: 0600, whole or not at all. Raises StackError when that fails."""
    file = path(root, settings)
    try:
        secrets.save(file, SecretStr(application.model_dump_json(indent=2)))
    except OSError as error:
        reason = f"{file.relative_to(root)} cannot be written: {error.strerror}."
        raise StackError(reason, "Use sudo, or the account that made the folder .stack.") from error


def forget(root: Path, settings: Settings) -> None:
    """Keep an application no more, but a note of which GitLab people are known by: their files stand under it."""
    if stored := load(root, settings):
        secrets.save(_note(root, settings), SecretStr(json.dumps([stored.url, stored.accounts])))
        path(root, settings).unlink()


@contextlib.contextmanager
def kept(root: Path, settings: Settings, application: Application) -> Iterator[None]:
    """Keep `application`; when the block fails, what was there before is back."""
    before = load(root, settings)
    if application != before:
        save(root, settings, application)
    try:
        yield
    except BaseException:
        if before:
            save(root, settings, before)
        else:
            path(root, settings).unlink(missing_ok=True)
        raise


def accounts(url: str) -> str:
    """A GitLab's host, with port and sub-path where it has them: `gitlab.example.org/gitlab`."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"
