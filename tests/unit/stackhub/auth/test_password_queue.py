"""Whose password is checked next, and who is sent away."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from stackhub.auth import password_queue
from stackhub.auth.password_queue import PasswordQueue
from stackhub.pages.sign_in_errors import SignInError

ATTACKER, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def queue() -> PasswordQueue:
    return PasswordQueue(ThreadPoolExecutor(1))


def test_a_client_waits_for_one_check_of_another_and_not_for_sixty(queue: PasswordQueue) -> None:
    checked: list[str] = []

    async def scenario() -> None:
        many = [queue.run(ATTACKER, partial(checked.append, "wrong")) for _ in range(60)]
        tasks = [asyncio.ensure_future(one) for one in many]
        await asyncio.sleep(0)
        await queue.run(OTHER, partial(checked.append, "right"))
        place = checked.index("right")
        await asyncio.gather(*tasks)
        assert place <= 2, "the check that runs, and the first of the others"

    asyncio.run(scenario())
    assert len(checked) == 61


def test_one_client_or_all_together_can_be_too_many(queue: PasswordQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_queue, "PER_CLIENT", 2)
    monkeypatch.setattr(password_queue, "IN_ALL", 3)

    async def scenario(*clients: str) -> list[object]:
        answers: list[object] = await asyncio.gather(
            *(queue.run(client, lambda: True) for client in clients), return_exceptions=True
        )
        return answers

    for clients in (
        [ATTACKER] * 3,
        [ATTACKER, OTHER, "192.0.2.3", "192.0.2.4"],
        ["2001:db8::1", "2001:db8::2", "2001:db8::3"],
    ):
        *let_in, refused = asyncio.run(scenario(*clients))
        assert let_in == [True] * len(let_in)
        assert isinstance(refused, SignInError)
        assert (refused.kind, refused.status_code, refused.headers) == ("busy", 429, {"Retry-After": "10"})
    assert asyncio.run(scenario(ATTACKER)) == [True], "those who were answered no longer wait"


def test_a_check_that_fails_ends_nobody_elses(queue: PasswordQueue) -> None:
    async def scenario() -> list[object]:
        checks = [queue.run(ATTACKER, lambda: 1 // 0), queue.run(ATTACKER, lambda: True)]
        answers: list[object] = await asyncio.gather(*checks, return_exceptions=True)
        return answers

    failed, right = asyncio.run(scenario())
    assert isinstance(failed, ZeroDivisionError)
    assert right is True
