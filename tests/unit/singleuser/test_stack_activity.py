"""What counts as use of a server that nobody looks at."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from singleuser.base import stack_activity
from singleuser.base.stack_activity import INTERVAL, PAUSE, Processor, Work


def test_work_counts_up_to_the_limit_and_anew_after_a_pause() -> None:
    work = Work(100)
    assert not work.in_use(set(), 0)
    assert work.in_use({"kernel a"}, 0)
    assert work.in_use({"kernel a"}, 50)
    assert work.in_use({"kernel a"}, 99)
    assert not work.in_use({"kernel a"}, 100)
    assert not work.in_use({"kernel a"}, 100 + PAUSE), "a short pause is the same work"
    assert work.in_use({"kernel a", "terminal 1"}, 100 + PAUSE), "each has a limit of its own"
    assert work.in_use({"kernel a"}, 101 + 2 * PAUSE)


def test_what_paused_is_not_in_use_itself() -> None:
    work = Work(100)
    assert work.in_use({"terminal 1"}, 0)
    assert not work.in_use(set(), INTERVAL)


def test_a_limit_of_zero_counts_nothing() -> None:
    assert not Work(0).in_use({"kernel a", "terminal 1", "processes"}, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cpu.stat", "usage_usec {0}000000\nuser_usec 0\n"),
        ("cpuacct/cpuacct.usage", "{0}000000000\n"),
        ("cpu,cpuacct/cpuacct.usage", "{0}000000000\n"),
    ],
)
def test_processes_count_by_their_share_of_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    own = [0.0]
    monkeypatch.setattr("time.process_time", lambda: own[0])
    processor = Processor(tmp_path)

    def busy(now: float, used: int) -> bool:
        (tmp_path / name).write_text(text.format(used))
        return processor.busy(now)

    assert not busy(0, 1000), "nothing to compare with yet"
    assert busy(10, 1002)
    assert not busy(20, 1003), "a tenth is not enough"
    own[0] = 5.0
    assert not busy(30, 1008), "it is the server itself"


def test_without_cgroups_processes_do_not_count(tmp_path: Path) -> None:
    processor = Processor(tmp_path)
    assert not processor.busy(0)
    assert not processor.busy(10)


def server(**terminals: timedelta) -> Any:
    now = datetime.now(timezone.utc)
    named = {name: SimpleNamespace(last_activity=now - ago) for name, ago in terminals.items()}
    return SimpleNamespace(web_app=SimpleNamespace(settings={"terminal_manager": SimpleNamespace(terminals=named)}))


def test_terminals_count_when_they_printed_just_now() -> None:
    printed = server(one=timedelta(seconds=1), two=timedelta(seconds=INTERVAL + 1))
    assert list(stack_activity._terminals(printed)) == ["terminal one"]


def test_a_server_without_terminals_has_none() -> None:
    assert list(stack_activity._terminals(SimpleNamespace(web_app=SimpleNamespace(settings={})))) == []
