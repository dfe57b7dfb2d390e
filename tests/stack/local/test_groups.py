"""`stackctl groups …` on the running stack."""

from __future__ import annotations

import json
import re

from tests.support.person import Person
from tests.support.running import Stack


def listed(stack: Stack) -> dict[str, list[str]]:
    """Who is in each group."""
    return {group["name"]: group["users"] for group in json.loads(stack.ctl("groups", "list", "--json").out)}


def test_people_join_and_leave(stack: Stack, alice: Person, bob: Person) -> None:
    assert "In data/lab: alice, bob." in stack.ctl("groups", "add", "data/lab", "ALICE", "bob").err
    assert listed(stack)["data/lab"] == ["alice", "bob"]
    assert "data/lab" in alice.hub("GET").json()["groups"]
    assert "In data/lab: bob." in stack.ctl("groups", "remove", "data/lab", "alice").err
    assert re.search(r"^data/lab +bob *$", stack.ctl("groups", "list").out, re.MULTILINE)
    assert "Removed the group data/lab." in stack.ctl("groups", "remove", "data/lab", "--confirm", "data/lab").err
    assert "data/lab" not in listed(stack)
    assert "data/lab" not in alice.hub("GET").json()["groups"]


def test_a_group_in_other_letters_is_the_same_one(stack: Stack, alice: Person) -> None:
    stack.ctl("groups", "add", "Physics", "alice")
    assert "In Physics: alice." in stack.ctl("groups", "add", "physics", "alice").err
    assert [name for name in listed(stack) if name.lower() == "physics"] == ["Physics"]
    assert "Pass --confirm Physics." in stack.ctl("groups", "remove", "Physics", code=3).err
    assert "Physics" in listed(stack)
    stack.ctl("groups", "remove", "Physics", "--confirm", "Physics")
    assert "Physics" not in listed(stack)


def test_what_cannot_be_a_name_makes_no_group(stack: Stack, alice: Person) -> None:
    for name in ("", ".", "..", "a b", "-"):
        assert "is not a valid group name." in stack.ctl("groups", "add", "--", name, "alice", code=3).err
    assert "-" not in listed(stack)


def test_who_is_not_there_is_answered_with_who_is(stack: Stack, alice: Person) -> None:
    assert "There is no user 'nobody'." in stack.ctl("groups", "add", "lab", "nobody", code=1).err
    assert "There is no group 'nowhere'." in stack.ctl("groups", "remove", "nowhere", code=3).err
