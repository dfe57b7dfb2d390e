"""The stack's settings: `.env` and the environment as one typed object, and editing `.env` in place."""

from stackctl.settings.model import DEFAULTS, Reading, Settings, checked, load, masked, read, stack_name

__all__ = [
    "DEFAULTS",
    "Reading",
    "Settings",
    "change",
    "checked",
    "dotenv",
    "gitlab",
    "interview",
    "load",
    "masked",
    "pam",
    "questions",
    "read",
    "shared",
    "stack_name",
    "validation",
]
