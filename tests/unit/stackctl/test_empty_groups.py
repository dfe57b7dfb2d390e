"""Groups that nobody is in."""

from __future__ import annotations

import pytest

from stackctl.checks.groups import check


@pytest.mark.parametrize(("way", "fix"), [("gitlab", "full path"), ("pam", "adduser"), ("local", "stackctl groups add")])
def test_a_group_that_nobody_is_in(way: str, fix: str) -> None:
    entries = [("base", ()), ("lab", ("phisics", "Physics")), ("large", ("empty",))]
    found = list(check(entries, {"physics": ["alice"], "empty": []}, way))
    assert [item.message for item in found] == [
        "lab is for the group phisics, and the hub knows nobody in it.",
        "large is for the group empty, and the hub knows nobody in it.",
    ]
    assert all(item.level == "warn" and fix in item.fix for item in found)
