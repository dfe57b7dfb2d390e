"""The proxy's REST API, the only place that speaks it: over its socket, from inside its container.

https://github.com/jupyterhub/configurable-http-proxy#rest-api
"""

from __future__ import annotations

import json
from typing import Any

from stackctl.engine import Engine
from stackctl.errors import StackError

# the token stays where it is
CALL = """
const [method, path, body] = process.argv.slice(1);
const headers = {Authorization: "token " + require("fs").readFileSync("/run/proxy/token", "utf8").trim()};
const call = {socketPath: "/run/proxy/api.sock", path: "/api/routes" + path, method, headers, timeout: 5000};
const fail = (error) => { console.error(String(error.message || error)); process.exit(1); };
const request = require("http").request(call, (answer) => {
    let text = "";
    answer.on("data", (part) => text += part);
    answer.on("end", () => answer.statusCode < 300 ? console.log(text) : fail(answer.statusCode + " " + text));
});
request.on("error", fail).on("timeout", () => fail("no answer within 5 seconds"));
request.end(body);
"""


class ProxyAPI:
    """The proxy of a container. Every method raises StackError when it refuses, NotRunningError when it does not run."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    def routes(self) -> dict[str, dict[str, Any]]:
        """What the proxy knows of each path, such as `{"/user/alice/": {"target": "http://…", "user": "alice"}}`."""
        found = json.loads(self._call("GET", "/"))
        return {path.rstrip("/") + "/": dict(route) for path, route in found.items()}

    def add(self, path: str, target: str) -> None:
        """Send what begins with `path` to `target`. JupyterHub leaves routes alone that it has not made."""
        self._call("POST", path, json.dumps({"target": target}))

    def remove(self, path: str) -> None:
        """Forget a route."""
        self._call("DELETE", path)

    def _call(self, *words: str) -> str:
        code, said = self._engine.execute(self._container, ["node", "-e", CALL, *words])
        if code != 0:
            raise StackError(f"The proxy does not do what it is told: {said.strip()[-200:]}", "See: stackctl logs proxy")
        return said
