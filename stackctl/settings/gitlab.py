"""The settings of STACK_AUTH=gitlab."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationInfo, field_validator

from contract.gitlab import LEVELS
from contract.lists import items
from stackctl.settings.validation import Address, certificates

PATH = r"[\w.-]+(/[\w.-]+)*"
"""A group's full path, or a user name: https://docs.gitlab.com/user/reserved_names/"""


class GitLabSettings(BaseModel):
    """Which GitLab, and which of its users may sign in."""

    gitlab_url: Address = "https://gitlab.com"
    gitlab_ca_file: str = ""
    gitlab_allowed_groups: str = ""
    gitlab_admin_groups: str = ""
    gitlab_allowed_users: str = ""
    gitlab_admin_users: str = ""
    gitlab_allow_all: bool = False
    gitlab_git: bool = True

    @property
    def groups(self) -> list[str]:
        """The full paths of all groups in the settings, without access levels."""
        entries = items(self.gitlab_allowed_groups) + items(self.gitlab_admin_groups)
        return sorted({item.partition(":")[0] for item in entries})

    @property
    def nobody_may_sign_in(self) -> bool:
        """Whether no setting allows anybody to sign in."""
        return not (self.gitlab_allow_all or self.groups or items(f"{self.gitlab_allowed_users},{self.gitlab_admin_users}"))

    @field_validator("gitlab_url")
    @classmethod
    def _gitlab(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.query or parts.fragment or parts.username:
            raise ValueError("must be only GitLab's address, such as https://gitlab.example.org")
        return value.rstrip("/")

    @field_validator("gitlab_ca_file")
    @classmethod
    def _ca(cls, value: str) -> str:
        if value:
            certificates(Path(value))
        return value

    @field_validator("gitlab_allowed_groups", "gitlab_admin_groups")
    @classmethod
    def _groups(cls, value: str, info: ValidationInfo) -> str:
        host = urlsplit(info.data.get("gitlab_url", "")).hostname
        for item in items(value):
            path, colon, level = item.partition(":")
            if "://" in item or path.partition("/")[0].lower() == host:
                raise ValueError(f"{item!r} is an address. Give only the full path of the group, such as data or data/lab")
            if not re.fullmatch(PATH, path):
                raise ValueError(f"{path!r} is not the full path of a group, such as data or data/lab")
            if colon and level.lower() not in LEVELS:
                raise ValueError(
                    f"{level!r} must be one of {', '.join(LEVELS)}; without one, every member of the group may sign in"
                )
        return value

    @field_validator("gitlab_allowed_users", "gitlab_admin_users")
    @classmethod
    def _users(cls, value: str) -> str:
        for item in items(value):
            if not re.fullmatch(r"id:[1-9]\d*|[\w.-]+", item):
                raise ValueError(f"{item!r} is neither a GitLab user name nor an id such as id:42")
        return value
