"""The gate itself: a server at one unix socket, which asks Docker at another."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from yarl import URL

from . import body
from .calls import RefusedError, calls, find
from .rules import OfferFile, Rules
from .weights import Weights

DOCKER = Path("/var/run/docker.sock")
LARGEST = 2**18
"""Bytes of a body; a container's takes 3,000."""
SECONDS = 300
"""For which Docker may take over an answer; the hub waits less."""


class EngineError(Exception):
    """Docker's answer that is none."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


LOG = logging.getLogger("gate")
RULES = web.AppKey("RULES", Rules)
OFFER = web.AppKey("OFFER", OfferFile)
ENGINE = web.AppKey("ENGINE", ClientSession)


def make(rules: Rules, offer: OfferFile, docker: Path = DOCKER) -> web.Application:
    """The gate of the stack that `rules` are of."""
    app = web.Application(client_max_size=LARGEST)
    app[RULES], app[OFFER] = rules, offer

    async def engine(app: web.Application) -> AsyncIterator[None]:
        timeout = ClientTimeout(total=SECONDS)
        async with ClientSession(connector=UnixConnector(str(docker), limit=50), timeout=timeout) as session:
            app[ENGINE] = session
            keeping = asyncio.create_task(Weights(session, rules.stack).keep())
            yield
            keeping.cancel()

    app.cleanup_ctx.append(engine)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def answer(request: web.Request) -> web.Response:
    """Docker's answer to a call that comes through; 403 with the reason to any other, and a line in the log."""
    try:
        return await _pass_on(request)
    except RefusedError as refusal:
        LOG.warning("refused: %s %s: %s", *(_printable(text) for text in (request.method, request.raw_path, str(refusal))))
        return _said(403, f"The gate refuses this call: {refusal}")
    except EngineError as error:
        return _said(error.status, error.message)
    except (ClientError, TimeoutError) as error:
        LOG.warning("Docker does not answer: %s", _printable(str(error) or type(error).__name__))
        if request.transport:
            request.transport.abort()  # so that a silent Docker is as silent here
        raise


async def _pass_on(request: web.Request) -> web.Response:
    app = request.app
    rules = app[RULES].with_offer(app[OFFER].current)
    if "Upgrade" in request.headers:
        raise RefusedError("no other protocol comes through")
    path, _, query = request.raw_path.partition("?")
    asked = find(calls(rules), request.method, path, URL.build(query_string=query, encoded=True).query.items())
    try:
        sent = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError(f"the body has more than {LARGEST} bytes") from None
    if asked.path == "containers/create":
        sent = body.read(sent, rules)
    elif sent not in (b"", b"{}", b"null"):
        raise RefusedError("there is a body")
    else:
        sent = b""
    ident = await _ours(app, asked.container) if asked.container else ""
    headers = {"Content-Type": "application/json"} if sent else {}
    url = URL.build(scheme="http", host="docker", path=asked.of(ident), query=request.query)
    async with app[ENGINE].request(request.method, url, data=sent or None, headers=headers) as got:
        kind = got.headers.get("Content-Type", "application/json")
        return web.Response(status=got.status, body=await got.read(), headers={"Content-Type": kind})


async def _ours(app: web.Application, container: str) -> str:
    """The id of the container that a call names: by it, what is meant cannot change any more.

    Raises RefusedError for one that is no notebook server of this stack; Docker's own error when it knows of none.
    """
    async with app[ENGINE].get(f"http://docker/containers/{container}/json") as got:
        found = await got.json()
    if got.status != 200:
        raise EngineError(got.status, str(found.get("message")))
    if (found["Config"]["Labels"] or {}).get("stackhub.stack") != app[RULES].stack:
        raise RefusedError(f"{container} is no notebook server of this stack")
    return str(found["Id"])


def _said(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=json.dumps({"message": message}), content_type="application/json")


def _printable(text: str) -> str:
    """In one line, whatever is in it, and not without end."""
    return ascii(text)[1:-1][:500]
