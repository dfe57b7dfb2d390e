"""Groups without members."""

from __future__ import annotations

import pytest

from stackctl.doctor.checks.stack.groups import check


@pytest.mark.parametrize(("auth", "fix"), [("gitlab", "full path"), ("pam", "adduser"), ("local", "stackctl groups add")])
def test_a_group_without_members_is_a_warning(auth: str, fix: str) -> None:
    entries = [("base", ()), ("lab", ("phisics", "Physics")), ("large", ("empty",))]
    found = list(check(entries, {"physics": ["alice"], "empty": []}, auth))
    assert [item.message for item in found] == [
        "Only the group phisics may use lab, but the hub knows no member of it.",
        "Only the group empty may use large, but the hub knows no member of it.",
    ]
    assert all(item.level == "warn" and fix in item.fix for item in found)
