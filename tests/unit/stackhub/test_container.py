"""What is made of Docker's answers about a container, and of its silence."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, NotFound

from stackhub import container
from stackhub.container import ContainerSpawner

GONE, ENDED, RUNS = 404, {"Running": False, "ExitCode": 137, "Error": "", "FinishedAt": "now"}, {"Running": True}


def refusal(status: int) -> APIError:
    """What the SDK raises for an answer with an error."""
    answer = requests.Response()
    answer.status_code = status
    return (NotFound if status == GONE else APIError)(f"{status}", response=answer)


class Spawner(ContainerSpawner):
    """The real one, with a Docker that answers each call with the next of `answers`, and what it was asked."""

    answers: dict[str, list[Any]]
    asked: list[str]

    def docker(self, method: str, *_: Any, **__: Any) -> Any:
        return self.answer(method)

    async def answer(self, method: str) -> Any:
        self.asked = [*self.asked, method]
        answer = self.answers[method].pop(0) if self.answers.get(method) else b""
        if isinstance(answer, Exception):
            raise answer
        return {"Id": "known", "State": answer} if isinstance(answer, dict) else answer


@pytest.fixture
def spawner(monkeypatch: pytest.MonkeyPatch) -> Spawner:
    """One whose container is known."""
    monkeypatch.setattr(container, "STOP_AGAIN", 0)
    made = Spawner(user=SimpleNamespace(name="alice"), remove=True, object_name="alice")
    made.object_id, made.asked = "known", []
    return made


@pytest.mark.parametrize("silence", [refusal(500), requests.ConnectionError("refused"), TimeoutError()])
def test_silence_is_no_death(spawner: Spawner, silence: Exception) -> None:
    spawner.answers = {"inspect_container": [silence]}
    assert asyncio.run(spawner.poll()) is None
    assert spawner.object_id == "known"


def test_nothing_was_made_when_docker_was_silent_from_the_start(spawner: Spawner) -> None:
    spawner.object_id = ""
    spawner.answers = {"inspect_container": [requests.ConnectionError("refused")]}
    assert asyncio.run(spawner.poll()) == 0


@pytest.mark.parametrize(("answer", "status"), [(refusal(GONE), 0), (RUNS, None)])
def test_what_docker_says_counts(spawner: Spawner, answer: Any, status: int | None) -> None:
    spawner.answers = {"inspect_container": [answer]}
    assert asyncio.run(spawner.poll()) == status


def test_one_that_has_ended_is_dead_but_still_to_be_stopped_and_its_last_words_are_kept(
    spawner: Spawner, caplog: pytest.LogCaptureFixture
) -> None:
    spawner.answers = {"inspect_container": [ENDED, ENDED], "logs": [b"out of memory"]}
    assert "ExitCode=137" in asyncio.run(spawner.poll())
    spawner._stop_pending = True
    spawner.log.addHandler(caplog.handler)
    assert asyncio.run(spawner.poll()) is None
    assert "out of memory" in caplog.text


def test_a_stop_ends_when_the_container_is_gone(spawner: Spawner) -> None:
    spawner.answers = {"stop": [requests.ConnectionError("refused"), b"", b""], "remove_container": [refusal(500)]}
    asyncio.run(spawner.stop())
    assert spawner.asked == ["stop", "stop", "remove_container", "stop", "remove_container"]
    assert spawner.object_id == ""


def test_a_container_that_is_being_removed_is_waited_for(spawner: Spawner) -> None:
    spawner.answers = {"remove_container": [refusal(409)], "wait": [refusal(GONE)]}
    asyncio.run(spawner.remove_object())
    assert spawner.asked == ["remove_container", "wait"]
