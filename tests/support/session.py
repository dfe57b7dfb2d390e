"""HTTP to this machine, with the certificates of the stack under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests


class StraightSession(requests.Session):
    """Goes straight to this machine, whatever proxy is set, and trusts what `ca` returns, asked before each request."""

    def __init__(self, ca: Callable[[], Path | None]) -> None:
        super().__init__()
        self.trust_env = False
        self._ca = ca

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **named: Any) -> requests.Response:
        return super().request(method, url, *args, **{"verify": str(ca) if (ca := self._ca()) else True} | named)
