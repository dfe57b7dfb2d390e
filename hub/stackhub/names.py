"""From what people are called to names that Docker, DNS and file systems take, no two alike."""

from __future__ import annotations

import hashlib
import re
from typing import Any

MAX_SLUG = 40


def slug(identity: str, digits: int = 12) -> str:
    """A name of at most 40 of `a-z 0-9 -`, or 28 and `digits`, different for every different `identity`.

    A name that is fine as it is stays readable. Any other gets what is readable of it, two dashes and hex digits of its
    SHA-256; a name that holds two dashes by itself counts as any other, so that the two kinds never meet.
    """
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity) and len(identity) <= MAX_SLUG:
        return identity
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    readable = re.sub(r"[^a-z0-9]+", "-", identity.lower())[: MAX_SLUG - 14].strip("-")
    return f"{readable or 'x'}--{digest}"


def host(name: str, domain: str, kind: str) -> str:
    """A person's own host below `domain`, the hub's: what JupyterHub calls a subdomain_hook. `kind`: user or service.

    JupyterHub's own has seven hex digits, for which somebody who may choose their name finds one with another's host.
    """
    return f"{slug(name, digits=32)}{'' if kind == 'user' else f'--{kind}'}.{domain}"


def owner(user: Any) -> str:
    """Whose a user of the hub's is, as another place than this hub knows them; "" for an account of the hub's own.

    `user`: JupyterHub's. Files stand under it, and it never becomes somebody else's.
    """
    return str((user.user_info or {}).get("owner", ""))


def is_somebody_else(user: Any, whose: str) -> bool:
    """Whether the hub's `user` of somebody's name belongs to another owner than `whose`; never for None.

    One that a setting or an administrator named, and who was never here, is nobody's yet.
    """
    return bool(user) and owner(user) != whose and bool(owner(user) or user.last_activity)
