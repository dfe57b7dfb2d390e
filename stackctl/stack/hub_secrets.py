"""The operator's secrets that the hub needs. They go from .stack/NAME/hub/ into the hub's volume, and nowhere else."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path

from stackctl.checkout import secrets
from stackctl.errors import CheckFailedError
from stackctl.settings import Settings

PROXY = "proxy.json"


class HubSecrets:
    """Every file of .stack/NAME/hub/, by name, and the proxies' addresses, which may contain a password.

    Raises CheckFailedError when a file cannot be read, or others on this server can read it.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.folder = secrets.folder(root, settings.stack_name) / "hub"
        self._root = root
        self._settings = settings

    @cached_property
    def _content(self) -> dict[str, str]:
        secret_values = {path.name: secrets.find(path, self._root) for path in self._files()}
        return {name: secret.get_secret_value() for name, secret in secret_values.items() if secret} | self._proxy()

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self.folder.iterdir() if not path.is_dir())
        except FileNotFoundError:
            return []
        except OSError as error:
            reason = f"{self.folder.relative_to(self._root)} cannot be read: {error.strerror}."
            raise CheckFailedError(reason, "Use the account that the checkout belongs to, or sudo.") from None

    def text(self) -> str:
        """All of them, as JSON, by name."""
        return json.dumps(self._content, indent=2, sort_keys=True)

    @property
    def revision(self) -> str:
        """A hash of all secrets and of GitLab's CA, which the hub reads when it starts: eight hex digits; "" for none."""
        ca = Path(self._settings.gitlab_ca_file).read_text() if self._settings.gitlab_ca_file else ""
        return hashlib.sha256(f"{self.text()}{ca}".encode()).hexdigest()[:8] if self._content or ca else ""

    def _proxy(self) -> dict[str, str]:
        """The variables that libcurl reads: https://curl.se/libcurl/c/libcurl-env.html"""
        values = {"http_proxy": self._settings.http_proxy, "https_proxy": self._settings.https_proxy}
        values = {name: value for name, value in values.items() if value}
        return {PROXY: json.dumps(values | {"no_proxy": self._settings.no_proxy_inside})} if values else {}


def names(root: Path, stack: str) -> list[str]:
    """The stack's files with secrets, relative to the checkout. Those that this user may not see are left out."""
    folder = secrets.folder(root, stack)
    places = [folder / "admin-password", folder / "gitlab-token", *folder.glob("hub/*"), *folder.glob("tls/*/*.pem")]
    return sorted(str(path.relative_to(root)) for path in places if os.path.isfile(path))
