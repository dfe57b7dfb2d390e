"""One command at a time changes a stack: what the lock says, and what happens when its holder is killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from stackctl.checkout import lock
from stackctl.errors import CheckFailedError, Exit, LockedError
from stackctl.ui import times
from tests.support.checkout import ROOT

HOLD = """
import sys
from pathlib import Path
from stackctl.checkout import lock
with lock.held(Path(sys.argv[1]), 'stackctl up'):
"""
SAY_AND_WAIT = "    print('held', flush=True); input()"
WITH_CHILD = """
    import subprocess
    child = subprocess.Popen(['sh', '-c', 'trap exit TERM; echo $$; while :; do sleep 0.1; done'], close_fds={})
    input()
"""

OWNER = 1234


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".stack" / "team"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that hold a lock. What a test leaves of them is killed."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def other(started: list[subprocess.Popen[str]], folder: Path, script: str = SAY_AND_WAIT) -> subprocess.Popen[str]:
    """Another process that has the lock by now, until it reads a line."""
    command = [sys.executable, "-c", HOLD + script, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SUDO_USER": "alice"}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started.append(process)
    return process


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def take(folder: Path) -> None:
    with lock.held(folder, "stackctl down"):
        assert json.loads((folder / "lock").read_text())["command"] == "stackctl down"


def test_the_first_lock_creates_a_folder_for_its_owner_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(folder)
    take(folder)
    modes = [path.stat().st_mode & 0o777 for path in (folder.parent, folder, folder / "lock")]
    assert modes == [0o700, 0o700, 0o600]
    assert (folder / "lock").read_text() == ""
    assert capsys.readouterr().err == ""


def test_the_error_says_who_holds_the_lock_since_when_and_for_what(
    folder: Path, started: list[subprocess.Popen[str]]
) -> None:
    holder = other(started, folder)
    assert line(holder) == "held"
    with pytest.raises(LockedError) as caught:
        take(folder)
    since = json.loads((folder / "lock").read_text())["since"]
    assert caught.value.message == f"Another command is running: `stackctl up` (alice, since {times.local(since)})."
    assert caught.value.hint == f"Run this again when it has ended. See: ps -fp {holder.pid}"
    assert caught.value.code == Exit.LOCKED
    holder.communicate("\n", timeout=10)
    take(folder)


def test_the_lock_of_a_killed_command_is_noticed_and_acquired(
    folder: Path, started: list[subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    holder = other(started, folder)
    line(holder)
    since = json.loads((folder / "lock").read_text())["since"]
    holder.kill()
    holder.wait()
    take(folder)
    message = f"! `stackctl up` (alice, since {times.local(since)}) was interrupted. Run it again to finish it.\n"
    assert capsys.readouterr().err == message
    take(folder)
    assert capsys.readouterr().err == ""


def test_a_compose_that_outlives_its_stackctl_holds_the_lock(folder: Path, started: list[subprocess.Popen[str]]) -> None:
    holder = other(started, folder, WITH_CHILD.format(False))
    child = int(line(holder))
    holder.kill()
    holder.wait()
    try:
        with pytest.raises(LockedError, match=r"was interrupted, but the `docker compose` it started is still running\.$"):
            take(folder)
    finally:
        os.kill(child, signal.SIGKILL)
    subprocess.run(["flock", folder / "lock", "true"], timeout=10, check=True)  # this one waits
    take(folder)


def test_no_other_child_process_holds_the_lock(folder: Path, started: list[subprocess.Popen[str]]) -> None:
    holder = other(started, folder, WITH_CHILD.format(True))
    child = int(line(holder))
    holder.kill()
    holder.wait()
    try:
        take(folder)
    finally:
        os.kill(child, signal.SIGKILL)


def test_first_commands_at_the_same_time_share_the_folder(folder: Path) -> None:
    script = "import sys; from pathlib import Path; from stackctl.checkout import files\n"
    script += "input(); files.make_folder(Path(sys.argv[1]))"
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT, stdin=subprocess.PIPE) for _ in range(4)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.wait(timeout=20) for process in processes] == [0] * 4
    assert folder.is_dir()


def test_a_lock_with_an_unknown_holder(folder: Path, started: list[subprocess.Popen[str]]) -> None:
    line(other(started, folder))
    (folder / "lock").write_text("")
    with pytest.raises(LockedError, match=r"^Another command is running\.$"):
        take(folder)


def test_on_a_full_disk_images_can_still_be_pruned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    take(folder)
    monkeypatch.setattr(os, "pwrite", full)
    with lock.held(folder, "stackctl images prune"):
        assert (folder / "lock").read_text() == ""


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EROFS, "stackctl keeps the stack's state there: move the checkout to a writable file system."),
        (errno.EACCES, "Use the account that owns the checkout, or sudo."),
        (errno.ENOSPC, "Free some space there. What uses it: df -h, docker system df"),
    ],
)
def test_a_folder_that_cannot_be_written_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CheckFailedError) as caught:
        take(folder)
    assert caught.value.message == f"{folder} cannot be written: {os.strerror(number)}."
    assert caught.value.hint == hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_root_and_the_owner_of_the_checkout_share_the_lock() -> None:
    with tempfile.TemporaryDirectory() as checkout:
        os.chown(checkout, OWNER, OWNER)
        folder = Path(checkout, ".stack", "team")
        take(folder)
        with lock.held(folder, "stackctl up"):
            assert as_owner(folder) == Exit.LOCKED
        assert as_owner(folder) == Exit.DONE
        take(folder)


def as_owner(folder: Path) -> int:
    """What comes of the same in a process of the checkout's owner."""
    child = os.fork()
    if child == 0:
        try:
            os.setuid(OWNER)
            take(folder)
            os._exit(Exit.DONE)
        except LockedError as error:
            os._exit(error.code)
        finally:
            os._exit(Exit.FAILED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_the_last_holder_is_visible_without_acquiring_the_lock(tmp_path: Path) -> None:
    assert lock.last(tmp_path) is None
    with lock.held(tmp_path, "stackctl up"):
        seen = lock.last(tmp_path)
        assert seen is not None
        assert (seen[0].command, seen[1]) == ("stackctl up", True)
    assert lock.last(tmp_path) is None


@pytest.mark.parametrize("pid", [2**22 + 1, os.getpid()], ids=["nobody has it", "another has it"])
def test_a_holder_from_before_a_reboot_does_not_run(tmp_path: Path, pid: int) -> None:
    """Though another process may have its number."""
    gone = lock.Holder("root", pid, "stackctl up", "2026-01-31T09:00:00Z")
    (tmp_path / lock.NAME).write_text(json.dumps(asdict(gone)))
    assert lock.last(tmp_path) == (gone, False)
