"""The operator's secrets that the hub needs: from .stack/NAME/hub/ into the hub's own volume, and nowhere else."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path

from stackctl.errors import CheckFailedError
from stackctl.settings import Settings

PROXY = "proxy.json"


class HubSecrets:
    """What the hub is to know, by name: every file of the folder, and the proxies, which may carry a password.

    Raises CheckFailedError when a file cannot be read, or somebody else can read it.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.folder = root / ".stack" / settings.stack_name / "hub"
        self._root = root
        self._settings = settings

    @cached_property
    def _content(self) -> dict[str, str]:
        files = sorted(path for path in self.folder.glob("*") if path.is_file()) if self.folder.is_dir() else []
        return {path.name: self._read(path) for path in files} | self._proxy()

    def text(self) -> str:
        """All of them, as JSON, by name."""
        return json.dumps(self._content, indent=2, sort_keys=True)

    @property
    def revision(self) -> str:
        """Eight hex digits that are others when a secret is; "" when there is none."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:8] if self._content else ""

    def _read(self, path: Path) -> str:
        name = path.relative_to(self._root)
        try:
            if path.stat().st_mode & 0o077:
                raise CheckFailedError(f"{name} is a secret that others on this server can read.", f"chmod 600 {name}")
            return path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise CheckFailedError(f"{name} cannot be read: {error}.", "Use sudo, or the account that made it.") from error

    def _proxy(self) -> dict[str, str]:
        """In the way in which libcurl takes them: https://curl.se/libcurl/c/libcurl-env.html"""
        values = {"http_proxy": self._settings.http_proxy, "https_proxy": self._settings.https_proxy}
        values = {name: value for name, value in values.items() if value}
        return {PROXY: json.dumps(values | {"no_proxy": self._settings.no_proxy_inside})} if values else {}
