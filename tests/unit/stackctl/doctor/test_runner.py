"""Running check groups at the same time, and what still runs when something is missing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl.doctor import preflight, runner
from stackctl.doctor.check_groups import CheckGroup
from stackctl.doctor.runner import Run
from stackctl.engine import endpoint
from stackctl.errors import CheckFailedError, Exit, StackError
from stackctl.settings import Settings
from stackctl.stack import Stack
from stackctl.ui.check import Check
from tests.unit.stackctl.conftest import Checkout

NONE = Stack(Path("/nowhere"), Settings.model_construct())


def well(_: Stack) -> Iterator[Check]:
    yield Check("ok", "well")


def refused(_: Stack) -> Iterator[Check]:
    yield Check("ok", "begun")
    raise StackError("refused", "ask again", detail="a line")


def broken(_: Stack) -> Iterator[Check]:
    raise ZeroDivisionError("oops")


def slow(_: Stack) -> Iterator[Check]:
    yield Check("ok", "begun")
    time.sleep(30)


def test_each_group_ends_whatever_its_checks_do() -> None:
    started = time.monotonic()
    groups = [CheckGroup("a", slow, seconds=0.5), CheckGroup("b", broken), CheckGroup("c", refused), CheckGroup("d", well)]
    found = {item.group.title: item.result() for item in [Run(group, NONE) for group in groups]}
    assert time.monotonic() - started < 1
    assert [[item.level for item in checks] for checks in found.values()] == [
        ["ok", "fail"],
        ["fail"],
        ["ok", "fail"],
        ["ok"],
    ]
    assert found["a"][1].message == "Not completed within 0.5 seconds."
    assert found["b"][0].message == "Not completed: ZeroDivisionError: oops"
    assert found["c"][1] == Check("fail", "refused", "ask again", "a line")


def doctor(checkout: Checkout) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """The exit code of `doctor`, and its results by check group."""
    ran = checkout.stackctl("doctor", "--json")
    by_group: dict[str, list[dict[str, str]]] = {}
    for item in json.loads(ran.out):
        by_group.setdefault(item["group"], []).append(item)
    return ran.code, by_group


def test_without_docker_the_checks_that_do_not_need_it_run(checkout: Checkout) -> None:
    code, found = doctor(checkout)
    assert code == Exit.CHECK_FAILED
    assert (found["Docker"][0]["level"], found["Docker"][0]["message"]) == (
        "fail",
        "Docker does not answer on this machine.",
    )
    assert {"Settings", "Memory", "Clock"} <= found.keys()
    assert found["Settings"][0]["level"] == "ok"
    assert "Services" in found["Not checked"][0]["message"]


def test_each_wrong_setting_is_a_failure_and_other_checks_run(checkout: Checkout) -> None:
    checkout.env.write_text("STACK_NMAE=x\nSTACK_HTTP_PORT=0\nSTACK_MEMORY_LIMIT=2G\n")
    code, found = doctor(checkout)
    assert code == Exit.CHECK_FAILED
    assert [item["message"] for item in found["Settings"]] == [
        "STACK_NMAE in .env line 1 is not a setting. Did you mean STACK_NAME?",
        "STACK_MEMORY_LIMIT in .env line 3 is not a setting.",
        "STACK_HTTP_PORT=0 in .env line 2: must be 1 or more.",
    ]
    assert "Memory" in found
    assert "Clock" in found["Not checked"][0]["message"]


def test_each_result_is_a_line_below_its_group(checkout: Checkout) -> None:
    (checkout.root / ".stack").mkdir(mode=0o755)
    ran = checkout.stackctl("doctor")
    lines = ran.out.splitlines()
    at = lines.index("Secrets")
    assert lines[at + 1 : at + 3] == [
        "✗ .stack is secret, but others on this server can read it.",
        "  chmod 700 .stack",
    ]
    counts = [sum(line.startswith(mark) for line in lines) for mark in ("✓", "!", "✗")]
    assert counts[0] > 0 < counts[2]
    warnings = f"{counts[1]} warning{'s' * (counts[1] != 1)}"
    assert ran.err.splitlines()[-1] == f"{counts[0]} passed, {warnings}, {counts[2]} failed"


def test_up_stops_at_the_first_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def bad(_: Stack) -> Iterator[Check]:
        yield Check("warn", "Not so good.", "Fix it.")
        yield Check("fail", "Bad.", "Do it.")

    later = CheckGroup("later", broken, before="start")
    groups = [CheckGroup("on demand", broken), later, CheckGroup("bad", bad, before="docker"), later]
    monkeypatch.setattr(preflight, "CHECK_GROUPS", groups)
    with pytest.raises(CheckFailedError) as caught:
        preflight.check(NONE, before="docker")
    assert (caught.value.message, caught.value.hint) == ("Bad.", "Do it.")
    assert capsys.readouterr().err == "! Not so good. Fix it.\n"


def test_a_docker_that_never_answers_fails(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "DOCKER_SECONDS", 1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "docker.sock"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        monkeypatch.setattr(endpoint, "OWN", (f"unix://{tmp_path}/docker.sock",))
        started = time.monotonic()
        code, found = doctor(checkout)
    assert time.monotonic() - started < 50, "Docker's SDK waits for a minute by itself"
    assert code == Exit.CHECK_FAILED
    assert [item["message"] for item in found["Docker"]] == ["Docker does not answer on this machine."]
    assert "Memory" in found


def test_sign_in_with_gitlab_is_checked(registered: Checkout) -> None:
    _, found = doctor(registered)
    assert "Nobody may sign in: no setting allows anybody to." in [item["message"] for item in found["Sign-in"]]
    registered.application.unlink()
    _, found = doctor(registered)
    assert "This stack is not registered at GitLab." in [item["message"] for item in found["Sign-in"]]


def test_a_state_written_by_a_newer_stackctl_fails(checkout: Checkout) -> None:
    folder = checkout.root / ".stack" / "stackhub"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"version": 99, "stackctl": "9.9"}')
    code, found = doctor(checkout)
    assert code == Exit.CHECK_FAILED
    assert "stackctl 9.9 has written" in found["Settings"][0]["message"]
    assert "Memory" in found
