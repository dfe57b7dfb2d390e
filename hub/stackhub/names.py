"""Unique names for Docker, DNS and file systems, made from user names; and which account a hub user belongs to."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

MAX_SLUG = 40


def slug(identity: str, digits: int = 12) -> str:
    """A name of `a-z 0-9 -`, unique for each `identity`: at most 40 characters, or 28 and `digits` hex digits.

    A valid identity is returned unchanged. Any other becomes its readable part, two dashes and hex digits of its SHA-256.
    Two dashes are not valid in an identity, so the two kinds can't collide.
    """
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity) and len(identity) <= MAX_SLUG:
        return identity
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    readable = re.sub(r"[^a-z0-9]+", "-", identity.lower())[: MAX_SLUG - 14].strip("-")
    return f"{readable or 'x'}--{digest}"


def opaque(identity: str, secret: bytes) -> str:
    """A name of 16 hex digits, unique for each `identity`, that says nothing to those who do not know the `secret`.

    Docker's name server tells every container the names of the others on its network, by their addresses.
    """
    return hmac.new(secret, f"name {identity}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:16]


def host(name: str, domain: str, kind: str) -> str:
    """The host of a user or service below the hub's `domain`; JupyterHub's subdomain_hook. `kind`: user or service.

    JupyterHub's own hook uses seven hex digits, few enough to find a user name that gets another user's host.
    """
    return f"{slug(name, digits=32)}{'' if kind == 'user' else f'--{kind}'}.{domain}"


def owner(user: Any) -> str:
    """The external identity that owns a user's files; "" for local accounts. `user`: JupyterHub's.

    It never changes and is never reused: a GitLab account's number, for example.
    """
    return str((user.user_info or {}).get("owner", ""))


def is_taken(user: Any, identity: str) -> bool:
    """Whether the hub's `user` (or None) belongs to an owner other than `identity`.

    A user that a setting or an administrator has added, and who has never signed in, belongs to nobody yet.
    """
    return bool(user) and owner(user) != identity and bool(owner(user) or user.last_activity)
