"""python3 -m tests.standins.gitlab: runs the stand-in as a program. Needs aiohttp, cryptography, PyJWT and git."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import tempfile
from pathlib import Path

from tests.standins.gitlab.listener import LISTENER, Listener
from tests.standins.gitlab.server import make_app
from tests.standins.gitlab.state import State
from tests.standins.gitlab.tls import make_context


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gitlab", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8929)
    parser.add_argument("--prefix", default="", help="the path below which GitLab is, such as /gitlab")
    parser.add_argument("--plain", action="store_true", help="HTTP in place of HTTPS")
    parser.add_argument(
        "--name", action="append", default=[], help="a host name or IP address for the certificate; repeatable"
    )
    parser.add_argument("--url", default="", help="GitLab's own address; by default made of this machine's IP address")
    parser.add_argument("--ca-file", type=Path, help="where to write the CA's certificate")
    return parser.parse_args()


def own_addresses() -> list[str]:
    """The IPv4 addresses of this machine's name: in a container, one for each network."""
    found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


async def serve(given: argparse.Namespace, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    state, mine = State(), own_addresses()
    default_port = 80 if given.plain else 443
    port = "" if given.port == default_port else f":{given.port}"
    state.settings.url = given.url or f"http{'' if given.plain else 's'}://{mine[0]}{port}{given.prefix}"
    context = None if given.plain else make_context(folder, ["127.0.0.1", "localhost", *mine, *given.name])
    ca_pem = "" if given.plain else (folder / "ca.pem").read_text()
    if given.ca_file:
        given.ca_file.write_text(ca_pem)
    app = make_app(state, given.prefix)
    listener = app[LISTENER] = Listener(app, context, ca_pem)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await listener.start(given.host, given.port)
    print(f"GitLab stand-in: {state.settings.url}", flush=True)
    await ended.wait()
    await listener.stop()
    state.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(serve(arguments(), Path(folder)))


if __name__ == "__main__":
    main()
