"""Looking at topics side by side, and what is still looked at when something is missing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl import doctor, preflight
from stackctl.checks import Check
from stackctl.doctor import Looking, Topic
from stackctl.errors import CheckFailedError, Exit, StackError
from stackctl.settings import Settings
from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout

NONE = Stack(Path("/nowhere"), Settings.model_construct())


def well(_: Stack) -> Iterator[Check]:
    yield Check("ok", "well")


def refused(_: Stack) -> Iterator[Check]:
    yield Check("ok", "begun")
    raise StackError("refused", "ask again", detail="a line")


def mistaken(_: Stack) -> Iterator[Check]:
    raise ZeroDivisionError("oops")


def slow(_: Stack) -> Iterator[Check]:
    yield Check("ok", "begun")
    time.sleep(30)


def test_each_topic_ends_whatever_becomes_of_it() -> None:
    begun = time.monotonic()
    topics = [Topic("a", slow, seconds=0.5), Topic("b", mistaken), Topic("c", refused), Topic("d", well)]
    found = {item.topic.title: item.result() for item in [Looking(topic, NONE) for topic in topics]}
    assert time.monotonic() - begun < 1
    assert [[item.level for item in checks] for checks in found.values()] == [
        ["ok", "fail"],
        ["fail"],
        ["ok", "fail"],
        ["ok"],
    ]
    assert found["a"][1].message == "The rest is not known after 0.5 seconds."
    assert found["b"][0].message == "Not checked to the end: ZeroDivisionError: oops"
    assert found["c"][1] == Check("fail", "refused", "ask again", "a line")


def topics(checkout: Checkout) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """How doctor ends here, and what it finds."""
    ran = checkout.stackctl("doctor", "--json")
    by_topic: dict[str, list[dict[str, str]]] = {}
    for item in json.loads(ran.out):
        by_topic.setdefault(item["topic"], []).append(item)
    return ran.code, by_topic


def test_without_docker_what_does_not_need_it_is_looked_at(checkout: Checkout) -> None:
    code, found = topics(checkout)
    assert code == Exit.CHECK_FAILED
    assert (found["Docker"][0]["level"], found["Docker"][0]["message"]) == (
        "fail",
        "Docker does not answer on this machine.",
    )
    assert {"Settings", "Memory", "Clock"} <= found.keys()
    assert found["Settings"][0]["level"] == "ok"
    assert "Services" in found["Not looked at"][0]["message"]


def test_wrong_settings_are_a_line_each_and_the_rest_is_looked_at(checkout: Checkout) -> None:
    checkout.env.write_text("STACK_NMAE=x\nSTACK_HTTP_PORT=0\nSTACK_MEMORY_LIMIT=2G\n")
    code, found = topics(checkout)
    assert code == Exit.CHECK_FAILED
    assert [item["message"] for item in found["Settings"]] == [
        "STACK_NMAE in .env line 1 is not a setting. Did you mean STACK_NAME?",
        "STACK_MEMORY_LIMIT in .env line 3 is not a setting any more: CPUs and memory stand in singleuser/sizes.yaml.",
        "STACK_HTTP_PORT=0 in .env line 2: must be 1 or more.",
    ]
    assert "Memory" in found
    assert "Clock" in found["Not looked at"][0]["message"]


def test_for_a_person_each_finding_is_a_line_below_its_topic(checkout: Checkout) -> None:
    (checkout.root / ".stack").mkdir(mode=0o755)
    lines = checkout.stackctl("doctor").out.splitlines()
    at = lines.index("Secrets")
    assert lines[at + 1 : at + 3] == ["✗ .stack is secret, and others on this server can read it.", "  chmod 700 .stack"]


def test_up_stops_at_the_first_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def bad(_: Stack) -> Iterator[Check]:
        yield Check("warn", "Not so good.", "Mend it.")
        yield Check("fail", "Bad.", "Do it.")

    later = Topic("later", mistaken, before="start")
    monkeypatch.setattr(
        preflight, "TOPICS", [Topic("on demand", mistaken), later, Topic("bad", bad, before="docker"), later]
    )
    with pytest.raises(CheckFailedError) as caught:
        preflight.check(NONE, before="docker")
    assert (caught.value.message, caught.value.hint) == ("Bad.", "Do it.")
    assert capsys.readouterr().err == "! Not so good. Mend it.\n"


def test_a_docker_that_never_answers(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DOCKER_SECONDS", 1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "docker.sock"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        begun = time.monotonic()
        code, found = topics(checkout)
    assert time.monotonic() - begun < 15
    assert code == Exit.CHECK_FAILED
    assert [item["message"] for item in found["Docker"]] == ["Docker does not answer on this machine."]
    assert "Memory" in found


def test_sign_in_with_gitlab_is_looked_at(registered: Checkout) -> None:
    _, found = topics(registered)
    assert "Nobody may enter: no setting lets anybody in." in [item["message"] for item in found["Sign-in"]]
    registered.application.unlink()
    _, found = topics(registered)
    assert "This stack is not registered at GitLab." in [item["message"] for item in found["Sign-in"]]


def test_a_state_that_a_newer_stackctl_has_written(checkout: Checkout) -> None:
    folder = checkout.root / ".stack" / "stackhub"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"version": 99, "stackctl": "9.9"}')
    code, found = topics(checkout)
    assert code == Exit.CHECK_FAILED
    assert "was written by stackctl 9.9" in found["Settings"][0]["message"]
    assert "Memory" in found
