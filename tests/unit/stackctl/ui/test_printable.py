"""Text of others on the operator's terminal: names, labels, log lines."""

from __future__ import annotations

import json

import pytest

from stackctl.errors import StackError
from stackctl.ui import console
from stackctl.ui.check import Check

EVIL = "a\x1b]0;owned\x07\x9b31m\u202eb\r李"


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> pytest.CaptureFixture[str]:
    for name, options in {"talk": {"stderr": True}, "data": {}}.items():
        made = console.Printable(highlight=False, soft_wrap=True, emoji=False, **options)  # type: ignore[arg-type]
        monkeypatch.setattr(console, name, made)
    return capsys


def test_it_can_only_show_something(printed: pytest.CaptureFixture[str]) -> None:
    console.say(EVIL)
    console.fail(StackError(EVIL, EVIL, detail=EVIL))
    console.show_table(["NAME"], [[EVIL]])
    console.show_groups({EVIL: [["", EVIL, "", ""]]})
    console.show_checks([Check("warn", EVIL, EVIL, detail=EVIL)])
    out, err = printed.readouterr()
    everything = out + err
    assert not set(everything) & set("\x1b\x07\x9b\u202e\r")
    assert everything.count(r"a\x1b]0;owned") == 10


def test_json_stays_what_it_was(printed: pytest.CaptureFixture[str]) -> None:
    console.show_json({"name": EVIL})
    out = printed.readouterr().out
    assert not set(out) & set("\x1b\x07\x9b\u202e\r")
    assert "李" in out
    assert json.loads(out) == {"name": EVIL}
