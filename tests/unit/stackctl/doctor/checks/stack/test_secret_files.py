"""Files in .stack that others can read."""

from __future__ import annotations

from pathlib import Path

from stackctl.checkout import secrets
from stackctl.checkout.secrets import Entry
from stackctl.doctor.checks.stack.secret_files import check


def test_a_secret_that_others_can_read(tmp_path: Path) -> None:
    folder = tmp_path / ".stack" / "hub name"
    folder.mkdir(parents=True)
    (tmp_path / ".stack").chmod(0o700)
    folder.chmod(0o750)
    for name, mode in (("token", 0o600), ("admin-password", 0o644)):
        (folder / name).write_text("x")
        (folder / name).chmod(mode)
    found = list(check(secrets.entries(tmp_path), tmp_path.stat().st_uid))
    assert [(item.level, item.message, item.fix) for item in found] == [
        ("fail", ".stack/hub name is secret, but others on this server can read it.", "chmod 700 '.stack/hub name'"),
        (
            "fail",
            ".stack/hub name/admin-password is secret, but others on this server can read it.",
            "chmod 600 '.stack/hub name/admin-password'",
        ),
    ]
    folder.chmod(0o700)
    (folder / "admin-password").chmod(0o600)
    assert [item.level for item in check(secrets.entries(tmp_path), tmp_path.stat().st_uid)] == ["ok"]


def test_a_secret_of_another_user() -> None:
    (found,) = check([Entry(".stack/hub/token", 0o600, 1001, False)], 1000)
    assert (found.level, found.message) == (
        "warn",
        ".stack/hub/token belongs to user id 1001, but the checkout to user id 1000.",
    )
    assert [item.level for item in check([Entry(".stack/hub/token", 0o600, 0, False)], 1000)] == ["ok"]


def test_no_secrets_yet(tmp_path: Path) -> None:
    assert list(check(secrets.entries(tmp_path), 0)) == []
