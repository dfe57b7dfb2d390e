"""The callback from GitLab: the person, their name in the hub, and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from stackhub.auth.gitlab import GitLabAuthenticator
from stackhub.auth.membership import Person, Rules
from stackhub.pages.sign_in_errors import SignInError
from tests.standins.gitlab.running import running
from tests.standins.gitlab.visitor import Visitor
from tests.unit.stackhub.auth.gitlab_hub import CALLBACK, FakeUser, Signed

VERIFIER = "a" * 43
CHALLENGE = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"
"""base64url of VERIFIER's SHA-256: https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""


@pytest.fixture
def alice() -> Iterator[Signed]:
    with running() as gitlab:
        signed = Signed(gitlab)
        signed.state.user("alice").password = "wonderland"
        yield signed


def come_back(alice: Signed) -> dict[str, Any]:
    """Authorize on GitLab's page and pass the code to the authenticator."""
    query = f"client_id={alice.application.uid}&redirect_uri={CALLBACK}&response_type=code&scope=openid+read_user"
    query += f"&code_challenge={CHALLENGE}&code_challenge_method=S256"
    back = Visitor(alice.gitlab.url).authorize(f"{alice.gitlab.url}/oauth/authorize?{query}", "alice", "wonderland")
    return finish(alice.authenticator, back.partition("code=")[2].partition("&")[0])


def finish(authenticator: GitLabAuthenticator, code: str) -> dict[str, Any]:
    """Authenticate with a code. In the real hub the other parameters come from a cookie."""
    parameters = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "data": None}
    authenticator.build_access_tokens_request_params = lambda *_: parameters  # type: ignore[method-assign]
    return asyncio.run(authenticator.authenticate(None))


def test_what_is_saved_about_a_user(alice: Signed) -> None:
    model = come_back(alice)
    assert (model["name"], model["admin"], model["groups"]) == ("alice", False, ["data"])
    owner = f"{alice.person.id}#gitlab.example.org"
    email = "alice@example.org"
    assert model["user_info"] == {"owner": owner, "username": "alice", "name": "Alice Liddell", "email": email}
    assert alice.state.find_access_token(model["auth_state"]["access_token"])


@pytest.mark.parametrize(("kind", "retry_after"), [("error", None), ("html", None), ("rate_limited", "60")])
def test_an_unavailable_gitlab_is_reported_as_such(alice: Signed, kind: str, retry_after: str | None) -> None:
    alice.gitlab.control.fault(kind, prefix="/api/v4/user")
    with pytest.raises(SignInError) as caught:
        come_back(alice)
    assert (caught.value.kind, caught.value.status_code) == ("unavailable", 503)
    assert caught.value.headers.get("Retry-After") == retry_after


def test_a_person_without_access_gets_no_name(alice: Signed) -> None:
    alice.gitlab.control.remove_member("data", "alice")
    with pytest.raises(SignInError) as caught:
        come_back(alice)
    assert (caught.value.kind, caught.value.facts) == ("not-allowed", {"username": "alice"})
    assert alice.authenticator._names == {f"{alice.person.id}#gitlab.example.org": "alice"}, "of the fixture"


def test_without_any_rule_nobody_can_sign_in_and_the_page_says_so(alice: Signed) -> None:
    alice.authenticator.rules = Rules.parse("false", "", "", "", "")
    assert alice.authenticator.trouble == "nobody"
    with pytest.raises(SignInError) as caught:
        come_back(alice)
    assert caught.value.kind == "nobody"


def test_a_wrong_secret_is_reported_as_an_error_of_the_application(alice: Signed) -> None:
    alice.authenticator.client_secret = "wrong"
    with pytest.raises(SignInError) as caught:
        come_back(alice)
    assert caught.value.kind == "application"


def test_an_unknown_code_has_expired(alice: Signed) -> None:
    with pytest.raises(SignInError) as caught:
        finish(alice.authenticator, "x")
    assert caught.value.kind == "expired"


def test_a_blocked_account_gets_gitlabs_reason(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = alice.authenticator.gitlab.token

    async def blocked_in_between(parameters: dict[str, str]) -> Any:
        token = await exchange(parameters)
        alice.state.user("alice").state = "blocked"
        return token

    monkeypatch.setattr(alice.authenticator.gitlab, "token", blocked_in_between)
    with pytest.raises(SignInError) as caught:
        come_back(alice)
    assert (caught.value.kind, caught.value.facts) == ("blocked", {"reason": "Your account has been blocked."})


def named(alice: Signed, ident: int, username: str) -> str:
    return alice.authenticator.hub_name(Person(ident, username, username, "", {}))


def test_the_hub_name_stays_after_a_rename_in_gitlab(alice: Signed) -> None:
    assert named(alice, alice.person.id, "alicia") == "alice"


def test_a_reused_gitlab_name_gets_a_new_hub_name(alice: Signed) -> None:
    assert named(alice, 77, "Alice") == "alice-77"
    assert named(alice, 77, "alice") == "alice-77"
    assert named(alice, 78, "bob") == "bob"


def test_a_user_of_another_authenticator_keeps_their_name(alice: Signed) -> None:
    FakeUser(alice.hub, "admin", {}, None)
    FakeUser(alice.hub, "admin-79", {}, None)
    assert named(alice, 79, "admin") == "admin-79-"


def test_the_same_number_in_another_gitlab_is_a_different_user(alice: Signed) -> None:
    alice.authenticator.accounts = "gitlab.example.com"
    assert named(alice, alice.person.id, "alice") == f"alice-{alice.person.id}"


def test_long_names_stay_different(alice: Signed) -> None:
    first, second = named(alice, 80, "x" * 255), named(alice, 81, "x" * 254 + "y")
    assert (first, second) == ("x" * 200, "x" * 200 + "-81")
