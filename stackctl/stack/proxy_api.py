"""The proxy's REST API, over its socket and from inside its container. No other module calls it.

https://github.com/jupyterhub/configurable-http-proxy#rest-api
"""

from __future__ import annotations

import json
from typing import Any

from contract.paths import PROXY
from stackctl.engine import Engine
from stackctl.errors import StackError

# read inside the container, so the token never leaves it
CALL = """
const [method, path, body] = process.argv.slice(1);
const headers = {Authorization: "token " + require("fs").readFileSync("PROXY/token", "utf8").trim()};
const call = {socketPath: "PROXY/api.sock", path: "/api/routes" + path, method, headers, timeout: 5000};
const fail = (error) => { console.error(String(error.message || error)); process.exit(1); };
const request = require("http").request(call, (answer) => {
    let text = "";
    answer.on("data", (part) => text += part);
    answer.on("end", () => answer.statusCode < 300 ? console.log(text) : fail(answer.statusCode + " " + text));
});
request.on("error", fail).on("timeout", () => fail("no answer within 5 seconds"));
request.end(body);
""".replace("PROXY/", f"{PROXY}/")


class ProxyAPI:
    """The proxy in a container. Every method raises StackError when the call fails, NotRunningError when it does not run."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    def routes(self) -> dict[str, dict[str, Any]]:
        """The route of each path, such as `{"/user/alice/": {"target": "http://…", "user": "alice"}}`."""
        routes = json.loads(self._call("GET", "/"))
        return {path.rstrip("/") + "/": dict(route) for path, route in routes.items()}

    def add(self, path: str, target: str) -> None:
        """Send requests below `path` to `target`. JupyterHub leaves routes alone that it has not created."""
        self._call("POST", path, json.dumps({"target": target}))

    def remove(self, path: str) -> None:
        """Remove a route."""
        self._call("DELETE", path)

    def _call(self, *words: str) -> str:
        code, output = self._engine.execute(self._container, ["node", "-e", CALL, *words])
        if code != 0:
            raise StackError(f"The call to the proxy failed: {output.strip()[-200:]}", "See: stackctl logs proxy")
        return output
