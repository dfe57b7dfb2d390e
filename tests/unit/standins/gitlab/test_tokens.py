"""/oauth/token, /oauth/token/info and /oauth/revoke."""

from __future__ import annotations

import base64

import pytest
import requests

from tests.standins.gitlab.running import Running
from tests.unit.standins.gitlab.client import CALLBACK, Client


def refused(answer: requests.Response) -> tuple[int, str]:
    """The status of an error and its name; every one has a description."""
    body = answer.json()
    assert body["error_description"]
    assert body["error"] in answer.headers["WWW-Authenticate"]
    return answer.status_code, body["error"]


def test_a_code_becomes_tokens_once(client: Client) -> None:
    code = client.come_back()["code"]
    body = client.exchange(code).json()
    assert {name: body[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "openid read_api",
    }
    assert len(body["access_token"]) == len(body["refresh_token"]) == 64
    assert refused(client.exchange(code)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, (400, "invalid_grant")),
        ({"code_verifier": ""}, (400, "invalid_request")),
        ({"redirect_uri": CALLBACK + "2"}, (400, "invalid_grant")),
        ({"redirect_uri": ""}, (400, "invalid_request")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": ""}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"code": "made-up"}, (400, "invalid_grant")),
        ({"code": ""}, (400, "invalid_request")),
        ({"grant_type": ""}, (400, "invalid_request")),
        ({"grant_type": "token"}, (400, "unsupported_grant_type")),
    ],
)
def test_a_code_is_refused(client: Client, changes: dict[str, str], error: tuple[int, str]) -> None:
    code = client.come_back()["code"]
    assert refused(client.exchange(**{"code": code} | changes)) == error
    assert client.exchange(code).status_code == 200  # and it is not used up


def test_a_verifier_is_wanted_only_where_a_challenge_was_made(client: Client) -> None:
    code = client.come_back(code_challenge="", code_challenge_method="")["code"]
    assert refused(client.exchange(code)) == (400, "invalid_grant")
    assert client.exchange(code, code_verifier="").status_code == 200


def test_a_code_is_good_for_ten_minutes(client: Client, gitlab: Running) -> None:
    first, second = client.come_back()["code"], client.come_back()["code"]
    gitlab.control.advance(595)
    assert client.exchange(first).status_code == 200
    gitlab.control.advance(10)
    assert refused(client.exchange(second)) == (400, "invalid_grant")


def test_another_client_cannot_use_a_code_or_a_refresh_token(client: Client) -> None:
    other = Client(client.gitlab)
    assert refused(other.exchange(client.come_back()["code"])) == (400, "invalid_grant")
    assert refused(other.refresh(client.tokens()["refresh_token"])) == (400, "invalid_grant")


def test_credentials_may_come_in_the_header(client: Client) -> None:
    fields = {"grant_type": "client_credentials", "scope": "read_api"}
    url, pair = f"{client.gitlab.url}/oauth/token", f"{client.uid}:{client.secret}"
    header = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    assert requests.post(url, data=fields, headers=header, timeout=10).json()["scope"] == "read_api"
    header = {"Authorization": "Basic !"}
    assert requests.post(url, data=fields, headers=header, timeout=10).status_code == 401


def test_refreshing_voids_both_old_tokens(client: Client) -> None:
    old = client.tokens()
    new = client.refresh(old["refresh_token"]).json()
    assert (new["scope"], new["expires_in"]) == (old["scope"], 7200)
    assert client.get("/api/v4/user", old["access_token"]).status_code == 401
    assert client.get("/api/v4/groups", new["access_token"]).status_code == 200
    assert refused(client.refresh(old["refresh_token"])) == (400, "invalid_grant")
    assert client.refresh(new["refresh_token"]).status_code == 200


def test_a_refresh_token_outlives_its_access_token(client: Client, gitlab: Running) -> None:
    gitlab.control.settings(token_lifetime=60)
    old = client.tokens()
    gitlab.control.advance(61)
    assert client.get("/api/v4/groups", old["access_token"]).status_code == 401
    assert client.refresh(old["refresh_token"]).json()["expires_in"] == 60


def test_refreshing_can_narrow_scopes_and_not_widen_them(client: Client) -> None:
    value = client.tokens()["refresh_token"]
    assert refused(client.refresh(value, scope="openid email")) == (400, "invalid_scope")
    assert client.refresh(value, scope="read_api").json()["scope"] == "read_api"


def test_refreshing_needs_the_client_s_credentials(client: Client) -> None:
    value = client.tokens()["refresh_token"]
    assert refused(client.refresh(value, client_secret="wrong")) == (401, "invalid_client")
    assert refused(client.refresh(value, client_id="", client_secret="")) == (400, "invalid_grant")
    assert refused(client.refresh("")) == (400, "invalid_request")
    assert client.refresh(value).status_code == 200


def test_a_blocked_person_s_refresh_rotates_and_fails_only_for_the_id_token(client: Client, gitlab: Running) -> None:
    plain, with_openid = client.tokens(scope="read_api"), client.tokens()
    gitlab.control.block("ada")
    assert client.refresh(plain["refresh_token"]).status_code == 200
    assert client.refresh(with_openid["refresh_token"]).status_code == 500
    gitlab.control.unblock("ada")
    assert refused(client.refresh(with_openid["refresh_token"])) == (400, "invalid_grant")


def test_a_deleted_person_s_tokens_are_gone(client: Client, gitlab: Running) -> None:
    tokens = client.tokens()
    gitlab.control.delete_user("ada")
    assert client.get("/api/v4/user", tokens["access_token"]).json() == {"message": "401 Unauthorized"}
    assert refused(client.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_deleted_application_s_tokens_are_gone(client: Client, gitlab: Running) -> None:
    tokens = client.tokens()
    gitlab.control.delete_application(client.uid)
    assert client.get("/api/v4/user", tokens["access_token"]).status_code == 401
    assert refused(client.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert refused(client.exchange("made-up")) == (401, "invalid_client")


def test_a_new_secret_voids_the_old_one_and_no_token(client: Client, gitlab: Running) -> None:
    tokens, previous = client.tokens(), client.secret
    client.secret = gitlab.control.renew_secret(client.uid)
    assert refused(client.refresh(tokens["refresh_token"], client_secret=previous)) == (401, "invalid_client")
    assert client.get("/api/v4/groups", tokens["access_token"]).status_code == 200
    assert client.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": ""}, (401, "invalid_client")),
        ({"scope": "sudo"}, (400, "invalid_scope")),
        ({"scope": ""}, (400, "invalid_scope")),  # means api, which this application lacks
    ],
)
def test_an_application_s_own_token_is_refused(client: Client, changes: dict[str, str], error: tuple[int, str]) -> None:
    assert refused(client.ask(**{"grant_type": "client_credentials", "scope": "read_api"} | changes)) == error


def test_an_application_s_own_token_is_nobody_s(client: Client) -> None:
    body = client.ask(grant_type="client_credentials", scope="read_api").json()
    assert "refresh_token" not in body
    assert client.get("/oauth/token/info", body["access_token"]).json()["resource_owner_id"] is None
    assert client.get("/api/v4/user", body["access_token"]).json() == {"message": "401 Unauthorized"}
    assert client.ask(grant_type="client_credentials", scope="openid").status_code == 500  # whose id_token?


def test_token_info(client: Client, gitlab: Running) -> None:
    value = client.tokens()["access_token"]
    gitlab.control.advance(100)
    body = client.get(f"/oauth/token/info?access_token={value}").json()
    assert body["resource_owner_id"] == gitlab.state.user("ada").id
    assert body["application"] == {"uid": client.uid}
    assert body["scope"] == body["scopes"] == ["openid", "read_api"]
    assert body["expires_in"] == body["expires_in_seconds"] == pytest.approx(7100, abs=5)
    gitlab.control.advance(7200)
    assert refused(client.get("/oauth/token/info", value)) == (400, "invalid_request")
    assert refused(client.get("/oauth/token/info")) == (400, "invalid_request")


def test_revoking_is_for_the_token_s_own_client(client: Client) -> None:
    tokens = client.tokens()
    value = tokens["access_token"]
    stolen = client.post("/oauth/revoke", token=value)
    assert (stolen.status_code, stolen.json()["error"]) == (403, "unauthorized_client")
    other = Client(client.gitlab)
    assert client.post("/oauth/revoke", token=value, client_id=other.uid, client_secret=other.secret).status_code == 403
    assert client.get("/api/v4/groups", value).status_code == 200
    mine = {"client_id": client.uid, "client_secret": client.secret}
    assert client.post("/oauth/revoke", token=tokens["refresh_token"], **mine).json() == {}
    assert client.get("/api/v4/groups", value).status_code == 401
    assert client.post("/oauth/revoke", token=value, **mine).status_code == 200
    assert client.post("/oauth/revoke", token="12345").json() == {}
