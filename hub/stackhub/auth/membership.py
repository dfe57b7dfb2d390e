"""Who has access and who is an administrator, by GitLab account and groups. Pure rules, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.gitlab import LEVELS

MEMBER = 10
CLAIM = "https://gitlab.org/claims/groups/"
"""With a level's name appended: the groups in which the person has exactly this role, directly."""


@dataclass(frozen=True)
class Person:
    """A GitLab user. `groups`: access level by the group's full path."""

    id: int
    username: str
    name: str
    email: str
    groups: Mapping[str, int]


def access_levels(claims: Mapping[str, object]) -> dict[str, int]:
    """The access level in each group of `/oauth/userinfo`'s claims, by full path.

    `groups` lists all groups, direct and through a parent; the role claims list direct memberships only, and a role holds in
    all subgroups. https://docs.gitlab.com/integration/openid_connect_provider/
    """
    direct = {path: level for name, level in LEVELS.items() for path in _paths(claims.get(CLAIM + name))}
    levels = {}
    for path in {*_paths(claims.get("groups")), *direct}:
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        levels[path] = max(direct.get(item, MEMBER) for item in above)
    return levels


def _paths(claim: object) -> list[str]:
    return [str(item) for item in claim] if isinstance(claim, list) else []


@dataclass(frozen=True)
class Rules:
    """The settings GITLAB_ALLOW… and GITLAB_ADMIN…. Groups: the lowest sufficient access level by full path, in lower case.

    Users: user names in lower case, or `id:` and the number of a GitLab user, which is never reused.
    """

    allow_all: bool
    allowed_groups: Mapping[str, int]
    admin_groups: Mapping[str, int]
    allowed_users: frozenset[str]
    admin_users: frozenset[str]

    @classmethod
    def parse(cls, allow_all: str, allowed_groups: str, admin_groups: str, allowed_users: str, admin_users: str) -> Rules:
        """Parse the settings' values, which stackctl has checked."""
        return cls(
            allow_all=allow_all.lower() == "true",
            allowed_groups=_groups(allowed_groups),
            admin_groups=_groups(admin_groups),
            allowed_users=frozenset(_items(allowed_users)),
            admin_users=frozenset(_items(admin_users)),
        )

    @property
    def nobody(self) -> bool:
        """Whether the rules give access to nobody."""
        return not (self.allow_all or self.allowed_groups or self.admin_groups or self.allowed_users or self.admin_users)

    def admits(self, person: Person) -> bool:
        """Whether `person` has access; administrators always have."""
        allowed = self.allow_all or _named(person, self.allowed_users) or _member(person, self.allowed_groups)
        return allowed or self.makes_admin(person)

    def makes_admin(self, person: Person) -> bool:
        """Whether `person` is an administrator."""
        return _named(person, self.admin_users) or _member(person, self.admin_groups)


def _items(text: str) -> Iterable[str]:
    return filter(None, (item.strip().lower() for item in text.split(",")))


def _groups(text: str) -> dict[str, int]:
    """The lowest sufficient access level, by path."""
    levels: dict[str, int] = {}
    for item in _items(text):
        path, _, name = item.partition(":")
        level = LEVELS[name] if name else MEMBER
        levels[path] = min(level, levels.get(path, level))
    return levels


def _named(person: Person, users: frozenset[str]) -> bool:
    return person.username.lower() in users or f"id:{person.id}" in users


def _member(person: Person, groups: Mapping[str, int]) -> bool:
    return any(groups.get(path.lower(), 99) <= level for path, level in person.groups.items())
