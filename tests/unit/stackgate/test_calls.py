"""The table of calls: what comes through, and that nothing that looks like it does."""

from __future__ import annotations

import json

import pytest

from stackgate.calls import RefusedError, calls, find
from stackgate.rules import Rules

TABLE = calls(Rules("lab", 1000, "/ca.crt"))
OURS = json.dumps({"label": ["stackhub.stack=lab"]})
NAME = ("name", "lab-user-alice")


@pytest.mark.parametrize(
    ("method", "path", "query", "container"),
    [
        ("GET", "/_ping", [], ""),
        ("GET", "/version", [], ""),
        ("GET", "/v1.47/containers/json", [("all", "1"), ("filters", OURS), ("limit", "-1"), ("size", "0")], ""),
        ("GET", "/v1.47/containers/lab-user-alice/json", [], "lab-user-alice"),
        ("GET", "/containers/0f3e/logs", [("stdout", "1"), ("follow", "0"), ("tail", "10")], "0f3e"),
        ("POST", "/v1.47/containers/create", [NAME], ""),
        ("POST", "/v1.47/containers/0f3e/start", [], "0f3e"),
        ("POST", "/v1.47/containers/0f3e/stop", [("t", "10")], "0f3e"),
        ("POST", "/v1.47/containers/0f3e/wait", [("condition", "removed")], "0f3e"),
        ("DELETE", "/v1.47/containers/0f3e", [("v", "True"), ("force", "True"), ("link", "False")], "0f3e"),
    ],
)
def test_what_comes_through(method: str, path: str, query: list[tuple[str, str]], container: str) -> None:
    asked = find(TABLE, method, path, query)
    assert asked.container == container
    assert asked.of(container) == path
    assert "0" * 64 in asked.of("0" * 64) or not container


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info"),
        ("GET", "/events"),
        ("GET", "/images/json"),
        ("POST", "/build"),
        ("POST", "/images/load"),
        ("POST", "/images/create"),
        ("POST", "/containers/0f3e/exec"),
        ("POST", "/exec/0f3e/start"),
        ("POST", "/containers/0f3e/rename"),
        ("POST", "/containers/0f3e/update"),
        ("POST", "/containers/0f3e/kill"),
        ("POST", "/containers/0f3e/attach"),
        ("PUT", "/containers/0f3e/archive"),
        ("GET", "/containers/0f3e/archive"),
        ("HEAD", "/containers/0f3e/archive"),
        ("GET", "/containers/0f3e/export"),
        ("POST", "/networks/lab-users/connect"),
        ("POST", "/volumes/create"),
        ("POST", "/commit"),
        ("POST", "/plugins/pull"),
        ("POST", "/swarm/init"),
        ("POST", "/session"),
        ("POST", "/grpc"),
        ("POST", "/containers/prune"),
        ("HEAD", "/containers/create"),
        ("PUT", "/containers/create"),
        ("post", "/containers/create"),
        ("POST", "//containers/create"),
        ("POST", "/containers//create"),
        ("POST", "/containers/create/"),
        ("POST", "/v1.47/v1.47/containers/create"),
        ("POST", "/v1.470/containers/create"),
        ("POST", "/V1.47/containers/create"),
        ("POST", "/containers/0f3e/../0f3f/start"),
        ("POST", "/containers/..%2f0f3f/start"),
        ("POST", "/containers/0f3e%2fstart"),
        ("POST", "/containers/%30f3e/start"),
        ("POST", "/containers/０f3e/start"),
        ("POST", "/v1.４７/containers/0f3e/start"),
        ("POST", "/containers/0f3e;a/start"),
        ("POST", "/containers/0f3e\n/start"),
        ("POST", "/containers/0f3e/start\n"),
        ("POST", "http://docker/containers/0f3e/start"),
        ("DELETE", "/containers/"),
    ],
)
def test_any_other_call_is_refused(method: str, path: str) -> None:
    with pytest.raises(RefusedError, match="no such call comes through"):
        find(TABLE, method, path, [])


@pytest.mark.parametrize(
    ("method", "path", "query", "why"),
    [
        ("GET", "/containers/json", [], "filters is missing"),
        ("GET", "/containers/json", [("filters", "{}")], "filters does not come through"),
        ("GET", "/containers/json", [("filters", OURS.replace("lab", "bal"))], "filters does not come through"),
        ("GET", "/containers/json", [("filters", OURS), ("filters", "{}")], "filters comes twice"),
        ("POST", "/containers/create", [], "name is missing"),
        ("POST", "/containers/create", [("name", "lab-hub-1")], "name does not come through"),
        ("POST", "/containers/create", [("name", "lab-user-a/../b")], "name does not come through"),
        ("POST", "/containers/create", [("name", "lab-user-a\n")], "name does not come through"),
        ("POST", "/containers/create", [("Name", "lab-user-a")], "Name does not come through"),
        ("POST", "/containers/create", [NAME, ("platform", "x")], "platform does not come through"),
        ("GET", "/containers/0f3e/logs", [("follow", "1")], "follow does not come through"),
        ("GET", "/containers/0f3e/json", [("size", "1")], "size does not come through"),
        ("POST", "/containers/0f3e/start", [("detachKeys", "x")], "detachKeys does not come through"),
        ("POST", "/containers/0f3e/start", [("checkpoint", "x")], "checkpoint does not come through"),
        ("DELETE", "/containers/0f3e", [("link", "1")], "link does not come through"),
    ],
)
def test_any_other_parameter_is_refused(method: str, path: str, query: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        find(TABLE, method, path, query)
