"""Files that are replaced atomically; anything but regular files is left alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from stackctl.checkout import files
from stackctl.errors import CheckFailedError


@pytest.fixture(params=["pipe", "socket", "folder"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / str(request.param)
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        monkeypatch.chdir(tmp_path)  # its address may have 108 characters
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    else:
        path.mkdir()
    return path


def test_only_regular_files_are_replaced(no_file: Path) -> None:
    before = no_file.stat()
    with pytest.raises(CheckFailedError) as caught:
        files.replace(no_file, "text")
    assert caught.value.message == f"{no_file} is not a regular file."
    assert caught.value.hint == f"See what it is: ls -lL {no_file}"
    assert no_file.stat() == before
    assert [path.name for path in no_file.parent.iterdir()] == [no_file.name]


def test_a_links_target_is_checked_before_any_change(no_file: Path) -> None:
    link = no_file.parent / ".env"
    link.symlink_to(no_file)
    with pytest.raises(CheckFailedError, match=r"^\.env is not a regular file\.$"):
        files.must_be_changeable(link, ".env")


def test_only_regular_files_are_read(no_file: Path) -> None:
    with pytest.raises(OSError, match=r"it is not a regular file|Is a directory"):
        files.read(no_file)
