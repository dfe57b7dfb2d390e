"""One stand-in for each test, with some people, groups and an application in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.gitlab.running import Running, running
from tests.standins.gitlab.state import State
from tests.unit.standins.gitlab.client import Client


@pytest.fixture
def gitlab() -> Iterator[Running]:
    """ada is a developer of data, and so of data/lab; bob is in no group."""
    with running(example()) as started:
        yield started


def example() -> State:
    state = State()
    ada = state.add_user("ada", name="Ada Lovelace", password="ada-passw0rd")
    state.add_user("bob", password="bob-passw0rd")
    state.memberships[state.add_group("data").id, ada.id] = 30
    state.add_group("data/lab")
    return state


@pytest.fixture
def client(gitlab: Running) -> Client:
    """An OAuth client whose application is registered."""
    return Client(gitlab)
