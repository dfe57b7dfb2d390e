"""The hub's settings, from the variables that compose.yaml sets. stackctl has the defaults and has checked the values."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from contract import paths
from contract.duration import to_seconds

DATA, SECRETS, PROXY = Path(paths.HUB_DATA), Path(paths.HUB_SECRETS), Path(paths.PROXY)

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""The certificates that the hub trusts; compose.yaml mounts the file."""

GITLAB_CA = Path("/etc/ssl/certs/gitlab.crt")
"""The certificates that GitLab's is verified against; compose.yaml mounts the file."""

RULES = ("allow_all", "allowed_groups", "admin_groups", "allowed_users", "admin_users")

Duration: TypeAlias = int
"""Seconds; in .env also 30m, 8h or 1d."""

READ: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "bool": lambda text: text.lower() in ("true", "on"),
    "Duration": to_seconds,
}
"""How a field is read from a variable, by its type."""


def variable(name: str) -> str:
    """The variable of a field: GITLAB_URL for `gitlab_url`, STACK_BUSY_LIMIT for `busy_limit`."""
    return name.upper() if name.startswith("gitlab_") else f"STACK_{name.upper()}"


@dataclass(frozen=True)
class Settings:
    """The stack's settings as the hub needs them, each read from its `variable`. Times are in seconds."""

    name: str
    lang: str
    base_url: str
    subdomains: bool
    auth: str
    gitlab_url: str
    gitlab_ca_file: str
    gitlab_allow_all: str
    gitlab_allowed_groups: str
    gitlab_admin_groups: str
    gitlab_allowed_users: str
    gitlab_admin_users: str
    gitlab_git: bool
    pam_group: str
    pam_admin_group: str
    ca_bundle: str
    servers_memory: str
    named_servers: int
    process_limit: int
    shared_folders: str
    start_timeout: Duration
    idle_timeout: Duration
    busy_limit: Duration
    public_url: str
    notebook_environment: Mapping[str, str]

    @property
    def activity_interval(self) -> int:
        """Seconds between two activity reports of a server, and two runs of the culler: a quarter of the idle timeout."""
        return max(5, min(300, (self.idle_timeout or 1200) // 4))

    @property
    def gitlab_rules(self) -> dict[str, str]:
        """The GITLAB_… settings that decide who has access, without the prefix."""
        return {name: getattr(self, f"gitlab_{name}") for name in RULES}

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables that compose.yaml sets. Raises KeyError if one is missing."""
        worked_out = {
            "public_url": environ["STACKCTL_PUBLIC_URL"].rstrip("/"),
            "notebook_environment": json.loads(environ.get("STACKCTL_NOTEBOOK_ENVIRONMENT") or "{}"),
        }
        plain = [field for field in fields(cls) if field.name not in worked_out]
        values = {field.name: READ[str(field.type)](environ[variable(field.name)]) for field in plain}
        return cls(**values, **worked_out)


def secret(name: str, default: str | None = None) -> str:
    """The operator's secret `name`: the content of .stack/NAME/hub/`name` at the last `stackctl up`.

    Raises FileNotFoundError if it doesn't exist and there is no `default`.
    """
    secrets = json.loads(SECRETS.read_text()) if SECRETS.exists() else {}
    if name in secrets:
        return str(secrets[name]).strip()
    if default is not None:
        return default
    raise FileNotFoundError(f"Secret {name} is missing: put it into .stack/NAME/hub/{name}, then run: stackctl up")
