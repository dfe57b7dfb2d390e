"""What lasts of a home folder: written by programs, found again by the next server, and never a reason not to start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from singleuser.base.stack_home import FILES, FOLDERS, keep_settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_container(tmp_path / "first", tmp_path / "volume")


def new_container(home: Path, volume: Path) -> Path:
    """A home folder as a new container has it, with the person's volume moved in."""
    home.mkdir()
    (home / ".bashrc").write_text("# the image's\n")
    if volume.exists():
        volume.rename(home / "work")
    else:
        (home / "work").mkdir()
    return home


def restarted(home: Path) -> Path:
    """The home folder of the next container, after a start of its server."""
    volume = home / "work"
    after = new_container(home.with_name(f"{home.name}-next"), volume)
    keep_settings(after)
    return after


def test_settings_outlast_the_container(home: Path) -> None:
    keep_settings(home)
    written = {
        ".jupyter/lab/user-settings/themes": "dark",
        ".local/share/jupyter/nbsignatures.db": "trust",
        ".config/matplotlib/matplotlibrc": "x",
        ".ipython/profile_default/history.sqlite": "h",
        ".ssh/id_ed25519": "key",
        ".bashrc": "alias",
        ".bash_history": "ls",
        ".python_history": "1",
    }
    for name, text in written.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / ".ssh/id_ed25519").chmod(0o600)
    after = restarted(home)
    assert {name: (after / name).read_text() for name in written} == written
    assert (after / ".ssh").stat().st_mode & 0o777 == 0o700
    assert (after / ".ssh/id_ed25519").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (after / "work").iterdir()] == [".home"]


def test_a_name_of_the_persons_own_is_kept_too(home: Path) -> None:
    keep_settings(home)
    (home / "work/.home/.vimrc").write_text("set nu")
    assert (restarted(home) / ".vimrc").read_text() == "set nu"


def test_the_work_folder_itself_is_never_touched(home: Path) -> None:
    (home / "work/.home/work").mkdir(parents=True)
    (home / "work/mine").write_text("x")
    keep_settings(home)
    assert not (home / "work").is_symlink()
    assert (home / "work/mine").read_text() == "x"


def test_what_the_image_has_comes_first_and_the_persons_own_stays(home: Path) -> None:
    (home / ".jupyter").mkdir()
    (home / ".jupyter/of-the-image").write_text("a")
    keep_settings(home)
    assert (home / ".bashrc").read_text() == "# the image's\n"
    assert (home / ".jupyter/of-the-image").read_text() == "a"
    (home / ".jupyter/of-the-image").write_text("the person's")
    after = new_container(home.with_name("second"), home / "work")
    (after / ".jupyter").mkdir()
    (after / ".jupyter/of-the-image").write_text("b")
    (after / ".jupyter/new").write_text("b")
    keep_settings(after)
    assert (after / ".jupyter/of-the-image").read_text() == "the person's"
    assert (after / ".jupyter/new").read_text() == "b"


def git(home: Path, *words: str) -> str:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *words], cwd=home / "work", env=environ, capture_output=True, text=True, check=True).stdout


def test_a_repository_in_the_work_folder_shows_nothing_of_it(home: Path) -> None:
    (home / "work/.gitconfig").write_text("[user]\n\tname = Al\n")  # where it was kept before
    keep_settings(home)
    git(home, "init", "--quiet")
    (home / "work/.ipynb_checkpoints").mkdir()
    (home / "work/.ipynb_checkpoints/a.ipynb").write_text("{}")
    (home / "work/.examples").write_text("bokeh\n")
    (home / "work/mine").write_text("x")
    assert git(home, "status", "--porcelain") == "?? mine\n"
    assert git(home, "config", "user.name") == "Al\n"
    git(home, "config", "--global", "user.name", "Bo")
    assert git(restarted(home), "config", "user.name") == "Bo\n"


def test_what_a_person_has_git_ignore_stays_theirs(home: Path) -> None:
    keep_settings(home)
    (home / ".config/git/ignore").write_text("*.csv\n")
    assert (restarted(home) / ".config/git/ignore").read_text() == "*.csv\n"


def test_a_second_call_changes_nothing(home: Path) -> None:
    keep_settings(home)
    before = sorted(home.rglob("*"))
    keep_settings(home)
    assert sorted(home.rglob("*")) == before
    assert {path.name for path in home.iterdir()} == {*FILES, *FOLDERS, "work"}


def test_a_file_in_the_way_is_a_warning(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "work/.home").write_text("mine")
    keep_settings(home)
    assert "Settings outside the work folder will be lost when this server stops: " in caplog.text
    assert (home / "work/.home").read_text() == "mine"
    assert (home / ".bashrc").read_text() == "# the image's\n"


def test_one_odd_name_does_not_stop_the_others(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "work/.home").mkdir()
    (home / "work/.home/.ssh").write_text("a file")
    (home / "work/.home/.bashrc").mkdir()
    keep_settings(home)
    for name in (".ssh", ".bashrc"):
        assert f"~/{name} will be lost when this server stops: " in caplog.text
    assert (home / ".bashrc").read_text() == "# the image's\n"
    assert not (home / ".ssh").exists()
    assert (home / ".jupyter").is_symlink()


def test_a_full_volume_is_a_warning_and_leaves_no_halves(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str, target: Path, **__: object) -> None:
        target.write_text("ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", full)
    keep_settings(home)
    assert "~/.bashrc will be lost when this server stops: [Errno 28] No space left on device" in caplog.text
    assert (home / ".bashrc").read_text() == "# the image's\n"
    assert [path.name for path in (home / "work/.home").iterdir() if "bashrc" in path.name] == []


def test_a_link_that_the_image_has_is_kept_once(home: Path) -> None:
    """As `uv tool install` in a Dockerfile leaves them in ~/.local/bin."""
    tool = home / ".local" / "bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.symlink_to("/opt/tool")
    keep_settings(home)
    (home / ".local" / "mine.txt").write_text("mine")
    again = new_container(home.parent / "again", home / "work")
    tool = again / ".local" / "bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.symlink_to("/opt/tool")
    keep_settings(again)
    assert (again / ".local").is_symlink()
    assert (again / ".local" / "mine.txt").read_text() == "mine"
    assert os.readlink(again / ".local" / "bin" / "tool") == "/opt/tool"
