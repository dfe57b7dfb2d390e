"""Whether somebody may still be here, as a GitLab over real HTTP says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stackhub import gitlab_checks
from stackhub.gitlab_api import BlockedError
from stackhub.gitlab_checks import Verdict
from tests.standins.gitlab.running import running
from tests.unit.stackhub.gitlab_hub import Signed


@pytest.fixture
def alice() -> Iterator[Signed]:
    with running(prefix="/gitlab") as gitlab:
        yield Signed(gitlab)


def verdict(alice: Signed, max_age: float = 0) -> Verdict:
    found: Verdict = asyncio.run(alice.checks.check(alice.user, max_age))
    return found


def test_a_member_may_stay_and_what_changed_is_stored(alice: Signed) -> None:
    alice.gitlab.control.add_group("data/lab")
    alice.gitlab.control.rename("alice", "alicia")
    assert verdict(alice) is Verdict.ADMITTED
    assert alice.user.groups == ["data", "data/lab"]
    assert alice.user.user_info["username"] == "alicia"
    assert alice.user.name == "alice"


def test_an_answer_is_good_for_a_while(alice: Signed) -> None:
    assert verdict(alice) is Verdict.ADMITTED
    alice.gitlab.control.clear_requests()
    assert verdict(alice, max_age=60) is Verdict.ADMITTED
    assert alice.gitlab.control.requests() == []


@pytest.mark.parametrize("groups", [1, 40])
def test_a_check_is_two_calls_however_many_groups_there_are(alice: Signed, groups: int) -> None:
    for number in range(groups):
        alice.gitlab.control.add_group(f"data/g{number}")
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.ADMITTED
    assert len(alice.user.groups) == groups + 1
    assert sorted(alice.gitlab.control.requests()) == ["GET /api/v4/user", "GET /oauth/userinfo"]


def test_many_questions_at_once_are_asked_once(alice: Signed) -> None:
    async def ask() -> list[Verdict]:
        return list(await asyncio.gather(*(alice.checks.check(alice.user, 0) for _ in range(10))))

    alice.gitlab.control.clear_requests()
    assert set(asyncio.run(ask())) == {Verdict.ADMITTED}
    assert len(alice.gitlab.control.requests()) == 2


def leave(alice: Signed) -> None:
    alice.gitlab.control.remove_member("data", "alice")


def be_blocked(alice: Signed) -> None:
    alice.gitlab.control.block("alice")


@pytest.mark.parametrize("change", [leave, be_blocked])
def test_who_may_not_be_here_any_more_loses_the_server_at_once(alice: Signed, change: Any) -> None:
    change(alice)
    assert verdict(alice) is Verdict.OUT
    assert alice.user.spawners == {}


def test_a_deleted_account_must_sign_in_and_loses_the_server_after_a_grace(
    alice: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.gitlab.control.delete_user("alice")
    asyncio.run(alice.checks.sweep())
    assert verdict(alice) is Verdict.SIGN_IN
    assert alice.user.spawners
    monkeypatch.setattr(gitlab_checks, "GRACE", 0)
    asyncio.run(alice.checks.sweep())
    assert alice.user.spawners == {}


def test_signing_in_ends_the_grace(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.gitlab.control.revoke_access_tokens("alice")
    asyncio.run(alice.checks.sweep())
    assert verdict(alice) is Verdict.SIGN_IN
    monkeypatch.setattr(gitlab_checks, "GRACE", 0)
    alice.checks.forget("alice")
    alice.user.auth_state = alice.token().stored()
    asyncio.run(alice.checks.sweep())
    assert alice.user.spawners
    assert verdict(alice) is Verdict.ADMITTED


def test_a_token_of_an_application_that_was_replaced_stops_nothing(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab_checks, "GRACE", 0)
    alice.state.delete_application(alice.application)
    alice.application, alice.authenticator.client_secret = alice.state.add_application("The lab", "x", ["openid"])
    alice.authenticator.client_id = alice.application.uid
    asyncio.run(alice.checks.sweep())
    assert verdict(alice, max_age=60) is Verdict.EXCUSED
    assert alice.user.spawners


def test_a_removed_application_ends_pages_and_leaves_servers_a_day(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.authenticator.client_id = alice.authenticator.accounts = ""
    asyncio.run(alice.checks.sweep())
    assert not asyncio.run(alice.authenticator.refresh_user(alice.user))
    assert alice.user.spawners
    monkeypatch.setattr(gitlab_checks, "EXCUSED_GRACE", 0)
    asyncio.run(alice.checks.sweep())
    assert alice.user.spawners == {}


def test_every_sweep_looks_at_who_is_here(alice: Signed) -> None:
    alice.authenticator.check_interval = 1

    async def sweep_twice() -> None:
        await alice.checks.sweep()
        await asyncio.sleep(0.5)
        await alice.checks.sweep()

    alice.gitlab.control.clear_requests()
    asyncio.run(sweep_twice())
    assert alice.gitlab.control.requests().count("GET /api/v4/user") == 2


@pytest.mark.parametrize("kind", ["error", "html", "rate_limited", "closed"])
def test_a_gitlab_that_does_not_answer_turns_nobody_away(alice: Signed, kind: str) -> None:
    alice.gitlab.control.fault(kind, retry_after=1)
    assert verdict(alice) is Verdict.UNKNOWN
    assert asyncio.run(alice.authenticator.refresh_user(alice.user))
    assert alice.user.spawners
    alice.gitlab.control.clear_faults()
    alice.checks._not_before.clear()
    assert verdict(alice) is Verdict.ADMITTED


def test_a_deleted_application_turns_nobody_away(alice: Signed) -> None:
    alice.state.delete_application(alice.application)
    assert verdict(alice) is Verdict.UNKNOWN


def test_retry_after_is_kept(alice: Signed) -> None:
    alice.gitlab.control.fault("rate_limited", times=1, retry_after=60)
    assert verdict(alice) is Verdict.UNKNOWN
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.UNKNOWN
    assert alice.gitlab.control.requests() == []


def test_one_who_asks_too_often_does_not_keep_others_from_being_looked_at(alice: Signed) -> None:
    bob = alice.add("bob")
    alice.gitlab.control.fault("rate_limited", times=2, retry_after=3600)
    assert verdict(alice) is Verdict.UNKNOWN
    assert asyncio.run(alice.checks.check(bob, 0)) is Verdict.ADMITTED
    assert alice.checks._not_before["alice"] <= time.monotonic() + gitlab_checks.LONGEST_PAUSE


@pytest.mark.parametrize(
    ("state", "expected"), [("blocked", Verdict.OUT), ("deactivated", Verdict.OUT), ("password_expired", Verdict.EXCUSED)]
)
def test_why_gitlab_keeps_somebody_out(
    alice: Signed, monkeypatch: pytest.MonkeyPatch, state: str, expected: Verdict
) -> None:
    """The words are those of GitLab's lib/gitlab/auth/user_access_denied_reason.rb."""
    words = {
        "blocked": "Your account has been blocked.",
        "deactivated": "Your account has been deactivated by your administrator. Please log back in from a web browser",
        "password_expired": "Your password expired. Please access GitLab from a web browser to update your password.",
    }

    async def person(_: object) -> None:
        raise BlockedError(words[state])

    monkeypatch.setattr(alice.authenticator.gitlab, "person", person)
    assert verdict(alice) is expected


def test_an_account_of_another_gitlab_is_not_asked_about_here(alice: Signed) -> None:
    alice.authenticator.accounts = "gitlab.example.com"
    alice.gitlab.control.clear_requests()
    assert verdict(alice) is Verdict.OUT
    assert alice.gitlab.control.requests() == [], "their token goes to nobody else"


def test_a_page_does_not_wait_long_for_a_slow_gitlab(alice: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab_checks, "PATIENCE", 0.05)
    alice.gitlab.control.fault("slow", seconds=0.5)
    leave(alice)

    async def ask() -> tuple[Verdict, float, Verdict]:
        begun = time.monotonic()
        first = await alice.checks.check(alice.user, 0)
        waited = time.monotonic() - begun
        await alice.checks._asked["alice"]
        return first, waited, await alice.checks.check(alice.user, 60)

    first, waited, later = asyncio.run(ask())
    assert (first, later) == (Verdict.UNKNOWN, Verdict.OUT)
    assert waited < 0.4


def test_an_ended_token_is_renewed_and_the_new_one_stored(alice: Signed) -> None:
    before = alice.user.auth_state
    alice.gitlab.control.advance(7300)
    assert verdict(alice) is Verdict.ADMITTED
    assert alice.user.auth_state
    assert alice.user.auth_state != before
    assert verdict(alice) is Verdict.ADMITTED


def test_a_token_near_its_end_is_renewed(alice: Signed) -> None:
    nearly = alice.user.auth_state = alice.token(lifetime=60).stored()
    assert verdict(alice) is Verdict.ADMITTED
    assert alice.user.auth_state["access_token"] != nearly["access_token"]


def test_a_refresh_token_that_was_used_before_means_signing_in(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    old = dict(alice.user.auth_state or {})
    assert verdict(alice) is Verdict.ADMITTED
    alice.user.auth_state = old
    alice.gitlab.control.advance(7300)
    assert verdict(alice) is Verdict.SIGN_IN


def test_a_new_token_whose_answer_was_lost_means_signing_in_and_the_server_waits_for_it(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    alice.gitlab.control.fault("lost", prefix="/oauth/token", times=1)
    assert verdict(alice) is Verdict.UNKNOWN
    asyncio.run(alice.checks.sweep())
    alice.checks._last.clear()
    asyncio.run(alice.checks.sweep())
    assert verdict(alice, max_age=60) is Verdict.SIGN_IN
    assert alice.user.spawners


def test_a_sign_in_during_a_check_is_not_overwritten(alice: Signed) -> None:
    fresh = alice.token().stored()

    async def ask() -> None:
        alice.gitlab.control.fault("slow", prefix="/gitlab/oauth/token", seconds=1)
        asking = asyncio.ensure_future(alice.checks.check(alice.user, 0))
        await asyncio.sleep(0.5)
        alice.checks.forget("alice")
        alice.user.auth_state = fresh
        await asking

    alice.user.auth_state = alice.token(lifetime=60).stored()
    alice.gitlab.control.advance(100)
    asyncio.run(ask())
    assert alice.user.auth_state == fresh


def test_who_came_another_way_may_not_stay(alice: Signed) -> None:
    alice.user.user_info = {}
    assert verdict(alice) is Verdict.OUT


def test_an_administrator_is_made_and_unmade() -> None:
    with running() as gitlab:
        alice = Signed(gitlab, allowed_groups="", admin_groups="data:maintainer")
        assert verdict(alice) is Verdict.OUT  # a developer, and nothing else lets her in
        gitlab.control.add_member("data", "alice", 40)
        assert verdict(alice) is Verdict.ADMITTED
        assert alice.user.admin
        alice.authenticator.rules = type(alice.authenticator.rules).parse("true", "", "", "", "")
        assert verdict(alice) is Verdict.ADMITTED
        assert not alice.user.admin


def test_a_token_for_git_is_one_that_gitlab_takes(alice: Signed) -> None:
    alice.gitlab.control.advance(7300)
    token = asyncio.run(alice.checks.token(alice.user))
    found = alice.state.find_access_token(token.access_token)
    assert found
    assert alice.state.is_good(found)
    leave(alice)
    alice.checks.forget("alice")
    assert asyncio.run(alice.checks.token(alice.user)) is None
