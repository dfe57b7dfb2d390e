"""Secret files: unreadable for others, written atomically."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from stackctl.checkout import secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".stack" / "stackhub" / "admin-password"


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_file_is_0600_in_0700_folders(path: Path, mask: int) -> None:
    previous = os.umask(mask)
    try:
        secrets.save(path, SecretStr("one"))
    finally:
        os.umask(previous)
    assert path.read_text() == "one\n"
    assert [mode(path), mode(path.parent), mode(path.parent.parent)] == ["0o600", "0o700", "0o700"]


def test_a_secret_is_replaced_and_no_other_file_is_left(path: Path) -> None:
    secrets.save(path, SecretStr("one"))
    path.chmod(0o644)
    secrets.save(path, SecretStr("two"))
    assert path.read_text() == "two\n"
    assert mode(path) == "0o600"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_half_way_leaves_the_old_secret(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.save(path, SecretStr("one"))

    def fail(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="no space left"):
            secrets.save(path, SecretStr("two"))
    assert path.read_text() == "one\n"
    secrets.save(path, SecretStr("three"))
    assert path.read_text() == "three\n"


def test_a_link_at_the_new_files_path_is_not_followed(path: Path, tmp_path: Path) -> None:
    secrets.save(path, SecretStr("one"))
    elsewhere = tmp_path / "elsewhere"
    path.with_name("admin-password.new").symlink_to(elsewhere)
    secrets.save(path, SecretStr("two"))
    assert not elsewhere.exists()
    assert not path.is_symlink()


def test_passwords_differ_can_be_typed_and_do_not_print() -> None:
    passwords = {secrets.new_password().get_secret_value() for _ in range(200)}
    assert len(passwords) == 200
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", password) for password in passwords)
    assert str(secrets.new_password()) == "**********"


@pytest.mark.parametrize("address", ["http://me:secret@proxy:3128", "https://:x@mirror.example.org/simple"])
def test_files_with_a_password_in_an_address_are_secret_too(tmp_path: Path, address: str) -> None:
    (tmp_path / ".env").write_text(f"# mine\nHTTPS_PROXY='{address}'\n")
    (tmp_path / ".env").chmod(0o640)
    (tmp_path / "compose.override.yaml").write_text(
        "services: {hub: {image: 'a:b@sha256:x', environment: {X: 'http://a/b@c'}}}"
    )
    found = secrets.files_with_password(tmp_path)
    assert [(entry.path, entry.mode) for entry in found] == [(".env", 0o640)]
