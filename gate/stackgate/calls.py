"""The calls of Docker's API that the gate allows. It refuses every other call.

https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .rules import Rules

CONTAINER = r"(?P<container>[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})"
"""A container's id or name. The gate checks that it is one of this stack's notebook servers before it forwards the call."""

SWITCH = r"0|1|[Tt]rue|[Ff]alse"
OFF = r"0|[Ff]alse"
SECONDS = r"\d{1,4}"
PREFIX = r"/(?:v1\.\d\d/)?"

VERSION = "v1.44"
"""The version of Docker's API that the gate speaks, whichever a caller asks for. In older ones a field may mean something
else: until 1.43, what is mounted below a read-only folder can be written.
https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes
"""


class RefusedError(Exception):
    """The gate does not allow a call; the message says why, in one line."""


@dataclass(frozen=True)
class Call:
    """An allowed call: its method, a pattern for its path, and a pattern for each parameter that it may have."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)


def calls(rules: Rules) -> tuple[Call, ...]:
    """All allowed calls."""
    ours = re.escape(json.dumps({"label": [f"stackhub.stack={rules.stack}"]}))
    listing = {"all": SWITCH, "limit": "-1", "size": OFF, "trunc_cmd": OFF, "filters": ours}
    log = {"stdout": SWITCH, "stderr": SWITCH, "timestamps": SWITCH, "follow": OFF, "tail": r"\d{1,3}"}
    return (
        Call("GET", "_ping"),
        Call("GET", "version"),
        Call("GET", "containers/json", listing),
        Call("GET", f"containers/{CONTAINER}/json"),
        Call("GET", f"containers/{CONTAINER}/logs", log),
        Call("POST", "containers/create", {"name": rules.name}),
        Call("POST", f"containers/{CONTAINER}/start"),
        Call("POST", f"containers/{CONTAINER}/stop", {"t": SECONDS}),
        Call("POST", f"containers/{CONTAINER}/wait", {"condition": "removed"}),
        Call("DELETE", f"containers/{CONTAINER}", {"v": SWITCH, "force": SWITCH, "link": OFF}),
    )


NEEDED = {"containers/json": {"filters"}, "containers/create": {"name"}}
"""Parameters without which a call would do more than it may."""


@dataclass(frozen=True)
class Request:
    """An allowed request: its path without an API version, and the container that it names ("" for none)."""

    path: str
    container: str

    def with_id(self, ident: str) -> str:
        """The path for Docker, with the container's id in place of its name."""
        path = self.path.replace(f"containers/{self.container}", f"containers/{ident}", 1) if self.container else self.path
        return f"/{VERSION}/{path}"


def match(table: Iterable[Call], method: str, path: str, query: Iterable[tuple[str, str]]) -> Request:
    """Match a request with the allowed calls. `path`: as it was sent, not decoded. Raises RefusedError when none matches."""
    for call in table:
        if method == call.method and (matched := re.fullmatch(PREFIX + call.path, path, re.ASCII)):
            break
    else:
        raise RefusedError("this call is not allowed")
    short = re.sub(PREFIX, "", path, count=1)
    seen: set[str] = set()
    for name, value in query:
        if name not in call.query or name in seen:
            raise RefusedError(f"the parameter {name} {'is given twice' if name in seen else 'is not allowed'}")
        if not re.fullmatch(call.query[name], value, re.ASCII):
            raise RefusedError(f"the parameter {name} may not be {value}")
        seen.add(name)
    if missing := NEEDED.get(short, set()) - seen:
        raise RefusedError(f"the parameter {', '.join(missing)} is missing")
    return Request(short, matched.groupdict().get("container") or "")
