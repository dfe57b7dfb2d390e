"""The note after `pip install`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from singleuser.base.stack_pip import NOTE, NOTE_ZH, installs, note
from tests.support.checkout import ROOT

PYTHON = "/opt/notebook/bin/python3"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ([PYTHON, "-m", "pip", "install", "x"], True),
        ([PYTHON, "/opt/notebook/bin/pip", "install", "--user", "x"], True),
        ([PYTHON, "/opt/notebook/bin/pip3", "--quiet", "install", "x"], True),
        ([PYTHON, "-m", "pip", "install", "--target=lib", "x"], False),
        ([PYTHON, "-m", "pip", "install", "--dry-run", "x"], False),
        ([PYTHON, "-m", "pip", "install", "--help"], False),
        ([PYTHON, "-m", "pip", "show", "install"], False),
        ([PYTHON, "script.py", "install"], False),
        ([PYTHON, "/x/pip/__pip-runner__.py", "install", "setuptools"], False),
        ([PYTHON, "-m", "pip"], False),
        ([PYTHON, "install"], False),
        ([PYTHON], False),
        ([], False),
    ],
)
def test_what_is_an_installation(command: list[str], expected: bool) -> None:
    assert installs(command) is expected


def test_it_speaks_the_persons_language() -> None:
    assert note({}) == note({"LANG": "C.UTF-8"}) == note({"STACK_LANG": "en", "LANG": "zh_CN.UTF-8"}) == NOTE
    assert note({"STACK_LANG": "zh-CN", "LANG": "C.UTF-8"}) == note({"LANG": "zh_CN.UTF-8"}) == NOTE_ZH


def test_the_note_comes_last_and_only_after_an_installation(tmp_path: Path) -> None:
    """As the .pth file calls it: before the program runs, in the same process, and twice."""
    line = (ROOT / "singleuser/base/stack_pip.pth").read_text()

    def ran(*words: str) -> str:
        command = ["python", *words]
        code = f"import sys\nsys.orig_argv = {command!r}\n{line}\n{line}\nprint('pip ends', file=sys.stderr)"
        environ = {"PYTHONPATH": str(ROOT / "singleuser/base")}
        run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
        return run.stderr

    assert ran("-m", "pip", "install", "x") == f"pip ends\n{NOTE}"
    assert ran("-m", "pip", "list") == "pip ends\n"
