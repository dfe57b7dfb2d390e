"""User names of every kind: each that is taken gets a server and files of its own, every other is refused with the rule."""

from __future__ import annotations

import pytest

from tests.stack.person import Person
from tests.stack.running import Stack

NAMES = {
    "Zoë": "zoë",
    "张伟": "张伟",
    "a.b": "a.b",
    "A_B": "a_b",
    "a-b": "a-b",
    "a--b": "a--b",
    "a+b@example.org": "a+b@example.org",
    "x" * 200: "x" * 200,
    "x" * 199 + "Y": "x" * 199 + "y",
}
"""What is typed, and what it becomes."""

RULE = "A user name has 1 to 200 letters (of any script), digits and . _ - @ +, and starts with a letter or a digit."


@pytest.mark.parametrize("typed", NAMES, ids=lambda name: name[-20:])
def test_a_name_gets_a_working_server_and_volume_of_its_own(stack: Stack, typed: str) -> None:
    name, others = NAMES[typed], stack.volumes()
    person = Person(stack, name, stack.add_user(typed))
    assert person.sign_in(name=typed)[1].status_code == 302
    person.start()
    files = [item["name"] for item in person.server("GET", "api/contents").json()["content"]]
    assert files == ["shared"], "no files of somebody else"
    person.write("mine.txt", name)
    assert person.read("mine.txt") == name
    assert len(stack.volumes() - others) == 1, "one new volume"
    person.stop()


def test_names_outside_the_rule_are_refused_with_it(stack: Stack) -> None:
    before = stack.ctl("users", "list").out
    for name in ("../x", "a/b", "with space", ".hidden", "-x", "x" * 201, "a\nb", "a:b", "..", "", "💥"):
        assert RULE in stack.ctl("users", "add", "--", name, code=1).err, name
    assert stack.ctl("users", "list").out == before


def test_a_name_that_is_there_in_other_letters_is_not_made_twice(stack: Stack, alice: Person) -> None:
    said = stack.ctl("users", "add", "ALICE", code=1)
    assert "is there already" in said.err
    assert alice.sign_in()[1].status_code == 302, "her password is as it was"


def test_two_spellings_of_a_letter_are_one_name(stack: Stack) -> None:
    password = stack.add_user("rene\u0301")
    assert Person(stack, "ren\u00e9", password).sign_in()[1].status_code == 302
    said = stack.ctl("users", "add", "RENÉ", code=1)
    assert "is there already" in said.err
