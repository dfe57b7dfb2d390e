"""The operator's GitLab token: from a file, standard input, GITLAB_TOKEN, the saved token or a prompt; never argv."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stackctl.checkout import secrets
from stackctl.errors import CheckFailedError
from stackctl.settings import Settings
from stackctl.ui import console

VARIABLE = "GITLAB_TOKEN"
HINT = f"Use --token-file FILE, --token-stdin or {VARIABLE}."


@dataclass(frozen=True)
class TokenSource:
    """Where a command reads the token, and where it can save it."""

    root: Path
    settings: Settings
    file: Path | None = None
    stdin: bool = False

    @property
    def saved(self) -> Path:
        """The file for `--save-token`. The hub does not get it."""
        return secrets.folder(self.root, self.settings.stack_name) / "gitlab-token"

    @property
    def is_available(self) -> bool:
        """Whether there is a token without a prompt."""
        return bool(self.file or self.stdin or os.environ.get(VARIABLE) or secrets.find(self.saved, self.root))

    def find(self) -> SecretStr | None:
        """The token, or None. Raises CheckFailedError when the file cannot be used."""
        if self.file:
            return _checked(secrets.read(self.file), str(self.file))
        if self.stdin:
            return _checked(SecretStr(sys.stdin.readline().strip()), "standard input")
        if value := os.environ.get(VARIABLE):
            return _checked(SecretStr(value.strip()), VARIABLE)
        saved = secrets.find(self.saved, self.root)
        return _checked(saved, str(self.saved.relative_to(self.root))) if saved else None

    def need(self) -> SecretStr:
        """The token, prompting if there is none. Raises what `find` and `ask` raise."""
        return self.find() or self.ask()

    def ask(self) -> SecretStr:
        """The token, typed on a terminal. Raises CheckFailedError that names the options when there is no terminal."""
        page = f"{self.settings.gitlab_url}/-/user_settings/personal_access_tokens"
        console.say(f"This needs a token with the scope api (administrators with Admin Mode: also admin_mode): {page}")
        return _checked(console.ask_secret("Token: ", "This needs a GitLab token.", HINT), "the answer")

    def save(self, token: SecretStr) -> None:
        """Save the token for later commands."""
        secrets.save(self.saved, token)


def _checked(token: SecretStr, where: str) -> SecretStr:
    if re.fullmatch(r"[!-~]+", token.get_secret_value()):
        return token
    raise CheckFailedError(f"No token found in {where}.", "A token is a single word, such as glpat-…")
