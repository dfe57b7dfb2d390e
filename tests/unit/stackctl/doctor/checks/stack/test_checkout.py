"""Whether containers can read what is mounted from the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackctl.doctor.checks.stack import checkout


def clone(root: Path) -> None:
    for name in ("hub/conf.d", "nginx/acme", "mirrors"):
        (root / name).mkdir(parents=True)
    (root / "mirrors" / "get").touch(0o755)
    (root / "hub" / "conf.d" / "own.py").touch()


@pytest.mark.parametrize(("mask", "message"), [(0o022, ""), (0o027, "hub/conf.d, hub/conf.d/own.py, nginx/acme …")])
def test_a_clone_that_containers_cannot_read(tmp_path: Path, mask: int, message: str) -> None:
    previous = os.umask(mask)
    try:
        clone(tmp_path)
    finally:
        os.umask(previous)
    found = list(checkout.unreadable(tmp_path))
    assert [item.message for item in found] == [f"Containers cannot read {message}."] * bool(message)
    fix = "Run in the checkout: chmod -R a+rX hub/conf.d nginx/acme mirrors"
    assert [item.fix for item in found] == [fix] * bool(message)


@pytest.mark.parametrize("change", [(990, -1, 0o600), (-1, 61101, 0o640)])
def test_the_services_own_number_is_enough(tmp_path: Path, change: tuple[int, int, int]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    clone(tmp_path)
    file = tmp_path / "hub" / "conf.d" / "own.py"
    owner, group, mode = change
    os.chown(file, owner, group)
    file.chmod(mode)
    assert list(checkout.unreadable(tmp_path)) == []
