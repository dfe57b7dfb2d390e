"""A stand-in that runs in a test's own process."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.standins.gitlab.client import Control
from tests.standins.gitlab.listener import LISTENER, Listener
from tests.standins.gitlab.server import make_app
from tests.standins.gitlab.state import State
from tests.standins.gitlab.tls import make_context


class Running:
    """A running stand-in. `url`: its address, with the prefix. `ca_file`: the CA certificate, None without TLS."""

    def __init__(self, state: State, url: str, ca_file: Path | None) -> None:
        self.state, self.url, self.ca_file = state, url, ca_file
        self.control = Control(url, str(ca_file) if ca_file else True)


@contextmanager
def running(state: State | None = None, prefix: str = "", *, tls: bool = False, port: int = 0) -> Iterator[Running]:
    """Serve in a thread, on 127.0.0.1 and by default a free port, until the end of the block."""
    state = state or State()
    app = make_app(state, prefix)
    with tempfile.TemporaryDirectory() as folder:
        context = make_context(Path(folder), ["127.0.0.1", "localhost"]) if tls else None
        ca_file = Path(folder) / "ca.pem" if tls else None
        listener = app[LISTENER] = Listener(app, context, ca_file.read_text() if ca_file else "")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            bound = asyncio.run_coroutine_threadsafe(listener.start("127.0.0.1", port), loop).result(10)
            state.settings.url = f"{'https' if tls else 'http'}://127.0.0.1:{bound}{prefix}"
            yield Running(state, state.settings.url, ca_file)
        finally:
            asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
            state.close()
