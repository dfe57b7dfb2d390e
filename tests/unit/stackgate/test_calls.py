"""The allowed calls, and calls that look like them and are refused."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgate.calls import CONTAINER, RefusedError, calls, match
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
        ("POST", "/v1.43/containers/create", [NAME], ""),
        ("POST", "/v1.47/containers/0f3e/start", [], "0f3e"),
        ("POST", "/v1.47/containers/0f3e/stop", [("t", "10")], "0f3e"),
        ("POST", "/v1.47/containers/0f3e/wait", [("condition", "removed")], "0f3e"),
        ("DELETE", "/v1.47/containers/0f3e", [("v", "True"), ("force", "True"), ("link", "False")], "0f3e"),
    ],
)
def test_calls_that_spawning_needs_are_allowed(method: str, path: str, query: list[tuple[str, str]], container: str) -> None:
    request = match(TABLE, method, path, query)
    assert request.container == container
    assert request.with_id(container) == re.sub(r"^/(v1\.\d\d/)?", "/v1.44/", path)
    assert "0" * 64 in request.with_id("0" * 64) or not container


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
    with pytest.raises(RefusedError, match="this call is not allowed"):
        match(TABLE, method, path, [])


@pytest.mark.parametrize(
    ("method", "path", "query", "why"),
    [
        ("GET", "/containers/json", [], "filters is missing"),
        ("GET", "/containers/json", [("filters", "{}")], "filters may not be"),
        ("GET", "/containers/json", [("filters", OURS.replace("lab", "bal"))], "filters may not be"),
        ("GET", "/containers/json", [("filters", OURS), ("filters", "{}")], "filters is given twice"),
        ("POST", "/containers/create", [], "name is missing"),
        ("POST", "/containers/create", [("name", "lab-hub-1")], "name may not be"),
        ("POST", "/containers/create", [("name", "lab-user-a/../b")], "name may not be"),
        ("POST", "/containers/create", [("name", "lab-user-a\n")], "name may not be"),
        ("POST", "/containers/create", [("Name", "lab-user-a")], "Name is not allowed"),
        ("POST", "/containers/create", [NAME, ("platform", "x")], "platform is not allowed"),
        ("GET", "/containers/0f3e/logs", [("follow", "1")], "follow may not be"),
        ("GET", "/containers/0f3e/json", [("size", "1")], "size is not allowed"),
        ("POST", "/containers/0f3e/start", [("detachKeys", "x")], "detachKeys is not allowed"),
        ("POST", "/containers/0f3e/start", [("checkpoint", "x")], "checkpoint is not allowed"),
        ("DELETE", "/containers/0f3e", [("link", "1")], "link may not be"),
    ],
)
def test_any_other_parameter_is_refused(method: str, path: str, query: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        match(TABLE, method, path, query)


PIECES = [
    "/",
    "//",
    ".",
    "..",
    "%2e%2e",
    "v1.43",
    "v1.99",
    "containers",
    "create",
    "json",
    "start",
    "exec",
    "0f3e",
    "\n",
    "?",
]


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "get", "X"]),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8).map("/".join),
    st.lists(st.tuples(st.sampled_from(["name", "all", "filters", "follow"]) | st.text(), st.text()), max_size=3),
)
def test_whatever_is_asked_a_call_of_the_table_is_sent_on_or_none(
    method: str, path: str, query: list[tuple[str, str]]
) -> None:
    try:
        sent = match(TABLE, method, f"/{path}", query).with_id("0" * 64)
    except RefusedError:
        return
    known = [f"/v1.44/{call.path.replace(CONTAINER, '0' * 64)}" for call in TABLE if call.method == method]
    assert sent in known
