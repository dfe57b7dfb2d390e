"""Userinfo, id_token and discovery."""

from __future__ import annotations

import jwt
import pytest

from tests.standins.gitlab.running import Running
from tests.unit.standins.gitlab.client import Client

LEVELS = "https://gitlab.org/claims/groups/"


def test_userinfo_names_the_person_and_their_groups(client: Client, gitlab: Running) -> None:
    body = client.get("/oauth/userinfo", client.tokens()["access_token"]).json()
    assert (body["sub"], body["nickname"], body["name"]) == (str(gitlab.state.user("ada").id), "ada", "Ada Lovelace")
    assert body["groups"] == ["data", "data/lab"]  # the second through the first
    assert body[f"{LEVELS}developer"] == ["data"]  # by name only
    assert f"{LEVELS}owner" not in body
    assert body["profile"] == f"{gitlab.url}/ada"


def test_userinfo_follows_what_changes_in_gitlab(client: Client, gitlab: Running) -> None:
    value = client.tokens()["access_token"]
    gitlab.control.rename("ada", "ada.l")
    gitlab.control.remove_member("data", "ada.l")
    gitlab.control.add_member("data/lab", "ada.l", 50)
    body = client.get("/oauth/userinfo", value).json()
    assert (body["nickname"], body["groups"], body[f"{LEVELS}owner"]) == ("ada.l", ["data/lab"], ["data/lab"])


def test_a_freed_name_is_another_person(client: Client, gitlab: Running) -> None:
    first = client.get("/oauth/userinfo", client.tokens()["access_token"]).json()
    gitlab.control.rename("ada", "ada-old")
    gitlab.control.add_user("ada", password="ada-passw0rd")
    gitlab.control.end_sessions()
    second = client.get("/oauth/userinfo", client.tokens()["access_token"]).json()
    assert first["nickname"] == second["nickname"]
    assert first["sub"] != second["sub"]
    assert second["groups"] == []


@pytest.mark.parametrize(
    ("scope", "public", "email", "verified"),
    [
        ("openid email", "", "ada@example.org", True),
        ("openid", "ada@public.example", "ada@public.example", True),
        ("openid", "", None, None),
    ],
)
def test_the_e_mail_address_that_a_client_may_see(
    client: Client, gitlab: Running, scope: str, public: str, email: str | None, verified: bool | None
) -> None:
    gitlab.control.change_user("ada", public_email=public)
    body = client.get("/oauth/userinfo", client.tokens(scope=scope)["access_token"]).json()
    assert (body.get("email"), body.get("email_verified")) == (email, verified)


def test_userinfo_is_refused_with_a_header_and_no_body(client: Client, gitlab: Running) -> None:
    value, without = client.tokens()["access_token"], client.tokens(scope="read_api")["access_token"]
    gitlab.control.settings(token_lifetime=7300)
    revoked = client.tokens()["access_token"]
    client.post("/oauth/revoke", token=revoked, client_id=client.uid, client_secret=client.secret)
    seen = {}
    for name, token in {"unknown": "x", "none": "", "scope": without, "revoked": revoked}.items():
        seen[name] = client.get("/oauth/userinfo", token)
    gitlab.control.advance(7201)
    seen["expired"] = client.get("/oauth/userinfo", value)
    assert {name: (item.status_code, item.text) for name, item in seen.items()} == {
        "unknown": (401, ""),
        "none": (401, ""),
        "scope": (403, ""),
        "revoked": (401, ""),
        "expired": (401, ""),
    }
    texts = {name: item.headers["WWW-Authenticate"].split('error_description="')[1] for name, item in seen.items()}
    assert texts == {
        "unknown": 'The access token is invalid"',
        "none": 'The access token is invalid"',
        "scope": 'Access to this resource requires scope "openid"."',
        "revoked": 'The access token was revoked"',
        "expired": 'The access token expired"',
    }


def test_userinfo_of_somebody_blocked_fails(client: Client, gitlab: Running) -> None:
    value = client.tokens()["access_token"]
    gitlab.control.block("ada")
    page = client.get("/oauth/userinfo", value, Accept="*/*")
    assert (page.status_code, page.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    answer = client.get("/oauth/userinfo", value, Accept="application/json")
    assert (answer.status_code, answer.json()) == (500, {"status": 500, "error": "Internal Server Error"})


def test_an_id_token_can_be_checked_with_what_discovery_says(client: Client, gitlab: Running) -> None:
    found = client.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == gitlab.url
    assert found["token_endpoint"] == f"{gitlab.url}/oauth/token"
    token = client.tokens(nonce="n1")["id_token"]
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, ["RS256"], audience=client.uid, issuer=found["issuer"])
    assert (claims["sub"], claims["nonce"]) == (str(gitlab.state.user("ada").id), "n1")
    assert claims["groups_direct"] == ["data"]
    assert "id_token" not in client.tokens(scope="read_api")
