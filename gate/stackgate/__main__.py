"""`python -m stackgate`: run the gate, and the CPU weights of notebook servers."""

from __future__ import annotations

import logging
import os

from aiohttp import web

from contract.catalogue import CatalogueFile
from contract.paths import GATE_SOCKET
from stackgate.gate import DOCKER, make
from stackgate.rules import Published, Rules
from stackweights.weights import running

logging.basicConfig(format="%(message)s", level=logging.WARNING)
os.umask(0o177)  # the hub's user has the same number as ours
rules = Rules.from_environ()
app = make(rules, CatalogueFile(Published.parse, Published()))
app.cleanup_ctx.append(running(DOCKER, rules.stack))
web.run_app(app, path=GATE_SOCKET, backlog=1024, print=None, access_log=None)
