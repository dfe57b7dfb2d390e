"""What `stackctl init` asks: each question has one setting for its answer, and an option that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = Callable[[str], str]
"""The value of a setting, after the answers so far."""


@dataclass(frozen=True)
class Question:
    """`answers`: what each means, where there are few; `when`: whether it is a question at all; `needed`: never empty."""

    name: str
    option: str
    text: str
    answers: Mapping[str, str] = field(default_factory=dict)
    when: Callable[[Value], bool] = lambda value: True  # noqa: ARG005
    needed: bool = False


def _files(value: Value) -> bool:
    return bool(value("STACK_HOST")) and value("STACK_TLS") == "files"


def _gitlab(value: Value) -> bool:
    return value("STACK_AUTH") == "gitlab"


def _pam(value: Value) -> bool:
    return value("STACK_AUTH") == "pam"


QUESTIONS = (
    Question("STACK_TITLE", "--title", "What is the sign-in page headed with? Your team's name, perhaps."),
    Question(
        "STACK_HOST",
        "--host",
        "Under which name do people reach this server? Such as hub.example.org; it is then public, with https.\n"
        "With none, it is there on 127.0.0.1 only.",
    ),
    Question(
        "STACK_TLS",
        "--tls",
        "Where does its certificate come from?",
        {
            "selfsigned": "a CA that stackctl makes; browsers warn until they are told to trust it",
            "files": "two files that you have, of Let's Encrypt or your organisation",
            "off": "another proxy in front of this server, which speaks TLS",
        },
        when=lambda value: bool(value("STACK_HOST")),
    ),
    Question(
        "STACK_TLS_CERTIFICATE",
        "--certificate",
        "In which file is the certificate, with those that lead from it to its CA? PEM, such as fullchain.pem",
        when=_files,
        needed=True,
    ),
    Question(
        "STACK_TLS_KEY", "--key", "In which file is its private key? PEM, without a passphrase", when=_files, needed=True
    ),
    Question(
        "STACK_TRUSTED_PROXIES",
        "--trusted-proxies",
        "Which addresses does that proxy come from? IP addresses or networks, with commas; 127.0.0.1 is this server.",
        when=lambda value: bool(value("STACK_HOST")) and value("STACK_TLS") == "off",
    ),
    Question(
        "STACK_AUTH",
        "--auth",
        "How do people sign in?",
        {
            "local": "with accounts that you make here",
            "gitlab": "with their accounts in GitLab",
            "pam": "with their accounts on this server",
        },
    ),
    Question("GITLAB_URL", "--gitlab-url", "At which address is GitLab?", when=_gitlab),
    Question(
        "GITLAB_ALLOWED_GROUPS",
        "--allow-groups",
        "Whom of GitLab does it let in? Groups by their full paths, with commas: data/lab,physics",
        when=_gitlab,
    ),
    Question(
        "GITLAB_ADMIN_GROUPS", "--admin-groups", "Which of GitLab's groups are administrators of the hub?", when=_gitlab
    ),
    Question("STACK_PAM_GROUP", "--pam-group", "Whom does it let in? One of this server's groups.", when=_pam),
    Question(
        "STACK_PAM_ADMIN_GROUP",
        "--pam-admin-group",
        "Which of this server's groups are administrators of the hub? One of them, or none.",
        when=_pam,
    ),
)
