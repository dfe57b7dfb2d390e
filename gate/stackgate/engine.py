"""What the gate itself asks Docker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from .calls import VERSION


class EngineError(Exception):
    """Docker answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Engine:
    """Docker's API, about one stack. Every method raises EngineError, or aiohttp's errors when Docker does not answer."""

    session: ClientSession
    stack: str

    async def container(self, name: str) -> dict[str, Any]:
        """A container, by its id or name, as Docker inspects it."""
        return dict(await self._get(f"containers/{name}/json"))

    async def servers(self) -> list[dict[str, Any]]:
        """The containers of all notebook servers, also those that have ended, as Docker lists them."""
        return list(await self._get("containers/json", all="1", filters=self._ours))

    async def has_volume(self, name: str) -> bool:
        """Whether there is a volume of this name."""
        try:
            await self._get(f"volumes/{name}")
        except EngineError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def volumes(self) -> int:
        """The number of volumes with people's files."""
        return len((await self._get("volumes", filters=self._ours))["Volumes"] or [])

    @property
    def _ours(self) -> str:
        return json.dumps({"label": [f"stackhub.stack={self.stack}"]})

    async def _get(self, path: str, **query: str) -> Any:
        async with self.session.get(f"http://docker/{VERSION}/{path}", params=query) as response:
            answer = await response.json()
        if response.status != 200:
            raise EngineError(response.status, str(answer.get("message")))
        return answer
