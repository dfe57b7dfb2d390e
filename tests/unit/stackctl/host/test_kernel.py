"""The kernel's limit of file watchers, as files of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.host import kernel
from stackctl.stack.up.server import RaiseWatchLimit


@pytest.fixture
def value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kernel, "VALUE", tmp_path / "max_user_instances")
    monkeypatch.setattr(kernel, "FILE", tmp_path / "60-stackhub.conf")
    return kernel.VALUE


def test_a_low_limit_is_raised_once_and_for_good(value: Path) -> None:
    value.write_text("128\n")
    step = RaiseWatchLimit()
    assert step.todo() == [f"raise fs.inotify.max_user_instances from 128 to 8192 ({kernel.FILE})"]
    step.do()
    assert value.read_text() == "8192"
    assert kernel.FILE.read_text().endswith("\nfs.inotify.max_user_instances = 8192\n")
    assert step.todo() == []


@pytest.mark.parametrize("found", ["8192", "1000000", "", None])
def test_any_other_is_left_alone(value: Path, found: str | None) -> None:
    if found is not None:
        value.write_text(found)
    step = RaiseWatchLimit()
    assert step.todo() == []
    step.do()
    assert not kernel.FILE.exists()
