"""The REST API: who may ask, and the answers about people and groups."""

from __future__ import annotations

from typing import Any

import gitlab as python_gitlab
import pytest
import requests

from tests.standins.gitlab.running import Running
from tests.unit.standins.gitlab.client import Client

INSUFFICIENT = "The request requires higher privileges than provided by the access token."


def ask(gitlab: Running, path: str, token: str = "", method: str = "GET") -> requests.Response:
    headers = {"PRIVATE-TOKEN": token} if token else {}
    return requests.request(method, f"{gitlab.url}/api/v4/{path}", headers=headers, timeout=10)


def answer(gitlab: Running, path: str, token: str = "") -> tuple[int, Any]:
    got = ask(gitlab, path, token)
    return got.status_code, got.json()


def names(gitlab: Running, path: str, token: str, field: str = "full_path") -> list[str]:
    return [item[field] for item in ask(gitlab, path, token).json()]


def test_a_token_may_come_in_any_place(gitlab: Running) -> None:
    value = gitlab.control.add_token("ada", ["read_user"])
    assert answer(gitlab, "user", value)[1]["username"] == "ada"
    assert answer(gitlab, f"user?private_token={value}")[0] == 200
    bearer = {"Authorization": f"Bearer {value}"}
    assert requests.get(f"{gitlab.url}/api/v4/user", headers=bearer, timeout=10).status_code == 200


def test_no_token_and_a_wrong_one(gitlab: Running) -> None:
    assert answer(gitlab, "user") == (401, {"message": "401 Unauthorized"})
    assert answer(gitlab, "user", "glpat-wrong") == (401, {"message": "401 Unauthorized"})
    assert answer(gitlab, "groups") == (200, [])
    assert answer(gitlab, "groups", "glpat-wrong")[0] == 401
    assert answer(gitlab, "users")[1] == {"message": "403 Forbidden - Not authorized to access /api/v4/users"}
    assert answer(gitlab, "groups/data/members/all")[0] == 401
    assert answer(gitlab, "groups/data") == (404, {"message": "404 Group Not Found"})  # not seen, not there
    assert answer(gitlab, "version")[0] == 401


def test_a_token_that_has_ended(gitlab: Running) -> None:
    revoked, expired = gitlab.control.add_token("ada", ["api"]), gitlab.control.add_token("ada", ["api"], lifetime=-1)
    gitlab.control.revoke_token(revoked)
    assert answer(gitlab, "user", revoked) == (
        401,
        {"error": "invalid_token", "error_description": "Token was revoked. You have to re-authorize from the user."},
    )
    assert answer(gitlab, "user", expired) == (
        401,
        {
            "error": "invalid_token",
            "error_description": "Token is expired. You can either do re-authorization or token refresh.",
        },
    )


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("blocked", "Your account has been blocked."),
        ("banned", "Your account has been blocked."),
        ("blocked_pending_approval", "Your account is pending approval from your administrator and hence blocked."),
        ("deactivated", "Your account has been deactivated by your administrator. Please log back in from a web browser "),
    ],
)
def test_somebody_who_may_not_enter_is_told_why(gitlab: Running, state: str, message: str) -> None:
    value = gitlab.control.add_token("ada", ["api"])
    gitlab.control.change_user("ada", state=state)
    status, body = answer(gitlab, "user", value)
    assert status == 403
    assert body["message"].startswith(f"403 Forbidden - {message}")


@pytest.mark.parametrize(
    ("path", "scope", "wanted"),
    [
        ("user", "read_repository", "read_user api read_api"),
        ("user", "openid", "read_user api read_api"),
        ("groups", "read_user", "ai_workflows api read_api"),
        ("groups/data/members/all", "read_user", "api read_api"),
    ],
)
def test_scopes_are_enforced(gitlab: Running, path: str, scope: str, wanted: str) -> None:
    body = {"error": "insufficient_scope", "error_description": INSUFFICIENT, "scope": wanted}
    assert answer(gitlab, path, gitlab.control.add_token("ada", [scope])) == (403, body)
    assert answer(gitlab, path, gitlab.control.add_token("ada", ["read_api"]))[0] == 200


def test_read_api_does_not_write(gitlab: Running) -> None:
    value = gitlab.control.add_token("root", ["read_api"])
    assert ask(gitlab, "applications", value).status_code == 200
    assert ask(gitlab, "applications", value, "POST").json()["error"] == "insufficient_scope"


def test_admin_mode_wants_its_scope(gitlab: Running) -> None:
    plain, with_mode = (gitlab.control.add_token("root", scopes) for scopes in (["api"], ["api", "admin_mode"]))
    assert answer(gitlab, "applications", plain)[0] == 200
    gitlab.control.settings(admin_mode=True)
    assert answer(gitlab, "applications", plain) == (403, {"message": "403 Forbidden"})
    assert answer(gitlab, "groups/data", plain)[0] == 404
    assert answer(gitlab, "applications", with_mode)[0] == 200
    assert answer(gitlab, "user", plain)[1]["is_admin"] is True


def test_what_a_person_sees_of_themselves_and_of_others(gitlab: Running) -> None:
    ada, root = (gitlab.control.add_token(name, ["read_user"]) for name in ("ada", "root"))
    gitlab.control.change_user("ada", commit_email="ada@users.example")
    own = answer(gitlab, "user", ada)[1]
    assert (own["email"], own["commit_email"]) == ("ada@example.org", "ada@users.example")
    assert "is_admin" not in own
    other = answer(gitlab, f"users/{gitlab.state.user('bob').id}", ada)[1]
    assert (other["username"], other["state"]) == ("bob", "active")
    assert "email" not in other
    assert answer(gitlab, "users?username=BOB", root)[1][0]["email"] == "bob@example.org"
    assert answer(gitlab, "users?username=bo", root)[1] == []
    assert names(gitlab, "users?search=o", ada, "username") == ["bob", "ada", "root"]  # Ada Lovelace; newest first
    assert answer(gitlab, "users/99", ada) == (404, {"message": "404 User Not Found"})
    assert answer(gitlab, "users/x", ada) == (400, {"error": "id is invalid"})


def test_groups_that_one_is_in(gitlab: Running) -> None:
    ada, bob, root = (gitlab.control.add_token(name, ["read_api"]) for name in ("ada", "bob", "root"))
    assert names(gitlab, "groups", ada) == ["data", "data/lab"]
    assert names(gitlab, "groups", bob) == []
    assert names(gitlab, "groups", root) == ["data", "data/lab"]
    assert names(gitlab, "groups?min_access_level=10", root) == []
    assert names(gitlab, "groups?all_available=false", root) == []


def test_a_minimum_level_counts_inherited_membership(gitlab: Running) -> None:
    value = gitlab.control.add_token("ada", ["read_api"])
    gitlab.control.add_group("ops")
    gitlab.control.add_member("ops", "ada", 10)
    assert names(gitlab, "groups?min_access_level=30", value) == ["data", "data/lab"]
    gitlab.control.add_member("data/lab", "ada", 40)
    assert names(gitlab, "groups?min_access_level=40", value) == ["data/lab"]
    assert names(gitlab, "groups?owned=true", value) == []
    assert names(gitlab, "groups?search=LA", value) == ["data/lab"]
    assert names(gitlab, "groups?search=data/l", value) == ["data/lab"]
    assert names(gitlab, "groups?top_level_only=true", value) == ["data", "ops"]


def test_a_group_by_id_or_by_path_encoded_once(gitlab: Running) -> None:
    value = gitlab.control.add_token("ada", ["read_api"])
    lab = answer(gitlab, "groups/data%2Flab", value)[1]
    assert (lab["full_path"], lab["full_name"]) == ("data/lab", "data / lab")
    assert answer(gitlab, f"groups/{lab['id']}", value)[1]["full_path"] == "data/lab"
    assert answer(gitlab, "groups/data%252Flab", value) == (404, {"message": "404 Group Not Found"})
    assert answer(gitlab, "groups/data/lab", value) == (404, {"error": "404 Not Found"})
    assert answer(gitlab, "groups/data", gitlab.control.add_token("bob", ["api"])) == (
        404,
        {"message": "404 Group Not Found"},
    )


def test_members_are_those_of_the_groups_above_too(gitlab: Running) -> None:
    value, bob = gitlab.control.add_token("ada", ["read_api"]), gitlab.state.user("bob")
    gitlab.control.add_member("data/lab", "bob", 20)
    gitlab.control.add_member("data/lab", "ada", 40)
    members = answer(gitlab, "groups/data%2Flab/members/all", value)[1]
    assert [(item["username"], item["access_level"]) for item in members] == [("ada", 40), ("bob", 20)]
    assert names(gitlab, "groups/data%2Flab/members/all?query=bo", value, "username") == ["bob"]
    assert names(gitlab, f"groups/data%2Flab/members/all?user_ids={bob.id}", value, "username") == ["bob"]
    assert answer(gitlab, f"groups/data%2Flab/members/all/{bob.id}", value)[1]["access_level"] == 20
    assert answer(gitlab, f"groups/data/members/all/{bob.id}", value) == (404, {"message": "404 Not found"})


def test_pages_have_their_headers_and_links(gitlab: Running) -> None:
    value = gitlab.control.add_token("ada", ["read_api"])
    for number in range(1, 46):
        gitlab.control.add_group(f"data/group-{number:02}")
    seen = ask(gitlab, "groups?per_page=15&page=2", value)
    assert [
        seen.headers[f"X-{name}"] for name in ("Page", "Next-Page", "Prev-Page", "Per-Page", "Total", "Total-Pages")
    ] == [*("2", "3", "1", "15", "47", "4")]
    assert seen.links["next"]["url"] == f"{gitlab.url}/api/v4/groups?per_page=15&page=3"
    assert set(seen.links) == {"prev", "next", "first", "last"}
    last = ask(gitlab, "groups?page=3", value)
    assert (len(last.json()), last.headers["X-Next-Page"], "next" in last.links) == (7, "", False)
    assert len(ask(gitlab, "groups?per_page=1000", value).json()) == 47
    assert ask(gitlab, "groups?page=x", value).json() == {"error": "page is invalid"}
    library = python_gitlab.Gitlab(gitlab.url, private_token=value)
    assert len({group.full_path for group in library.groups.list(iterator=True)}) == 47


def test_a_token_s_own_description_is_open_to_any_scope(gitlab: Running, client: Client) -> None:
    value = gitlab.control.add_token("ada", ["read_registry"], lifetime=86400)
    body = answer(gitlab, "personal_access_tokens/self", value)[1]
    assert (body["scopes"], body["active"], body["user_id"]) == (["read_registry"], True, gitlab.state.user("ada").id)
    assert len(body["expires_at"]) == len("2026-01-31")
    refused = client.get("/api/v4/personal_access_tokens/self", client.tokens()["access_token"])
    assert refused.json()["message"].endswith("This endpoint requires token type to be a personal access token")
    assert ask(gitlab, "personal_access_tokens/self", value, "DELETE").status_code == 204
    assert answer(gitlab, "user", value)[0] == 401


def test_what_is_not_there(gitlab: Running) -> None:
    assert answer(gitlab, "nothing") == (404, {"error": "404 Not Found"})
    refused = ask(gitlab, "version", method="DELETE")
    assert (refused.status_code, refused.json()) == (405, {"error": "405 Not Allowed"})
    assert "<" in requests.get(f"{gitlab.url}/users/sign_in", timeout=10).text
