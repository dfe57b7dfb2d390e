"""A kernel over its websocket, spoken to as JupyterLab does."""

from __future__ import annotations

import json
import time
import uuid
from types import TracebackType
from typing import Any, Protocol

import requests
import websocket


class Server(Protocol):
    """A notebook server, as its owner sees it."""

    @property
    def server_url(self) -> str:
        """With a slash at its end."""

    def server(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call it. Fails when it refuses."""

    def websocket(self, url: str) -> websocket.WebSocket:
        """Open a websocket. Fails when it is refused."""


class Kernel:
    """A kernel in a notebook server: a new one of the kind `name`, or the running one with the id `ident`.

    As a context manager it ends the kernel that it has made.
    """

    def __init__(self, person: Server, ident: str = "", name: str = "python3") -> None:
        self.person: Any = person  # whatever the test gave, which knows more of it
        self._own = not ident
        self.ident = ident or str(person.server("POST", "api/kernels", json={"name": name}).json()["id"])
        self._session = uuid.uuid4().hex
        self._socket = person.websocket(f"{person.server_url}api/kernels/{self.ident}/channels?session_id={self._session}")

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()
        if self._own:
            self.person.server("DELETE", f"api/kernels/{self.ident}")

    def leave(self) -> None:
        """Close the websocket; the kernel keeps running."""
        self._socket.close()

    def send(self, code: str) -> str:
        """Have the kernel run `code`, without waiting for it. The request's id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": self._session}
        header |= {"username": "", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        return header["msg_id"]

    def run(self, code: str, seconds: float = 30) -> str:
        """What `code` prints. Fails on an error in it, and after `seconds`."""
        return self.printed(self.send(code), seconds=seconds)

    def printed(self, request: str, until: str = "", seconds: float = 30) -> str:
        """What a request prints from now on to its end, or until it has printed `until`."""
        deadline = time.monotonic() + seconds
        printed = ""
        while True:
            message = self._receive(deadline)
            if message.get("parent_header", {}).get("msg_id") != request:
                continue
            content = message["content"]
            assert message["msg_type"] != "error", "\n".join(content["traceback"])
            printed += content["text"] if message["msg_type"] == "stream" else ""
            ended = message["msg_type"] == "status" and content["execution_state"] == "idle"
            if ended or (until and until in printed):
                return printed.strip()

    def wait_for_status(self, status: str, seconds: float) -> None:
        """Wait until the notebook server says that the kernel is, say, `restarting`."""
        deadline = time.monotonic() + seconds
        while self._receive(deadline).get("content", {}).get("execution_state") != status:
            pass

    def _receive(self, deadline: float) -> dict[str, Any]:
        received: str | bytes = b""
        while isinstance(received, bytes):  # with buffers, such as plots have: nothing that is asked about here
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            received = self._socket.recv()
        message: dict[str, Any] = json.loads(received)
        return message

    def state(self) -> str:
        """`idle` or `busy`, as the notebook server sees it."""
        return str(self.person.server("GET", f"api/kernels/{self.ident}").json()["execution_state"])
