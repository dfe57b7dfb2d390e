"""How the spawner handles Docker's answers and errors about a container."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, NotFound

from stackhub.spawn import container
from stackhub.spawn.container import ContainerSpawner

GONE, ENDED, RUNS = 404, {"Running": False, "ExitCode": 137, "Error": "", "FinishedAt": "now"}, {"Running": True}


def refusal(status: int) -> APIError:
    """The SDK's exception for an error status."""
    answer = requests.Response()
    answer.status_code = status
    return (NotFound if status == GONE else APIError)(f"{status}", response=answer)


class Spawner(ContainerSpawner):
    """The real spawner with a Docker that gives `answers` in turn and records the calls in `asked`."""

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
    """A spawner whose container exists."""
    monkeypatch.setattr(container, "STOP_RETRY_PAUSE", 0)
    made = Spawner(user=SimpleNamespace(name="alice"), remove=True, object_name="alice")
    made.object_id, made.asked = "known", []
    return made


@pytest.mark.parametrize("silence", [refusal(500), requests.ConnectionError("refused"), TimeoutError()])
def test_an_unavailable_docker_does_not_end_a_server(spawner: Spawner, silence: Exception) -> None:
    spawner.answers = {"inspect_container": [silence]}
    assert asyncio.run(spawner.poll()) is None
    assert spawner.object_id == "known"


def test_no_server_exists_if_docker_never_answered(spawner: Spawner) -> None:
    spawner.object_id = ""
    spawner.answers = {"inspect_container": [requests.ConnectionError("refused")]}
    assert asyncio.run(spawner.poll()) == 0


@pytest.mark.parametrize(("answer", "status"), [(refusal(GONE), 0), (RUNS, None)])
def test_dockers_answer_is_the_status(spawner: Spawner, answer: Any, status: int | None) -> None:
    spawner.answers = {"inspect_container": [answer]}
    assert asyncio.run(spawner.poll()) == status


def test_an_ended_container_counts_as_running_during_a_stop_and_its_log_is_kept(
    spawner: Spawner, caplog: pytest.LogCaptureFixture
) -> None:
    spawner.answers = {"inspect_container": [ENDED, ENDED], "logs": [b"out of memory"]}
    assert "ExitCode=137" in asyncio.run(spawner.poll())
    spawner._stop_pending = True
    spawner.log.addHandler(caplog.handler)
    assert asyncio.run(spawner.poll()) is None
    assert "out of memory" in caplog.text


def test_a_stop_that_removes_nothing_waits_between_attempts_and_ends(
    spawner: Spawner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "STOP_RETRY_PAUSE", 0.05)
    monkeypatch.setattr(container, "STOP_SECONDS", 0.2)
    spawner.remove = False
    spawner.answers = {"stop": [b""] * 100}
    with pytest.raises(TimeoutError, match=r"Could not stop .*: it is still there"):
        asyncio.run(spawner.stop())
    assert 2 < len(spawner.asked) < 8


def test_a_stop_ends_when_the_container_is_gone(spawner: Spawner) -> None:
    spawner.answers = {"stop": [requests.ConnectionError("refused"), b"", b""], "remove_container": [refusal(500)]}
    asyncio.run(spawner.stop())
    assert spawner.asked == ["stop", "stop", "remove_container", "stop", "remove_container"]
    assert spawner.object_id == ""


def test_removing_waits_for_a_removal_in_progress(spawner: Spawner) -> None:
    spawner.answers = {"remove_container": [refusal(409)], "wait": [refusal(GONE)]}
    asyncio.run(spawner.remove_object())
    assert spawner.asked == ["remove_container", "wait"]
