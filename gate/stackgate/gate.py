"""The gate's server: it listens on one unix socket and forwards allowed calls to Docker's."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from yarl import URL

from contract.catalogue import CatalogueFile

from . import body
from .calls import RefusedError, Request, calls, match
from .engine import Engine, EngineError
from .rules import Published, Rules
from .totals import LIVE, Totals

DOCKER = Path("/run/docker.sock")
MAX_BODY = 2**18
"""Largest body in bytes; a container's has about 3,000."""
TIMEOUT = 300
"""Seconds that Docker may take for an answer; the hub waits less."""


LOG = logging.getLogger("gate")
RULES = web.AppKey("RULES", Rules)
CATALOGUE: web.AppKey[CatalogueFile[Published]] = web.AppKey("CATALOGUE", CatalogueFile)
ENGINE = web.AppKey("ENGINE", Engine)
TOTALS = web.AppKey("TOTALS", Totals)


def make(rules: Rules, catalogue: CatalogueFile[Published], docker: Path = DOCKER) -> web.Application:
    """The gate with the rules of one stack. `docker`: Docker's socket."""
    app = web.Application(client_max_size=MAX_BODY)
    app[RULES], app[CATALOGUE], app[TOTALS] = rules, catalogue, Totals()

    async def engine(app: web.Application) -> AsyncIterator[None]:
        timeout = ClientTimeout(total=TIMEOUT)
        async with ClientSession(connector=UnixConnector(str(docker), limit=50), timeout=timeout) as session:
            app[ENGINE] = Engine(session, rules.stack)
            yield

    app.cleanup_ctx.append(engine)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def answer(request: web.Request) -> web.Response:
    """Return Docker's answer to an allowed call; to any other a 403 with the reason, which is logged too."""
    try:
        return await _forward(request)
    except RefusedError as refusal:
        LOG.warning("refused: %s %s: %s", *(_printable(text) for text in (request.method, request.raw_path, str(refusal))))
        return _error(403, f"The gate refuses this call: {refusal}")
    except EngineError as error:
        return _error(error.status, error.message)
    except (ClientError, TimeoutError) as error:
        LOG.warning("Docker does not answer: %s", _printable(str(error) or type(error).__name__))
        if request.transport:
            request.transport.abort()  # the hub sees no answer either
        raise


async def _forward(request: web.Request) -> web.Response:
    app = request.app
    rules = app[RULES].with_published(app[CATALOGUE].current)
    if "Upgrade" in request.headers:
        raise RefusedError("an upgrade to another protocol is not allowed")
    path, _, query = request.raw_path.partition("?")
    call = match(calls(rules), request.method, path, URL.build(query_string=query, encoded=True).query.items())
    try:
        sent = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError(f"the body has more than {MAX_BODY} bytes") from None
    if call.path == "containers/create":
        container = body.read(sent, rules)
        async with app[TOTALS].room(request.query["name"], container, rules, app[ENGINE]):
            return await _send(request, call, container.sent())
    if sent not in (b"", b"{}", b"null"):
        raise RefusedError("this call may have no body")
    return await _send(request, call, b"")


async def _send(request: web.Request, call: Request, sent: bytes) -> web.Response:
    """Docker's answer to an allowed call with this body."""
    engine = request.app[ENGINE]
    ident = await _ours(engine, call) if call.container else ""
    headers = {"Content-Type": "application/json"} if sent else {}
    url = URL.build(scheme="http", host="docker", path=call.with_id(ident), query=request.query)
    async with engine.session.request(request.method, url, data=sent or None, headers=headers) as response:
        kind = response.headers.get("Content-Type", "application/json")
        return web.Response(status=response.status, body=await response.read(), headers={"Content-Type": kind})


async def _ours(engine: Engine, call: Request) -> str:
    """The id of the container that a call names; unlike a name, it cannot pass to another container meanwhile.

    Raises RefusedError for a container that is not a notebook server of this stack, and for a start that would not be
    counted; EngineError with Docker's own answer for one that does not exist.
    """
    attrs = await engine.container(call.container)
    if (attrs["Config"]["Labels"] or {}).get("stackhub.stack") != engine.stack:
        raise RefusedError(f"{call.container} is not a notebook server of this stack")
    if call.path.endswith("/start") and attrs["State"]["Status"] not in LIVE:
        raise RefusedError(f"{call.container} has ended: only a new one is counted")
    return str(attrs["Id"])


def _error(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=json.dumps({"message": message}), content_type="application/json")


def _printable(text: str) -> str:
    """A text for the log: in one line, and at most 500 characters."""
    return ascii(text)[1:-1][:500]
