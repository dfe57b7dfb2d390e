"""The operator's token for GitLab: from a file, standard input, GITLAB_TOKEN, a saved one, or a prompt; never argv."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stackctl import console, secrets
from stackctl.errors import CheckFailedError
from stackctl.settings import Settings

VARIABLE = "GITLAB_TOKEN"
HINT = f"Give it with --token-file FILE, --token-stdin or {VARIABLE}."


@dataclass(frozen=True)
class TokenSource:
    """Where a command takes the token from, and where it may be saved."""

    root: Path
    settings: Settings
    file: Path | None = None
    stdin: bool = False

    @property
    def saved(self) -> Path:
        """Where `--save-token` keeps it. It does not reach the hub."""
        return secrets.folder(self.root, self.settings.stack_name) / "gitlab-token"

    @property
    def is_there(self) -> bool:
        """Whether there is one without asking for it."""
        return bool(self.file or self.stdin or os.environ.get(VARIABLE) or secrets.find(self.saved, self.root))

    def find(self) -> SecretStr | None:
        """The token, or None. Raises CheckFailedError when the file named cannot be used."""
        if self.file:
            return _checked(secrets.read(self.file), str(self.file))
        if self.stdin:
            return _checked(SecretStr(sys.stdin.readline().strip()), "standard input")
        if value := os.environ.get(VARIABLE):
            return _checked(SecretStr(value.strip()), VARIABLE)
        saved = secrets.find(self.saved, self.root)
        return _checked(saved, str(self.saved.relative_to(self.root))) if saved else None

    def need(self) -> SecretStr:
        """The token, asked for where there is none. Raises what `find` and `ask` do."""
        return self.find() or self.ask()

    def ask(self) -> SecretStr:
        """The token, typed on a terminal. Raises CheckFailedError, naming the flags, where there is no terminal."""
        page = f"{self.settings.gitlab_url}/-/user_settings/personal_access_tokens"
        console.say(
            f"A token is needed, with the scope api (and admin_mode, for an administrator where Admin Mode is on): {page}"
        )
        return _checked(console.ask_secret("Token: ", "A GitLab token is needed.", HINT), "the answer")

    def save(self, token: SecretStr) -> None:
        """Keep the token for later commands."""
        secrets.save(self.saved, token)


def _checked(token: SecretStr, where: str) -> SecretStr:
    if re.fullmatch(r"[!-~]+", token.get_secret_value()):
        return token
    raise CheckFailedError(f"There is no token in {where}.", "It is one word, such as glpat-… is.")
