"""The JSON bodies: lib/api/entities/*.rb. Fields without a meaning here are missing or empty."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from tests.standins.gitlab.model import Application, Group, PersonalToken, User
from tests.standins.gitlab.state import State


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user_basic(state: State, user: User) -> dict[str, Any]:
    """user_safe.rb and user_basic.rb."""
    return {
        "id": user.id,
        "username": user.username,
        "public_email": user.public_email,
        "name": user.name,
        "state": user.state,
        "locked": False,
        "avatar_url": f"{state.settings.url}/assets/no_avatar.png",
        "web_url": f"{state.settings.url}/{user.username}",
    }


def user(state: State, shown: User) -> dict[str, Any]:
    """user.rb."""
    more = {"created_at": timestamp(shown.created_at), "bio": "", "location": "", "website_url": "", "bot": False}
    return {**user_basic(state, shown), **more}


def user_public(state: State, shown: User) -> dict[str, Any]:
    """user_public.rb: people's own profile. commit_email_or_default in app/models/user.rb."""
    return {
        **user(state, shown),
        "confirmed_at": timestamp(shown.created_at),
        "email": shown.email,
        "identities": [],
        "can_create_group": True,
        "can_create_project": True,
        "two_factor_enabled": False,
        "external": False,
        "private_profile": False,
        "commit_email": shown.commit_email or shown.email,
    }


def user_with_admin(state: State, shown: User) -> dict[str, Any]:
    """user_with_admin.rb."""
    return {**user_public(state, shown), "is_admin": shown.admin, "note": None, "namespace_id": shown.id}


def group(state: State, shown: Group) -> dict[str, Any]:
    """basic_group_details.rb and group.rb."""
    return {
        "id": shown.id,
        "web_url": f"{state.settings.url}/groups/{shown.full_path}",
        "name": shown.name,
        "path": shown.path,
        "description": "",
        "visibility": "private",
        "full_name": " / ".join(item.name for item in reversed(shown.line)),
        "full_path": shown.full_path,
        "created_at": timestamp(shown.created_at),
        "parent_id": shown.parent.id if shown.parent else None,
    }


def member(state: State, shown: User, level: int) -> dict[str, Any]:
    """member.rb."""
    more = {"access_level": level, "created_at": timestamp(shown.created_at), "expires_at": None}
    return {**user_basic(state, shown), **more, "membership_state": "active"}


def application(shown: Application, secret: str | None = None) -> dict[str, Any]:
    """application.rb and, with a secret, application_with_secret.rb."""
    body: dict[str, Any] = {
        "id": shown.id,
        "application_id": shown.uid,
        "application_name": shown.name,
        "callback_url": shown.redirect_uri,
        "confidential": shown.confidential,
    }
    return body if secret is None else {**body, "secret": secret}


def personal_token(state: State, shown: PersonalToken) -> dict[str, Any]:
    """personal_access_token.rb."""
    expires = None if shown.expires_at is None else timestamp(shown.expires_at)[:10]
    return {
        "id": shown.id,
        "name": shown.name,
        "revoked": shown.revoked,
        "created_at": timestamp(shown.created_at),
        "description": "",
        "scopes": shown.scopes,
        "user_id": shown.user.id,
        "last_used_at": None,
        "active": state.is_good(shown),
        "expires_at": expires,
    }
