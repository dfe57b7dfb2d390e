"""Rechecking access with a stand-in GitLab over real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stackhub.auth import access_recheck
from stackhub.auth.access_recheck import Verdict
from stackhub.auth.gitlab_api import BlockedError
from tests.standins.gitlab.running import running
from tests.unit.stackhub.auth.gitlab_hub import Signed


@pytest.fixture
def alice() -> Iterator[Signed]:
    with running(prefix="/gitlab") as gitlab:
        yield Signed(gitlab)


def verdict(alice: Signed, max_age: float = 0) -> Verdict:
    result: Verdict = asyncio.run(alice.recheck.check(alice.user, max_age))
    return result


def test_a_member_keeps_access_and_changes_are_saved(alice: Signed) -> None:
    alice.gitlab.control.add_group("data/lab")
    alice.gitlab.control.rename("alice", "alicia")
    assert verdict(alice) is Verdict.ALLOWED
    assert alice.user.groups == ["data", "data/lab"]
    assert alice.user.user_info["username"] == "alicia"
    assert alice.user.name == "alice"


def test_a_verdict_is_cached_for_a_while(alice: Signed) -> None:
    assert verdict(alice) is Verdict.ALLOWED
    alice.gitlab.control.clear_requests()
    assert verdict(alice, max_age=60) is Verdict.ALLOWED
    assert alice.gitlab.control.requests() == []


@pytest.mark.parametrize("groups", [1, 40])
def test_a_check_is_two_calls_however_many_groups_there_are(alice: Signed, groups: int) -> None:
    for number in range(groups):
        alice.gitlab.control.add_group(f"data/g{number}")
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.ALLOWED
    assert len(alice.user.groups) == groups + 1
    assert sorted(alice.gitlab.control.requests()) == ["GET /api/v4/user", "GET /oauth/userinfo"]


def test_parallel_checks_ask_gitlab_once(alice: Signed) -> None:
    async def ask() -> list[Verdict]:
        return list(await asyncio.gather(*(alice.recheck.check(alice.user, 0) for _ in range(10))))

    alice.gitlab.control.clear_requests()
    assert set(asyncio.run(ask())) == {Verdict.ALLOWED}
    assert len(alice.gitlab.control.requests()) == 2


def leave(alice: Signed) -> None:
    alice.gitlab.control.remove_member("data", "alice")


def be_blocked(alice: Signed) -> None:
    alice.gitlab.control.block("alice")


@pytest.mark.parametrize("change", [leave, be_blocked])
def test_a_user_without_access_loses_their_server_at_once(alice: Signed, change: Any) -> None:
    change(alice)
    assert verdict(alice) is Verdict.DENIED
    assert alice.user.spawners == {}


def test_a_deleted_account_must_sign_in_and_loses_the_server_after_a_grace_period(
    alice: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.gitlab.control.delete_user("alice")
    asyncio.run(alice.recheck.sweep())
    assert verdict(alice) is Verdict.SIGN_IN
    assert alice.user.spawners
    monkeypatch.setattr(access_recheck, "GRACE", 0)
    asyncio.run(alice.recheck.sweep())
    assert alice.user.spawners == {}


def test_signing_in_ends_the_grace_period(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.gitlab.control.revoke_access_tokens("alice")
    asyncio.run(alice.recheck.sweep())
    assert verdict(alice) is Verdict.SIGN_IN
    monkeypatch.setattr(access_recheck, "GRACE", 0)
    alice.recheck.forget("alice")
    alice.user.auth_state = alice.token().stored()
    asyncio.run(alice.recheck.sweep())
    assert alice.user.spawners
    assert verdict(alice) is Verdict.ALLOWED


def test_a_token_of_a_replaced_application_stops_no_server(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_recheck, "GRACE", 0)
    alice.state.delete_application(alice.application)
    alice.application, alice.authenticator.client_secret = alice.state.add_application("The lab", "x", ["openid"])
    alice.authenticator.client_id = alice.application.uid
    asyncio.run(alice.recheck.sweep())
    assert verdict(alice, max_age=60) is Verdict.EXCUSED
    assert alice.user.spawners


def test_without_an_application_servers_run_for_a_day(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.authenticator.client_id = alice.authenticator.accounts = ""
    asyncio.run(alice.recheck.sweep())
    assert not asyncio.run(alice.authenticator.refresh_user(alice.user))
    assert alice.user.spawners
    monkeypatch.setattr(access_recheck, "EXCUSED_GRACE", 0)
    asyncio.run(alice.recheck.sweep())
    assert alice.user.spawners == {}


def test_every_sweep_checks_everybody_with_a_server(alice: Signed) -> None:
    alice.authenticator.check_interval = 1

    async def sweep_twice() -> None:
        await alice.recheck.sweep()
        await asyncio.sleep(0.5)
        await alice.recheck.sweep()

    alice.gitlab.control.clear_requests()
    asyncio.run(sweep_twice())
    assert alice.gitlab.control.requests().count("GET /api/v4/user") == 2


@pytest.mark.parametrize("kind", ["error", "html", "rate_limited", "closed"])
def test_nobody_loses_access_while_gitlab_is_unavailable(alice: Signed, kind: str) -> None:
    alice.gitlab.control.fault(kind, retry_after=1)
    assert verdict(alice) is Verdict.UNKNOWN
    assert asyncio.run(alice.authenticator.refresh_user(alice.user))
    assert alice.user.spawners
    alice.gitlab.control.clear_faults()
    alice.recheck._not_before.clear()
    assert verdict(alice) is Verdict.ALLOWED


def test_nobody_loses_access_when_the_application_is_deleted(alice: Signed) -> None:
    alice.state.delete_application(alice.application)
    assert verdict(alice) is Verdict.UNKNOWN


def test_retry_after_is_respected(alice: Signed) -> None:
    alice.gitlab.control.fault("rate_limited", times=1, retry_after=60)
    assert verdict(alice) is Verdict.UNKNOWN
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.UNKNOWN
    assert alice.gitlab.control.requests() == []


def test_a_rate_limit_on_one_user_does_not_delay_checks_of_others(alice: Signed) -> None:
    bob = alice.add("bob")
    alice.gitlab.control.fault("rate_limited", times=2, retry_after=3600)
    assert verdict(alice) is Verdict.UNKNOWN
    assert asyncio.run(alice.recheck.check(bob, 0)) is Verdict.ALLOWED
    assert alice.recheck._not_before["alice"] <= time.monotonic() + access_recheck.MAX_PAUSE


@pytest.mark.parametrize(
    ("state", "expected"),
    [("blocked", Verdict.DENIED), ("deactivated", Verdict.DENIED), ("password_expired", Verdict.EXCUSED)],
)
def test_why_gitlab_denies_access(alice: Signed, monkeypatch: pytest.MonkeyPatch, state: str, expected: Verdict) -> None:
    """The messages are from GitLab's lib/gitlab/auth/user_access_denied_reason.rb."""
    words = {
        "blocked": "Your account has been blocked.",
        "deactivated": "Your account has been deactivated by your administrator. Please log back in from a web browser",
        "password_expired": "Your password expired. Please access GitLab from a web browser to update your password.",
    }

    async def person(_: object) -> None:
        raise BlockedError(words[state])

    monkeypatch.setattr(alice.authenticator.gitlab, "person", person)
    assert verdict(alice) is expected


def test_an_account_of_another_gitlab_is_not_checked_here(alice: Signed) -> None:
    alice.authenticator.accounts = "gitlab.example.com"
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.DENIED
    assert alice.gitlab.control.requests() == [], "their token goes to nobody else"


def test_a_page_does_not_wait_long_for_a_slow_gitlab(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_recheck, "PAGE_TIMEOUT", 0.05)
    alice.gitlab.control.fault("slow", seconds=0.5)
    leave(alice)

    async def ask() -> tuple[Verdict, float, Verdict]:
        begun = time.monotonic()
        first = await alice.recheck.check(alice.user, 0)
        waited = time.monotonic() - begun
        await alice.recheck._running["alice"]
        return first, waited, await alice.recheck.check(alice.user, 60)

    first, waited, later = asyncio.run(ask())
    assert (first, later) == (Verdict.UNKNOWN, Verdict.DENIED)
    assert waited < 0.4


def test_an_expired_token_is_renewed_and_the_new_one_saved(alice: Signed) -> None:
    before = alice.user.auth_state
    alice.gitlab.control.advance(7300)
    assert verdict(alice) is Verdict.ALLOWED
    assert alice.user.auth_state
    assert alice.user.auth_state != before
    assert verdict(alice) is Verdict.ALLOWED


def test_a_token_that_expires_soon_is_renewed(alice: Signed) -> None:
    nearly = alice.user.auth_state = alice.token(lifetime=60).stored()
    assert verdict(alice) is Verdict.ALLOWED
    assert alice.user.auth_state["access_token"] != nearly["access_token"]


def test_after_a_used_refresh_token_one_must_sign_in(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    old = dict(alice.user.auth_state or {})
    assert verdict(alice) is Verdict.ALLOWED
    alice.user.auth_state = old
    alice.gitlab.control.advance(7300)
    assert verdict(alice) is Verdict.SIGN_IN


def test_after_a_lost_renewal_one_must_sign_in_and_keeps_the_server_meanwhile(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    alice.gitlab.control.fault("lost", prefix="/oauth/token", times=1)
    assert verdict(alice) is Verdict.UNKNOWN
    asyncio.run(alice.recheck.sweep())
    alice.recheck._last.clear()
    asyncio.run(alice.recheck.sweep())
    assert verdict(alice, max_age=60) is Verdict.SIGN_IN
    assert alice.user.spawners


def test_a_sign_in_during_a_check_is_not_overwritten(alice: Signed) -> None:
    fresh = alice.token().stored()

    async def ask() -> None:
        alice.gitlab.control.fault("slow", prefix="/gitlab/oauth/token", seconds=1)
        asking = asyncio.ensure_future(alice.recheck.check(alice.user, 0))
        await asyncio.sleep(0.5)
        alice.recheck.forget("alice")
        alice.user.auth_state = fresh
        await asking

    alice.user.auth_state = alice.token(lifetime=60).stored()
    alice.gitlab.control.advance(100)
    asyncio.run(ask())
    assert alice.user.auth_state == fresh


def test_a_user_of_another_authenticator_has_no_access(alice: Signed) -> None:
    alice.user.user_info = {}
    assert verdict(alice) is Verdict.DENIED


def test_administrators_follow_the_groups() -> None:
    with running() as gitlab:
        alice = Signed(gitlab, allowed_groups="", admin_groups="data:maintainer")
        assert verdict(alice) is Verdict.DENIED  # a developer, and nothing else lets her in
        gitlab.control.add_member("data", "alice", 40)
        assert verdict(alice) is Verdict.ALLOWED
        assert alice.user.admin
        alice.authenticator.rules = type(alice.authenticator.rules).parse("true", "", "", "", "")
        assert verdict(alice) is Verdict.ALLOWED
        assert not alice.user.admin


def test_the_token_for_git_is_valid(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    token = asyncio.run(alice.recheck.token(alice.user))
    stored = alice.state.find_access_token(token.access_token)
    assert stored
    assert alice.state.is_good(stored)
    leave(alice)
    alice.recheck.forget("alice")
    assert asyncio.run(alice.recheck.token(alice.user)) is None
