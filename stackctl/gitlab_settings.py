"""The settings of STACK_AUTH=gitlab."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, field_validator

from stackctl.validation import address, certificates, items

LEVELS = ("developer", "maintainer", "owner")
"""Access levels that GitLab tells apart for us: see hub/stackhub/membership.py."""

PATH = r"[\w.-]+(/[\w.-]+)*"
"""A group's full path, or a user name: https://docs.gitlab.com/user/reserved_names/"""


class GitLabSettings(BaseModel):
    """Which GitLab, and who of it may enter."""

    gitlab_url: str = "https://gitlab.com"
    gitlab_ca_file: str = ""
    gitlab_allowed_groups: str = ""
    gitlab_admin_groups: str = ""
    gitlab_allowed_users: str = ""
    gitlab_admin_users: str = ""
    gitlab_allow_all: bool = False
    gitlab_git: bool = True

    @property
    def groups(self) -> list[str]:
        """The full paths of all groups that are named, without their access levels."""
        named = items(self.gitlab_allowed_groups) + items(self.gitlab_admin_groups)
        return sorted({item.partition(":")[0] for item in named})

    @property
    def nobody_may_enter(self) -> bool:
        """Whether no setting lets anybody in."""
        return not (self.gitlab_allow_all or self.groups or items(f"{self.gitlab_allowed_users},{self.gitlab_admin_users}"))

    @field_validator("gitlab_url")
    @classmethod
    def _gitlab(cls, value: str) -> str:
        parts = urlsplit(address(value))
        if parts.query or parts.fragment or parts.username:
            raise ValueError("must be GitLab's address alone, such as https://gitlab.example.org")
        return value.rstrip("/")

    @field_validator("gitlab_ca_file")
    @classmethod
    def _ca(cls, value: str) -> str:
        if value:
            certificates(Path(value))
        return value

    @field_validator("gitlab_allowed_groups", "gitlab_admin_groups")
    @classmethod
    def _groups(cls, value: str) -> str:
        for item in items(value):
            path, colon, level = item.partition(":")
            if not re.fullmatch(PATH, path):
                raise ValueError(f"{path!r} is not a group's full path, such as data or data/lab")
            if colon and level.lower() not in LEVELS:
                raise ValueError(f"{level!r} must be {', '.join(LEVELS)}; without one, every member of the group counts")
        return value

    @field_validator("gitlab_allowed_users", "gitlab_admin_users")
    @classmethod
    def _users(cls, value: str) -> str:
        for item in items(value):
            if not re.fullmatch(r"id:[1-9]\d*|[\w.-]+", item):
                raise ValueError(f"{item!r} is not a GitLab user name, nor id: and a number, such as id:42")
        return value
