"""What compose.yaml hands to the hub, as a typed object. stackctl has checked the values; their defaults stand there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA = Path("/srv/jupyterhub")
"""The hub's own volume: database, cookie secret, tokens."""

SECRETS = DATA / "secrets.json"
"""What stackctl has brought of the operator's secrets, by name: see `secret`."""

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
GITLAB_CA = Path("/etc/ssl/certs/gitlab.crt")
"""What GitLab's certificate is checked against; compose.yaml mounts it."""

PROXY = Path("/run/proxy")
"""Shared with the proxy and nobody else: its API's socket and token."""


RULES = ("allow_all", "allowed_groups", "admin_groups", "allowed_users", "admin_users")
"""The settings of GitLab that say who may enter, without their GITLAB_."""


@dataclass(frozen=True)
class Settings:
    """The stack's settings as the hub needs them. Times are in seconds."""

    name: str
    lang: str
    base_url: str
    subdomains: bool
    public_url: str
    auth: str
    gitlab_url: str
    gitlab_own_ca: bool
    gitlab_rules: Mapping[str, str]
    gitlab_git: bool
    pam_group: str
    pam_admin_group: str
    ca_bundle: str
    servers_memory: str
    named_servers: int
    process_limit: int
    shared_folders: str
    start_timeout: int
    idle_timeout: int
    busy_limit: int
    notebook_environment: Mapping[str, str]

    @property
    def activity_interval(self) -> int:
        """How often the hub hears which servers are in use, and looks for idle ones: several times an idle timeout."""
        return max(5, min(300, (self.idle_timeout or 1200) // 4))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables that compose.yaml sets. Raises KeyError where one is missing."""
        return cls(
            name=environ["STACK_NAME"],
            lang=environ["STACK_LANG"],
            base_url=environ["STACK_BASE_URL"],
            subdomains=environ["STACK_SUBDOMAINS"] == "on",
            public_url=environ["STACKCTL_PUBLIC_URL"].rstrip("/"),
            auth=environ["STACK_AUTH"],
            gitlab_url=environ["GITLAB_URL"],
            gitlab_own_ca=bool(environ["GITLAB_CA_FILE"]),
            gitlab_rules={name: environ[f"GITLAB_{name.upper()}"] for name in RULES},
            gitlab_git=environ["GITLAB_GIT"].lower() == "true",
            pam_group=environ["STACK_PAM_GROUP"],
            pam_admin_group=environ["STACK_PAM_ADMIN_GROUP"],
            ca_bundle=environ["STACK_CA_BUNDLE"],
            servers_memory=environ["STACK_SERVERS_MEMORY"],
            named_servers=int(environ["STACK_NAMED_SERVERS"]),
            process_limit=int(environ["STACK_PROCESS_LIMIT"]),
            shared_folders=environ["STACK_SHARED_FOLDERS"],
            start_timeout=int(environ["STACK_START_TIMEOUT"]),
            idle_timeout=int(environ["STACK_IDLE_TIMEOUT"]),
            busy_limit=int(environ["STACK_BUSY_LIMIT"]),
            notebook_environment=json.loads(environ.get("STACKCTL_NOTEBOOK_ENVIRONMENT") or "{}"),
        )


def secret(name: str, default: str | None = None) -> str:
    """A secret of the operator's: what .stack/NAME/hub/`name` holds, as of the last `stackctl up`.

    Raises FileNotFoundError when there is none and no `default`.
    """
    known = json.loads(SECRETS.read_text()) if SECRETS.exists() else {}
    if name in known:
        return str(known[name]).strip()
    if default is not None:
        return default
    raise FileNotFoundError(f"There is no secret {name}: put it into .stack/NAME/hub/{name}, then: stackctl up")
