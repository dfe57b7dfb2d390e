"""`stackctl groups …` on the running stack."""

from __future__ import annotations

import json

from tests.stack.person import Person
from tests.stack.running import Stack


def test_people_join_and_leave(stack: Stack, alice: Person, bob: Person) -> None:
    assert "In data/lab: alice, bob." in stack.ctl("groups", "add", "data/lab", "ALICE", "bob").err
    assert json.loads(stack.ctl("groups", "list", "--json").out) == [{"name": "data/lab", "users": ["alice", "bob"]}]
    assert alice.hub("GET").json()["groups"] == ["data/lab"]
    assert "In data/lab: bob." in stack.ctl("groups", "remove", "data/lab", "alice").err
    assert "data/lab  bob" in stack.ctl("groups", "list").out
    assert "The group data/lab is removed." in stack.ctl("groups", "remove", "data/lab").err
    assert json.loads(stack.ctl("groups", "list", "--json").out) == []
    assert alice.hub("GET").json()["groups"] == []


def test_who_is_not_there_is_answered_with_who_is(stack: Stack, alice: Person) -> None:
    assert "There is no user 'nobody'." in stack.ctl("groups", "add", "lab", "nobody", code=1).err
    assert "There is no group 'lab'." in stack.ctl("groups", "remove", "lab", code=3).err
