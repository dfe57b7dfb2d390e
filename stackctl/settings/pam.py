"""The settings of STACK_AUTH=pam."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, field_validator

ACCOUNTS = Path("/etc")
"""Where the server's accounts are. The hub gets this folder, read-only, only with STACK_AUTH=pam."""


class PamSettings(BaseModel):
    """Which of the server's groups may sign in."""

    stack_pam_group: str = "users"
    stack_pam_admin_group: str = ""

    @property
    def pam_groups(self) -> list[str]:
        """The groups whose members may sign in."""
        return [self.stack_pam_group, *filter(None, [self.stack_pam_admin_group])]

    @field_validator("stack_pam_group", "stack_pam_admin_group")
    @classmethod
    def _one_group(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z_][\w.-]{0,31}", value, re.ASCII):
            raise ValueError("must be the name of one of this server's groups, such as users")
        if value in ("root", "shadow"):
            raise ValueError("must be a group for people, such as users")
        return value
