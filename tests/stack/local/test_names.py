"""User names of every kind: each that is taken gets a server and files of its own, every other is refused with the rule."""

from __future__ import annotations

import json

import pytest

from tests.support.person import Person
from tests.support.running import Stack

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

RULE = "User names have 1 to 200 letters (of any script), digits and . _ - @ +, and start with a letter or digit."


# that volumes differ where names nearly do not, tests/unit/stackhub/test_names.py shows
OFTEN = ["Zoë", "x" * 199 + "Y"]
EACH = [name if name in OFTEN else pytest.param(name, marks=pytest.mark.full) for name in NAMES]


@pytest.mark.parametrize("typed", EACH, ids=lambda name: name[-20:])
def test_a_name_gets_a_working_server_and_volume_of_its_own(stack: Stack, typed: str) -> None:
    name, others = NAMES[typed], stack.volumes()
    person = Person(stack, name, stack.add_user(typed))
    assert person.sign_in(name=typed)[1].status_code == 302
    person.start()
    files = {item["name"] for item in person.server("GET", "api/contents").json()["content"]}
    assert files == {".home", "shared"}, "no files of somebody else"
    person.write("mine.txt", name)
    assert person.read("mine.txt") == name
    assert len(stack.volumes() - others) == 1, "one new volume"
    person.stop()


def account_names(stack: Stack) -> list[str]:
    return [user["name"] for user in json.loads(stack.ctl("users", "list", "--json").out)]


def test_names_outside_the_rule_are_refused_with_it(stack: Stack) -> None:
    before = account_names(stack)
    for name in ("../x", "-x", "x" * 201, "a\nb"):  # as typed in a shell; of the rule the unit tests have more
        assert RULE in stack.ctl("users", "add", "--", name, code=1).err, name
    assert account_names(stack) == before


def test_a_name_that_is_there_in_other_letters_is_not_made_twice(stack: Stack, alice: Person) -> None:
    output = stack.ctl("users", "add", "ALICE", code=1)
    assert "already exists" in output.err
    assert alice.sign_in()[1].status_code == 302, "her password is as it was"


def test_two_spellings_of_a_letter_are_one_name(stack: Stack) -> None:
    password = stack.add_user("rene\u0301")
    assert Person(stack, "ren\u00e9", password).sign_in()[1].status_code == 302
    output = stack.ctl("users", "add", "RENÉ", code=1)
    assert "already exists" in output.err
