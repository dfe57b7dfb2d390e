"""This stack's application at GitLab, stored in .stack/NAME/hub/gitlab.json."""

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

from stackctl.checkout import secrets
from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import Settings


@dataclass(frozen=True)
class DesiredApplication:
    """The application that the settings call for."""

    name: str
    callback: str
    scopes: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> DesiredApplication:
        scopes = ("openid", "read_user", *(["write_repository"] if settings.gitlab_git else []))
        return cls(settings.stack_title, f"{settings.public_url}/hub/oauth_callback", scopes)


class Application(BaseModel):
    """An application at GitLab. The hub reads `client_id`, `client_secret` and `accounts`.

    `accounts` names the GitLab whose user ids identify the owners of files. It stays the same when that GitLab moves to
    a different address. `id`: GitLab's id of the application, null for one created by hand. `created`, `renewed`: when the
    application and its secret were created.
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
        """What differs from the settings: names of settings, or words for a person."""
        desired = DesiredApplication.of(settings)
        pairs = {
            "GITLAB_URL": (self.url, settings.gitlab_url),
            "the callback": (self.callback, desired.callback),
            "the scopes": (sorted(self.scopes), sorted(desired.scopes)),
            "the name": (self.name, desired.name),
        }
        return [name for name, (then, now) in pairs.items() if then != now]

    def shown(self) -> dict[str, Any]:
        """Everything except the secret, ready for JSON."""
        return self.model_dump(mode="json", exclude={"client_secret"})


def path(root: Path, settings: Settings) -> Path:
    """The file of a stack's application. The hub gets everything in its folder: stackctl/stack/hub_secrets.py."""
    return secrets.folder(root, settings.stack_name) / "hub" / "gitlab.json"


def last_gitlab(root: Path, settings: Settings) -> tuple[str, str] | None:
    """The GitLab this stack last had, as (its GITLAB_URL, its `accounts`), also after `forget`."""
    if stored := load(root, settings):
        return stored.url, stored.accounts
    note = secrets.find(_note(root, settings), root)
    return tuple(json.loads(note.get_secret_value())) if note else None


def _note(root: Path, settings: Settings) -> Path:
    return secrets.folder(root, settings.stack_name) / "gitlab-previous.json"


def load(root: Path, settings: Settings) -> Application | None:
    """The stored application, or None. Raises CheckFailedError when the file is unreadable, or readable by others."""
    file = path(root, settings)
    if (text := secrets.find(file, root)) is None:
        return None
    try:
        return Application.model_validate_json(text.get_secret_value())
    except ValidationError as error:
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]})) or "it is not JSON"
        raise CheckFailedError(
            f"{file.relative_to(root)} is damaged: {fields}.",
            f"Remove it (rm {file.relative_to(root)}), then run: stackctl gitlab register",
        ) from None


def save(root: Path, settings: Settings, application: Application) -> None:
    """Store `application`, replacing any other: 0600, atomically. Raises StackError when that fails."""
    file = path(root, settings)
    try:
        secrets.save(file, SecretStr(application.model_dump_json(indent=2)))
    except OSError as error:
        reason = f"{file.relative_to(root)} cannot be written: {error.strerror}."
        raise StackError(reason, "Use sudo, or the account that owns the folder .stack.") from error


def forget(root: Path, settings: Settings) -> None:
    """Delete the stored application, but remember its GitLab: the owners of files are users of it."""
    if stored := load(root, settings):
        secrets.save(_note(root, settings), SecretStr(json.dumps([stored.url, stored.accounts])))
        path(root, settings).unlink()


@contextlib.contextmanager
def saved(root: Path, settings: Settings, application: Application) -> Iterator[None]:
    """Store `application` for the block; if the block fails, restore the previous one."""
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
    """A GitLab's host, with its port and sub-path if it has them: `gitlab.example.org/gitlab`."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"
