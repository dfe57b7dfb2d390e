"""What of the operator's secrets is brought to the hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackctl.errors import CheckFailedError
from stackctl.settings import load
from stackctl.stack.hub_secrets import HubSecrets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / ".stack" / "stackhub" / "hub"
    made.mkdir(parents=True)
    return made


def write(folder: Path, name: str, text: str, mode: int = 0o600) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(mode)


def secrets(root: Path, **environ: str) -> HubSecrets:
    return HubSecrets(root, load(root, environ))


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert (secrets(tmp_path).text(), secrets(tmp_path).revision) == ("{}", "")


def test_every_file_is_brought_and_changes_the_revision(tmp_path: Path, folder: Path) -> None:
    write(folder, "client-secret", "xyz\n")
    first = secrets(tmp_path)
    assert json.loads(first.text()) == {"client-secret": "xyz"}
    write(folder, "client-secret", "abc\n")
    assert len(first.revision) == 8
    assert first.revision != secrets(tmp_path).revision
    assert secrets(tmp_path).revision == secrets(tmp_path).revision


def test_the_revision_does_not_hold_the_secret(tmp_path: Path, folder: Path) -> None:
    write(folder, "client-secret", "a1b2c3d4")
    assert "a1b2c3d4" not in secrets(tmp_path).revision


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, folder: Path, mode: int) -> None:
    write(folder, "gitlab.json", "{}", mode)
    with pytest.raises(CheckFailedError) as caught:
        secrets(tmp_path).text()
    assert caught.value.message == ".stack/stackhub/hub/gitlab.json is a secret that other users of this server can read."
    assert caught.value.hint == "chmod 600 .stack/stackhub/hub/gitlab.json"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, folder: Path) -> None:
    (folder / "key").write_bytes(b"\xff\xfe")
    (folder / "key").chmod(0o600)
    with pytest.raises(CheckFailedError, match=r"hub/key cannot be read: it is not text\."):
        secrets(tmp_path).text()


def test_proxies_go_with_them_for_they_may_carry_a_password(tmp_path: Path) -> None:
    found = secrets(tmp_path, HTTPS_PROXY="http://alice:secret@proxy:3128", NO_PROXY="gitlab.example.org")
    proxies = json.loads(json.loads(found.text())["proxy.json"])
    assert proxies == {
        "https_proxy": "http://alice:secret@proxy:3128",
        "no_proxy": "hub,localhost,127.0.0.1,gitlab.example.org",
    }


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(CheckFailedError) as caught:
        secrets(tmp_path).text()
    assert caught.value.message == ".stack/stackhub/hub cannot be read: Not a directory."
