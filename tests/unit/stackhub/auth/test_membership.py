"""Who has access: access levels from GitLab's claims, and the rules of the settings."""

from __future__ import annotations

import pytest

from stackhub.auth.membership import CLAIM, Person, Rules, access_levels


def person(username: str = "alice", groups: dict[str, int] | None = None, ident: int = 42) -> Person:
    return Person(ident, username, "Alice", "alice@example.org", groups or {})


def rules(**settings: str) -> Rules:
    defaults = dict.fromkeys(("allowed_groups", "admin_groups", "allowed_users", "admin_users"), "") | {"allow_all": "false"}
    return Rules.parse(**(defaults | settings))


def test_members_of_a_group_without_a_named_role_are_members() -> None:
    assert access_levels({"groups": ["data", "data/lab"]}) == {"data": 10, "data/lab": 10}


def test_a_role_holds_for_all_subgroups() -> None:
    claims = {"groups": ["data", "data/lab", "data/lab/a", "database"], f"{CLAIM}maintainer": ["data"]}
    assert access_levels(claims) == {"data": 40, "data/lab": 40, "data/lab/a": 40, "database": 10}


def test_the_highest_role_counts() -> None:
    claims = {"groups": ["a", "a/b", "a/c"], f"{CLAIM}developer": ["a"], f"{CLAIM}owner": ["a/b"]}
    assert access_levels(claims) == {"a": 30, "a/b": 50, "a/c": 30}


@pytest.mark.parametrize("claims", [{}, {"groups": None}, {"groups": "data"}, {"groups": []}])
def test_no_groups(claims: dict[str, object]) -> None:
    assert access_levels(claims) == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("allow_all", "true"),
        ("allowed_groups", "data/lab"),
        ("allowed_groups", "other, Data/Lab "),
        ("allowed_groups", "data/lab:developer"),
        ("allowed_groups", "data/lab:developer,data/lab:owner"),
        ("admin_groups", "data/lab:developer"),
        ("allowed_users", "bob,ALICE"),
        ("allowed_users", "id:42"),
        ("admin_users", "alice"),
    ],
)
def test_who_has_access(setting: str, value: str) -> None:
    assert rules(**{setting: value}).admits(person("Alice", {"Data/lab": 30}))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("allow_all", "false"),
        ("allowed_groups", ""),
        ("allowed_groups", "data"),
        ("allowed_groups", "lab"),
        ("allowed_groups", "data/lab/a"),
        ("allowed_groups", "data/lab:maintainer"),
        ("admin_groups", "data/lab:owner"),
        ("allowed_users", "bob,alic,alice2"),
        ("allowed_users", "id:4"),
        ("allowed_users", "42"),
    ],
)
def test_who_has_no_access(setting: str, value: str) -> None:
    assert not rules(**{setting: value}).admits(person("Alice", {"data/lab": 30}))


def test_administrators() -> None:
    parsed = rules(allow_all="true", admin_groups="ops:maintainer", admin_users="id:7")
    assert parsed.makes_admin(person(groups={"ops": 40}))
    assert parsed.makes_admin(person(ident=7))
    assert not parsed.makes_admin(person(groups={"ops": 30}))
    assert not parsed.makes_admin(person(groups={"ops/sub": 50}))


@pytest.mark.parametrize(
    ("setting", "value", "nobody"),
    [
        ("allow_all", "false", True),
        ("allowed_users", " , ", True),
        ("allow_all", "true", False),
        ("admin_users", "a", False),
    ],
)
def test_whether_anybody_has_access(setting: str, value: str, nobody: bool) -> None:
    assert rules(**{setting: value}).nobody == nobody
