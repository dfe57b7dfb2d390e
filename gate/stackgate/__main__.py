"""`python -m stackgate`: the gate."""

from __future__ import annotations

import logging
import os

from aiohttp import web

from stackgate import SOCKET
from stackgate.gate import make
from stackgate.rules import OfferFile, Rules

logging.basicConfig(format="%(message)s", level=logging.WARNING)
os.umask(0o177)  # for its user, which has the number of the hub's
web.run_app(make(Rules.from_environ(), OfferFile()), path=SOCKET, backlog=1024, print=None, access_log=None)
