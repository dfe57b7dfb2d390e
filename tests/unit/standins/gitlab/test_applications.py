"""Applications over the API: an administrator's and one's own."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.standins.gitlab.running import Running
from tests.unit.standins.gitlab.client import CALLBACK

NEW = {"name": "hub", "redirect_uri": CALLBACK, "scopes": "openid read_api"}


class Caller:
    """Somebody with a token of the scope api."""

    def __init__(self, gitlab: Running, username: str) -> None:
        self.url = f"{gitlab.url}/api/v4/"
        self.headers = {"PRIVATE-TOKEN": gitlab.control.add_token(username, ["api"])}

    def call(self, method: str, path: str, **fields: Any) -> requests.Response:
        return requests.request(method, self.url + path, json=fields or None, headers=self.headers, timeout=10)

    def answer(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        got = self.call(method, path, **fields)
        return got.status_code, got.json() if got.text else None


@pytest.fixture
def root(gitlab: Running) -> Caller:
    return Caller(gitlab, "root")


@pytest.fixture
def ada(gitlab: Running) -> Caller:
    return Caller(gitlab, "ada")


def works(gitlab: Running, uid: str, secret: str) -> bool:
    """Whether these are an application's credentials: a code that nobody made is refused otherwise than they are."""
    fields = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK}
    credentials = {"client_id": uid, "client_secret": secret}
    answer = requests.post(f"{gitlab.url}/oauth/token", data=fields | credentials, timeout=10)
    return {"invalid_grant": True, "invalid_client": False}[answer.json()["error"]]


def test_an_administrator_makes_lists_and_deletes(root: Caller, gitlab: Running) -> None:
    status, made = root.answer("POST", "applications", **NEW)
    assert status == 201
    assert (made["application_name"], made["callback_url"], made["confidential"]) == ("hub", CALLBACK, True)
    assert works(gitlab, made["application_id"], made["secret"])
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert root.answer("GET", "applications") == (200, [shown])
    assert root.answer("DELETE", f"applications/{made['id']}") == (204, None)
    assert root.answer("GET", "applications") == (200, [])
    assert not works(gitlab, made["application_id"], made["secret"])


def test_a_form_is_taken_as_json_is(root: Caller) -> None:
    made = requests.post(root.url + "applications", data=NEW | {"confidential": "false"}, headers=root.headers, timeout=10)
    assert made.json()["confidential"] is False


def test_the_number_is_meant_and_not_the_long_id(root: Caller) -> None:
    made = root.answer("POST", "applications", **NEW)[1]
    assert root.answer("DELETE", f"applications/{made['application_id']}") == (400, {"error": "id is invalid"})
    assert root.answer("DELETE", "applications/99") == (404, {"message": "404 Application Not Found"})


def test_a_secret_is_renewed_since_16_11(root: Caller, gitlab: Running) -> None:
    made = root.answer("POST", "applications", **NEW)[1]
    gitlab.control.settings(version="16.10.9-ee")
    assert root.answer("POST", f"applications/{made['id']}/renew-secret") == (404, {"error": "404 Not Found"})
    gitlab.control.settings(version="16.11.0-ee")
    status, renewed = root.answer("POST", f"applications/{made['id']}/renew-secret")
    assert (status, renewed["application_id"]) == (201, made["application_id"])
    assert not works(gitlab, made["application_id"], made["secret"])
    assert works(gitlab, made["application_id"], renewed["secret"])


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"name": None}, {"error": "name is missing"}),
        ({"name": None, "scopes": None}, {"error": "name is missing, scopes is missing"}),
        ({"scopes": ""}, {"error": "scopes is empty"}),
        ({"scopes": "openid everything"}, {"message": {"scopes": ["doesn't match those configured on the server."]}}),
        ({"redirect_uri": "hub.example.org"}, {"message": {"redirect_uri": ["must be an absolute URI."]}}),
        ({"redirect_uri": "https://a.example/#x"}, {"message": {"redirect_uri": ["cannot contain a fragment."]}}),
        ({"redirect_uri": "javascript:alert(1)"}, {"message": {"redirect_uri": ["is forbidden by the server."]}}),
        ({"redirect_uri": ""}, {"message": {"redirect_uri": ["can't be blank"]}}),
        ({"name": " "}, {"message": {"name": ["can't be blank"]}}),
    ],
)
def test_bad_input_is_named(root: Caller, gitlab: Running, changes: dict[str, str | None], body: dict[str, Any]) -> None:
    assert root.answer("POST", "applications", **(NEW | changes)) == (400, body)
    assert gitlab.control.applications() == []


def test_nobody_else_touches_the_instance_s_applications(root: Caller, ada: Caller) -> None:
    number = root.answer("POST", "applications", **NEW)[1]["id"]
    refused = (403, {"message": "403 Forbidden"})
    assert ada.answer("GET", "applications") == refused
    assert ada.answer("POST", "applications", **NEW) == refused
    assert ada.answer("DELETE", f"applications/{number}") == refused
    assert ada.answer("POST", f"applications/{number}/renew-secret") == refused
    assert ada.answer("GET", f"user/applications/{number}") == refused
    assert requests.get(root.url + "applications", timeout=10).json() == {"message": "401 Unauthorized"}


def test_one_s_own_applications(root: Caller, ada: Caller, gitlab: Running) -> None:
    status, made = ada.answer("POST", "user/applications", **NEW)
    assert status == 201
    assert works(gitlab, made["application_id"], made["secret"])
    path = f"user/applications/{made['id']}"
    assert [item["id"] for item in ada.answer("GET", "user/applications")[1]] == [made["id"]]
    assert root.answer("GET", "applications") == (200, [])
    assert root.answer("DELETE", f"applications/{made['id']}")[0] == 404
    changed = ada.answer("PUT", path, name="lab", scopes="openid", redirect_uri="https://other.example/")[1]
    assert (changed["application_name"], changed["callback_url"]) == ("lab", CALLBACK)  # not declared, not changed
    assert gitlab.control.applications()[0]["scopes"] == ["openid"]
    assert ada.answer("PUT", path, scopes="nothing")[0] == 400
    assert Caller(gitlab, "bob").answer("DELETE", path) == (403, {"message": "403 Forbidden"})
    assert ada.answer("DELETE", path) == (204, None)
    assert ada.answer("GET", path) == (404, {"message": "404 Application Not Found"})


def test_one_s_own_applications_came_with_19_0(ada: Caller, gitlab: Running) -> None:
    gitlab.control.settings(version="18.11.2")
    for method, path in [("GET", ""), ("POST", ""), ("GET", "/1"), ("PUT", "/1"), ("DELETE", "/1")]:
        assert ada.answer(method, f"user/applications{path}", **NEW) == (404, {"error": "404 Not Found"})


def test_an_application_goes_with_its_owner(ada: Caller, gitlab: Running) -> None:
    ada.answer("POST", "user/applications", **NEW)
    assert gitlab.control.applications()[0]["owner"] == "ada"
    gitlab.control.delete_user("ada")
    assert gitlab.control.applications() == []
