"""The hub's API and pages with bodies, names and headers of all kinds: the right answer or a named refusal, never a 500."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.person import Person
from tests.support.running import Stack

SOME = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["alice", "base", "small", "yes"])
)
FIELDS = st.sampled_from(["name", "users", "groups", "note", "admin", "image", "size"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3), max_leaves=6
)
NAMES = st.sampled_from(["target", "%", "..", "x" * 300, "李雷", "a b", "\u0000", "a/b"]) | st.text(min_size=1, max_size=30)
CALLS = {
    "POST users": "usernames admin",
    "POST users/{}": "admin",
    "PATCH users/target": "name admin",
    "PUT users/{}/account": "password admin",
    "POST users/target/server": "display_name user_options image size",
    "PATCH users/target/server": "name display_name user_options",
    "PUT users/target/servers/{}": "display_name user_options",
    "POST users/target/servers/{}": "display_name user_options image size",
    "PATCH users/target/servers/{}": "name display_name user_options",
    "DELETE users/target/servers/{}": "remove",
    "POST users/target/tokens": "note expires_in scopes roles auth",
    "POST users/target/activity": "last_activity servers",
    "POST groups": "groups",
    "POST groups/{}": "users properties",
    "POST groups/{}/users": "users",
    "DELETE groups/{}/users": "users",
    "PUT groups/{}/properties": "x",
    "POST shares/target/": "user group scopes",
    "PATCH shares/target/": "user group scopes",
    "POST share-codes/target/": "scopes expires_in",
    "GET users/{}": "",
    "GET groups/{}": "",
}
"""The API's calls that take a name or a body, and the fields of the body."""


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A method, a path and a body, whose fields are the call's own ones with values of any kind."""
    method, path = draw(st.sampled_from(sorted(CALLS))).split()
    fields = st.sampled_from([*CALLS[f"{method} {path}"].split(), "x"])
    return method, path.format(quote(draw(NAMES), safe="")), draw(st.dictionaries(fields, JSON, max_size=3) | JSON)


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Person:
    return Person(stack, "admin", stack.admin_password)


def test_no_body_makes_the_hub_fail(stack: Stack, admin: Person, alice: Person) -> None:
    stack.add_user("target")
    networks = stack.services()["hub"].attrs["NetworkSettings"]["Networks"].values()
    hub = next(f"http://{network['IPAddress']}:8081/hub/api" for network in networks)  # past nginx's limits
    failed: list[str] = []

    @settings(SOME, max_examples=500)
    @given(asked(), st.sampled_from([admin, alice]))
    def ask(call: tuple[str, str, Any], person: Person) -> None:
        method, path, body = call
        answer = person.http.request(method, f"{hub}/{path}", data=json.dumps(body), timeout=30)
        if answer.status_code >= 500:
            failed.append(f"{method} {path} {json.dumps(body)}: {answer.text}")

    ask()
    assert not failed, "\n".join(failed)


PAGES = [
    *(
        "spawn/{}",
        "spawn/{}/{}",
        "spawn-pending/{}",
        "spawn-pending/{}/{}",
        "user/{}/{}",
        "user-redirect/{}",
        "login",
        "home",
    ),
    *("token", "admin", "change-password", "accept-share?code={}", "login?next={}", "spawn/target?{}={}", "error/{}", "{}"),
]
HEADERS = st.sampled_from(["Accept-Language", "Referer", "Accept", "If-None-Match", "Cookie", "Authorization"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60).map(str.strip)


def test_no_address_and_no_header_makes_the_hub_fail(stack: Stack, admin: Person) -> None:
    signed_in, xsrf = admin.browse()
    nobody = stack.session()
    failed: list[str] = []

    @SOME
    @given(
        st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
        st.builds(lambda page, *names: page.format(*(quote(name) for name in names)), st.sampled_from(PAGES), NAMES, NAMES),
        st.dictionaries(HEADERS, VALUES, max_size=2),
        st.dictionaries(st.sampled_from(["image", "size", "username", "password", "x"]), VALUES, max_size=2),
        st.booleans(),
    )
    def ask(method: str, path: str, headers: dict[str, str], form: dict[str, str], known: bool) -> None:
        session = signed_in if known else nobody
        encoded = {name: value.encode("latin-1") for name, value in headers.items()}
        where = f"{stack.url}/hub/{path}"
        body = form | {"_xsrf": xsrf} if method == "POST" else None
        answer = session.request(method, where, headers=encoded, data=body, timeout=30, allow_redirects=False)
        if answer.status_code >= 500:
            failed.append(f"{method} {path} {headers} {form}: {answer.status_code} {answer.text[-300:]}")

    ask()
    assert not failed, "\n".join(failed)
