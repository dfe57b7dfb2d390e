"""Looking at topics side by side, and what is still looked at when something is missing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl import doctor, preflight
from stackctl.checks import Check
from stackctl.doctor import Topic, run
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


def test_each_topic_ends_whatever_becomes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SECONDS", 0.5)
    begun = time.monotonic()
    found = dict(
        run([Topic("a", slow), Topic("b", mistaken), Topic("c", refused), Topic("d", well), Topic("e", slow)], NONE)
    )
    assert time.monotonic() - begun < 1
    assert [[item.level for item in checks] for checks in found.values()] == [
        ["ok", "fail"],
        ["fail"],
        ["ok", "fail"],
        ["ok"],
        ["ok", "fail"],
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
        "STACK_HTTP_PORT=0 in .env line 2: must be greater than or equal to 1.",
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
