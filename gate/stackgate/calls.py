"""Which calls of Docker's API come through, at a glance. What is not here is refused.

https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .rules import Rules

CONTAINER = r"(?P<container>[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})"
"""Its id or name. Whether it is a notebook server of this stack is looked up before the call goes on."""

SWITCH = r"0|1|[Tt]rue|[Ff]alse"
OFF = r"0|[Ff]alse"
SECONDS = r"\d{1,4}"
PREFIX = r"/(?:(?P<version>v1\.\d\d)/)?"


class RefusedError(Exception):
    """A call that does not come through; why, in one line."""


@dataclass(frozen=True)
class Call:
    """A call: its method, the pattern of its path, and the pattern of each parameter that it may have."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)


def calls(rules: Rules) -> tuple[Call, ...]:
    """All that there are."""
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
"""Without these parameters a call would mean more than it may."""


@dataclass(frozen=True)
class Asked:
    """A call that is in the table, `path` without its version, and the container that it names, "" for none."""

    path: str
    version: str
    container: str

    def of(self, ident: str) -> str:
        """The path with its version and, in place of the container's name, its id."""
        path = self.path.replace(f"containers/{self.container}", f"containers/{ident}", 1) if self.container else self.path
        return "/".join(["", *filter(None, [self.version]), path])


def find(table: Iterable[Call], method: str, path: str, query: Iterable[tuple[str, str]]) -> Asked:
    """The call that a request is. `path` as it was sent, nothing decoded. Raises RefusedError when there is no such call."""
    for call in table:
        if method == call.method and (found := re.fullmatch(PREFIX + call.path, path, re.ASCII)):
            break
    else:
        raise RefusedError("no such call comes through")
    short = path.removeprefix("/").removeprefix(f"{found['version']}/")
    seen: set[str] = set()
    for name, value in query:
        if name not in call.query or name in seen:
            raise RefusedError(f"the parameter {name} {'comes twice' if name in seen else 'does not come through'}")
        if not re.fullmatch(call.query[name], value, re.ASCII):
            raise RefusedError(f"the parameter {name} does not come through as {value}")
        seen.add(name)
    if missing := NEEDED.get(short, set()) - seen:
        raise RefusedError(f"the parameter {', '.join(missing)} is missing")
    return Asked(short, found["version"] or "", found.groupdict().get("container") or "")
