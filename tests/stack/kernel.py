"""A kernel over its websocket, spoken to as JupyterLab does."""

from __future__ import annotations

import json
import time
import uuid
from types import TracebackType

import websocket

from .person import Person


class Kernel:
    """A Python kernel in somebody's notebook server: a new one, or the running one with the id `ident`."""

    def __init__(self, person: Person, ident: str = "") -> None:
        self.person = person
        self.ident = ident or str(person.server("POST", "api/kernels", json={"name": "python3"}).json()["id"])
        self._session = uuid.uuid4().hex
        url = f"{person.server_url.replace('http:', 'ws:')}api/kernels/{self.ident}/channels?session_id={self._session}"
        header = {"Authorization": str(person.http.headers["Authorization"])}
        self._socket = websocket.create_connection(url, timeout=30, header=header, http_no_proxy=["127.0.0.1"])

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    def send(self, code: str) -> str:
        """Have the kernel run `code`, without waiting for it. The request's id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": self._session, "username": "", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        return header["msg_id"]

    def run(self, code: str, seconds: float = 30) -> str:
        """What `code` prints. Fails on an error in it, and after `seconds`."""
        request, printed = self.send(code), ""
        deadline = time.monotonic() + seconds
        while True:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            message = json.loads(self._socket.recv())
            if message.get("parent_header", {}).get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                printed += content["text"]
            assert message["msg_type"] != "error", "\n".join(content["traceback"])
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed.strip()

    def state(self) -> str:
        """`idle` or `busy`, as the notebook server sees it."""
        return str(self.person.server("GET", f"api/kernels/{self.ident}").json()["execution_state"])
