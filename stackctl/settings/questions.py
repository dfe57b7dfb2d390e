"""The questions of `stackctl init`: each sets one setting, and has an option that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = Callable[[str], str]
"""The value of a setting with the answers so far."""


@dataclass(frozen=True)
class Question:
    """`answers`: each with its meaning, if there are few; `when`: whether to ask at all; `needed`: cannot be empty."""

    name: str
    option: str
    text: str
    answers: Mapping[str, str] = field(default_factory=dict)
    when: Callable[[Value], bool] = lambda value: True  # noqa: ARG005
    needed: bool = False

    @property
    def parameter(self) -> str:
        """The option as a parameter of the command."""
        return self.option.removeprefix("--").replace("-", "_")


def _files(value: Value) -> bool:
    return bool(value("STACK_HOST")) and value("STACK_TLS") == "files"


def _gitlab(value: Value) -> bool:
    return value("STACK_AUTH") == "gitlab"


def _pam(value: Value) -> bool:
    return value("STACK_AUTH") == "pam"


QUESTIONS = (
    Question("STACK_TITLE", "--title", "Title of the sign-in page (e.g. your team's name):"),
    Question(
        "STACK_HOST",
        "--host",
        "Name under which people reach this server (e.g. hub.example.org), public and with https.\n"
        "Leave empty to listen on 127.0.0.1 only.",
    ),
    Question(
        "STACK_TLS",
        "--tls",
        "Where does the certificate come from?",
        {
            "selfsigned": "a CA that stackctl creates; browsers warn until they trust it",
            "files": "your own files, e.g. from Let's Encrypt or your organisation",
            "off": "none: another proxy in front of this server terminates TLS",
        },
        when=lambda value: bool(value("STACK_HOST")),
    ),
    Question(
        "STACK_TLS_CERTIFICATE",
        "--certificate",
        "Path to the certificate chain (PEM, e.g. fullchain.pem):",
        when=_files,
        needed=True,
    ),
    Question("STACK_TLS_KEY", "--key", "Path to its private key (PEM, without a passphrase):", when=_files, needed=True),
    Question(
        "STACK_TRUSTED_PROXIES",
        "--trusted-proxies",
        "Addresses of that proxy: IP addresses or networks, separated by commas; 127.0.0.1 is this server.",
        when=lambda value: bool(value("STACK_HOST")) and value("STACK_TLS") == "off",
    ),
    Question(
        "STACK_AUTH",
        "--auth",
        "How do people sign in?",
        {
            "local": "with accounts that you create here",
            "gitlab": "with their GitLab accounts",
            "pam": "with their accounts on this server",
        },
    ),
    Question("GITLAB_URL", "--gitlab-url", "Address of GitLab:", when=_gitlab),
    Question(
        "GITLAB_ALLOWED_GROUPS",
        "--allow-groups",
        "Which GitLab groups may sign in? Full paths, separated by commas (e.g. data/lab,physics)",
        when=_gitlab,
    ),
    Question("GITLAB_ADMIN_GROUPS", "--admin-groups", "Which GitLab groups are administrators of the hub?", when=_gitlab),
    Question("STACK_PAM_GROUP", "--pam-group", "Which group of this server may sign in?", when=_pam),
    Question(
        "STACK_PAM_ADMIN_GROUP",
        "--pam-admin-group",
        "Which group of this server are administrators of the hub, if any?",
        when=_pam,
    ),
)
