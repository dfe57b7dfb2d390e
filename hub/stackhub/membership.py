"""Who may enter and who is an administrator, from what GitLab says of a person. Pure rules, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MEMBER = 10
LEVELS = {"developer": 30, "maintainer": 40, "owner": 50}
"""GitLab's access levels that can be asked for: https://docs.gitlab.com/api/access_requests/#valid-access-levels

`/oauth/userinfo` tells these three apart, and no others.
"""
CLAIM = "https://gitlab.org/claims/groups/"
"""Followed by a level's name: the groups in which the person has just that role, directly."""


@dataclass(frozen=True)
class Person:
    """Somebody as GitLab knows them. `groups`: access level by the group's full path."""

    id: int
    username: str
    name: str
    email: str
    groups: Mapping[str, int]


def access_levels(claims: Mapping[str, object]) -> dict[str, int]:
    """The access level in each group of `/oauth/userinfo`'s claims, by full path.

    `groups` names every group that the person is in, directly or through a parent; the roles are named for direct
    memberships only, and hold for all subgroups. https://docs.gitlab.com/integration/openid_connect_provider/
    """
    direct = {path: level for name, level in LEVELS.items() for path in _paths(claims.get(CLAIM + name))}
    found = {}
    for path in {*_paths(claims.get("groups")), *direct}:
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        found[path] = max(direct.get(item, MEMBER) for item in above)
    return found


def _paths(claim: object) -> list[str]:
    return [str(item) for item in claim] if isinstance(claim, list) else []


@dataclass(frozen=True)
class Rules:
    """The settings GITLAB_ALLOW… and GITLAB_ADMIN…. Groups: the least access level by full path, in lower case.

    Users: user names in lower case, or `id:` and GitLab's number of a user, which nobody else ever gets.
    """

    allow_all: bool
    allowed_groups: Mapping[str, int]
    admin_groups: Mapping[str, int]
    allowed_users: frozenset[str]
    admin_users: frozenset[str]

    @classmethod
    def parse(cls, allow_all: str, allowed_groups: str, admin_groups: str, allowed_users: str, admin_users: str) -> Rules:
        """From the settings' text, which stackctl has checked."""
        return cls(
            allow_all=allow_all.lower() == "true",
            allowed_groups=_groups(allowed_groups),
            admin_groups=_groups(admin_groups),
            allowed_users=frozenset(_items(allowed_users)),
            admin_users=frozenset(_items(admin_users)),
        )

    @property
    def nobody(self) -> bool:
        """Whether there is nobody who may enter."""
        return not (self.allow_all or self.allowed_groups or self.admin_groups or self.allowed_users or self.admin_users)

    def admits(self, person: Person) -> bool:
        """Whether `person` may enter. Administrators may."""
        allowed = self.allow_all or _named(person, self.allowed_users) or _member(person, self.allowed_groups)
        return allowed or self.makes_admin(person)

    def makes_admin(self, person: Person) -> bool:
        """Whether `person` is an administrator."""
        return _named(person, self.admin_users) or _member(person, self.admin_groups)


def _items(text: str) -> Iterable[str]:
    return filter(None, (item.strip().lower() for item in text.split(",")))


def _groups(text: str) -> dict[str, int]:
    """The least level that lets somebody in, by path."""
    found: dict[str, int] = {}
    for item in _items(text):
        path, _, name = item.partition(":")
        level = LEVELS[name] if name else MEMBER
        found[path] = min(level, found.get(path, level))
    return found


def _named(person: Person, users: frozenset[str]) -> bool:
    return person.username.lower() in users or f"id:{person.id}" in users


def _member(person: Person, groups: Mapping[str, int]) -> bool:
    return any(groups.get(path.lower(), 99) <= level for path, level in person.groups.items())
