""".env, edited in place: one value changes and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackctl import settings
from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import change, dotenv
from tests.support.checkout import ROOT
from tests.support.dotenv_table import ALIKE, REFUSED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "STACK_AUTH=gitlab\n"),
        ("STACK_NAME=team", "STACK_NAME=team\nSTACK_AUTH=gitlab\n"),
        ("STACK_AUTH=local\nSTACK_NAME=team\n", "STACK_AUTH=gitlab\nSTACK_NAME=team\n"),
        ("STACK_AUTH=\n", "STACK_AUTH=gitlab\n"),
        ("STACK_AUTH=local", "STACK_AUTH=gitlab"),
        ("  export STACK_AUTH = 'local'  # ours\n", "  export STACK_AUTH = gitlab  # ours\n"),
        ('\n\nSTACK_AUTH="local"\t# ours\n\n# end\n', "\n\nSTACK_AUTH=gitlab\t# ours\n\n# end\n"),
        ("STACK_AUTH=local # STACK_AUTH=x\n", "STACK_AUTH=gitlab # STACK_AUTH=x\n"),
        (
            "# STACK_AUTH=local\nSTACK_AUTH=local\n# STACK_AUTH=local\n",
            "# STACK_AUTH=local\nSTACK_AUTH=gitlab\n# STACK_AUTH=local\n",
        ),
        ("STACK_AUTH=a\nSTACK_AUTH=b\n", "STACK_AUTH=a\nSTACK_AUTH=gitlab\n"),
        ("# How.\n# STACK_AUTH=local\n\n# Where.\n", "# How.\nSTACK_AUTH=gitlab\n\n# Where.\n"),
        ("# STACK_AUTH=github\n\n# Where.\n", "# STACK_AUTH=github\nSTACK_AUTH=gitlab\n\n# Where.\n"),
        ("#STACK_AUTH=google", "#STACK_AUTH=google\nSTACK_AUTH=gitlab\n"),
        ("#STACK_AUTH=local", "STACK_AUTH=gitlab\n"),
        ("MY_STACK_AUTH=x\n# MY_STACK_AUTH=x\n", "MY_STACK_AUTH=x\n# MY_STACK_AUTH=x\nSTACK_AUTH=gitlab\n"),
        ("STACK_TITLE='STACK_AUTH=local'\n", "STACK_TITLE='STACK_AUTH=local'\nSTACK_AUTH=gitlab\n"),
        ("\ufeffSTACK_NAME=a\r\nSTACK_AUTH=local\r\n", "\ufeffSTACK_NAME=a\r\nSTACK_AUTH=gitlab\r\n"),
        (
            "\ufeff# STACK_AUTH=local\r\nSTACK_NAME=a\r\n",
            "\ufeffSTACK_AUTH=gitlab\r\nSTACK_NAME=a\r\n",
        ),
        ("STACK_NAME=a\r\n", "STACK_NAME=a\r\nSTACK_AUTH=gitlab\r\n"),
        ("STACK_AUTH='gitlab' # as it is\n", "STACK_AUTH='gitlab' # as it is\n"),
    ],
)
def test_one_value_changes_and_nothing_else(before: str, after: str) -> None:
    assert dotenv.with_value(before, "STACK_AUTH", "gitlab") == after
    assert dotenv.with_value(after, "STACK_AUTH", "gitlab") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("# STACK_AUTH=gitlab\n", "# STACK_AUTH=gitlab\n"),
        ("STACK_AUTH=gitlab\nSTACK_NAME=a\n", "# STACK_AUTH=local\nSTACK_NAME=a\n"),
        ("\n\n  export STACK_AUTH='gitlab'  # ours", "\n\n  # export STACK_AUTH=local  # ours"),
        ("STACK_AUTH=a\r\nSTACK_AUTH=b\r\n", "# STACK_AUTH=local\r\n# STACK_AUTH=local\r\n"),
        ("\ufeffSTACK_AUTH=\n", "\ufeff# STACK_AUTH=local\n"),
        ('STACK_AUTH="two\nlines" # ours\n', "# STACK_AUTH=local # ours\n"),
    ],
)
def test_a_setting_goes_back_to_its_default(before: str, after: str) -> None:
    assert dotenv.without(before, "STACK_AUTH") == after
    assert dotenv.without(after, "STACK_AUTH") == after
    assert settings.read(Path(), {}, after).raw.keys() <= {"STACK_NAME"}


def test_env_example_is_the_same_again_after_each_setting_was_set() -> None:
    text = (ROOT / ".env.example").read_text()
    for name in settings.DEFAULTS:
        given = dotenv.with_value(text, name, "other")
        assert f"\n{name}=other\n" in given
        assert len(given.splitlines()) == len(text.splitlines())
        assert dotenv.without(given, name) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", "STACK_TITLE=\n"),
        ("Lab", "STACK_TITLE=Lab\n"),
        ("Data Lab #1, for $5", "STACK_TITLE='Data Lab #1, for $5'\n"),
        ("Ann's lab", "STACK_TITLE='Ann\\'s lab'\n"),
        ('"Lab"', "STACK_TITLE='\"Lab\"'\n"),
        ("数据实验室", "STACK_TITLE='数据实验室'\n"),
        ("a\\b", "STACK_TITLE='a\\b'\n"),
    ],
)
def test_quotes_where_they_are_needed(tmp_path: Path, value: str, written: str) -> None:
    assert dotenv.with_value("", "STACK_TITLE", value) == written
    dotenv.put(tmp_path, {"STACK_TITLE": value})
    assert settings.load(tmp_path, {}).stack_title == (value or "JupyterHub")


@pytest.mark.parametrize("value", ["two\nlines", "two\rlines", "ends with \\", "back\\'slash", "two\\\\"])
def test_what_compose_and_stackctl_would_read_differently_is_refused(value: str) -> None:
    with pytest.raises(StackError, match=r"cannot be written to \.env"):
        dotenv.with_value("", "STACK_TITLE", value)


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("STACK_NAME=a\n")
    real.chmod(0o640)
    (tmp_path / ".env").symlink_to(real)
    assert dotenv.put(tmp_path, {"STACK_AUTH": "local", "STACK_NAME": "b"})
    assert (tmp_path / ".env").is_symlink()
    assert real.read_text() == "STACK_NAME=b\nSTACK_AUTH=local\n"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root")
def test_with_sudo_the_file_keeps_its_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    dotenv.put(tmp_path, {"STACK_NAME": "a"})
    os.chown(tmp_path, 0, 0)
    dotenv.put(tmp_path, {"STACK_NAME": "b"})
    assert ((tmp_path / ".env").stat().st_uid, (tmp_path / ".env").stat().st_gid) == (12345, 12345)


def test_writing_the_same_values_does_not_touch_the_file(tmp_path: Path) -> None:
    dotenv.put(tmp_path, {"STACK_NAME": "a"})
    before = (tmp_path / ".env").stat()
    assert not dotenv.put(tmp_path, {"STACK_NAME": "a"})
    after = (tmp_path / ".env").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (before.st_ino, before.st_mtime_ns, before.st_ctime_ns)


def test_a_failure_half_way_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv.put(tmp_path, {"STACK_NAME": "a"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StackError) as caught:
        dotenv.put(tmp_path, {"STACK_NAME": "b", "STACK_TITLE": "Data Lab"})
    assert caught.value.message == ".env cannot be changed: No space left on device."
    assert caught.value.hint == "Use sudo, or edit it yourself: STACK_NAME=b, STACK_TITLE='Data Lab'"
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    assert (tmp_path / ".env").read_text() == "STACK_NAME=a\n"


def test_a_pipe_and_a_dangling_link_are_left_alone(tmp_path: Path) -> None:
    env, target = tmp_path / ".env", tmp_path / "target"
    env.symlink_to(target)
    with pytest.raises(StackError, match=r"^\.env cannot be changed: it is a link to .*/target, which does not exist\.$"):
        dotenv.put(tmp_path, {"STACK_NAME": "b"})
    assert not target.exists()
    os.mkfifo(target)
    with pytest.raises(StackError, match=r"^\.env cannot be changed: it is not a regular file\.$"):
        dotenv.put(tmp_path, {"STACK_NAME": "b"})
    assert target.is_fifo()


def test_a_planned_change_shows_the_settings_after_it_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STACK_NAME=a\n")
    planned = change.plan(tmp_path, {"STACK_AUTH": "gitlab"}, {"STACK_NAME": "a"})
    after = settings.checked(planned.after)
    assert (after.stack_auth, after.stack_name) == ("gitlab", "a")
    assert (tmp_path / ".env").read_text() == "STACK_NAME=a\n"


def test_an_invalid_value_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError, match="STACK_HTTP_PORT=0"):
        change.plan(tmp_path, {"STACK_HTTP_PORT": "0"}, {})


def test_a_change_names_what_the_environment_overrides(tmp_path: Path) -> None:
    assert change.plan(tmp_path, {"STACK_NAME": "b"}, {"STACK_NAME": "a"}).overridden == ["STACK_NAME"]
    assert change.plan(tmp_path, {"STACK_NAME": "b"}, {"STACK_NAME": ""}).overridden == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("line", ALIKE)
def test_a_line_that_has_one_meaning_is_read(tmp_path: Path, line: str, start: str, end: str) -> None:
    text = f"{start}{line.format(*['STACK_TITLE'] * 3)}\n".replace("\n", end)
    (tmp_path / ".env").write_text(text, newline="")
    assert settings.load(tmp_path, {}).stack_title == (ALIKE[line] or "JupyterHub")


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_has_two_meanings_is_refused_with_the_way_to_write_it(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"# ours\n{line.format('STACK_TITLE')}\n", newline="")
    with pytest.raises(CheckFailedError) as caught:
        settings.load(tmp_path, {})
    form = REFUSED[line]
    fix = "Remove line breaks, and backslashes before quotes." if form is None else f"Write it as STACK_TITLE={form}"
    assert caught.value.message == f"Compose reads .env line 2 differently from stackctl. {fix}"
    if form is not None:
        (tmp_path / ".env").write_text(f"STACK_TITLE={form}\n", newline="")
        settings.load(tmp_path, {})


def test_a_password_is_not_shown_in_the_way_to_write_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTTPS_PROXY=http://me:pa$word@proxy:3128\nDOCKER_HOST=$HOME\n")
    with pytest.raises(CheckFailedError, match=r"Write it as HTTPS_PROXY='http://\*\*\*@proxy:3128'$"):
        settings.load(tmp_path, {})


def test_a_carriage_return_alone_does_not_end_a_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"# ours\rSTACK_NAME=team\n")
    with pytest.raises(CheckFailedError, match=r"^\.env line 1 ends in a carriage return without a line feed\.$"):
        settings.load(tmp_path, {})


def test_a_new_file_is_its_owners_alone_and_so_is_one_with_a_password(tmp_path: Path) -> None:
    def mode() -> int:
        return (tmp_path / ".env").stat().st_mode & 0o777

    dotenv.put(tmp_path, {"STACK_TITLE": "Lab"})
    assert mode() == 0o600
    (tmp_path / ".env").chmod(0o664)
    dotenv.put(tmp_path, {"HTTPS_PROXY": "http://proxy:3128"})
    assert mode() == 0o664, "as the operator has it"
    dotenv.put(tmp_path, {"HTTPS_PROXY": "http://me:secret@proxy:3128"})
    assert mode() == 0o600
