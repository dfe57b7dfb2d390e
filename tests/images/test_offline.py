"""An archive of the images under test, carried to a server that never had a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stackctl.offline import archive
from tests.support.checkout import ROOT, STACK, run
from tests.support.machine import one_at_a_time
from tests.support.server import Server, server

pytestmark = pytest.mark.full  # it saves and loads a gigabyte
NAME = "away"
PORT = STACK["STACK_HTTP_PORT"]
STACKCTL = "stackhub/bin/stackctl"
AGAIN = f"\n\nhint: {archive.AGAIN}\n".replace("`stackctl", f"`{STACKCTL}")

# a browser's part, on that server: sign in, start a notebook server, run code in a kernel of it
NOTEBOOK = f"""
import sys
from types import SimpleNamespace
import requests
from tests.support.kernel import Kernel
from tests.support.person import Person

def session():
    straight = requests.Session()
    straight.trust_env = False
    return straight

stack = SimpleNamespace(url="http://127.0.0.1:{PORT}", ca=None, session=session)
person = Person(stack, "alice", sys.stdin.read().strip())
with Kernel(person.start()) as kernel:
    print(kernel.run("import sys; print(sys.version.split()[0], 6 * 7)"))
person.stop()
"""


@pytest.fixture(scope="module")
def saved(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The archive."""
    folder = tmp_path_factory.mktemp("saved")
    with one_at_a_time():
        run("bin/stackctl", "images", "save", str(folder / "stackhub.tar"), "base", seconds=300)
    yield folder / "stackhub.tar"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def there(saved: Path) -> Iterator[Server]:
    """The server, with the archive unpacked as a person does it."""
    with server(saved.parent, connected=False, disk="4g") as running:
        unpack(running, saved)
        yield running


@pytest.fixture
def copied(saved: Path) -> Iterator[Path]:
    """A copy of the archive, to be spoilt."""
    copy = saved.with_name("copy.tar")
    shutil.copy(saved, copy)
    yield copy
    copy.unlink()


def unpack(running: Server, file: Path) -> None:
    running.run("tar", "xf", str(file))
    (running.home / "stackhub" / ".env").write_text(f"STACK_NAME={NAME}\nSTACK_HTTP_PORT={PORT}\n")


@pytest.fixture
def manifest(there: Server) -> Iterator[Callable[..., None]]:
    """Changes the unpacked manifest together with its checksum, and puts it back after the test."""
    folder = there.home / "stackhub" / "offline"
    before = {name: (folder / name).read_text() for name in ("manifest.json", "SHA256SUMS")}

    def change(**values: object) -> None:
        text = json.dumps(json.loads(before["manifest.json"]) | values)
        old, new = (hashlib.sha256(item.encode()).hexdigest() for item in (before["manifest.json"], text))
        (folder / "manifest.json").write_text(text)
        (folder / "SHA256SUMS").write_text(before["SHA256SUMS"].replace(old, new))

    yield change
    for name, text in before.items():
        (folder / name).write_text(text)


def refused(there: Server, *arguments: str) -> str:
    """What `images load` says when it changes nothing."""
    output = there.run(STACKCTL, "images", "load", *arguments, code=3).err
    assert there.images() == {}
    return output.replace("Setting up .venv (once)\n", "")


def test_there_is_no_way_out(there: Server) -> None:
    assert "default" not in there.run("ip", "route").out
    script = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
    assert "Network is unreachable" in there.run("/usr/bin/python3", "-c", script, code=1).err


def test_the_archive_holds_nothing_that_is_secret_or_made(saved: Path) -> None:
    names = run("tar", "tf", str(saved)).splitlines()
    assert all(name.startswith("stackhub/") for name in names)
    for unwanted in ("/.env", "/.stack/", "/.git/", "/.venv", "/__pycache__/"):
        assert [name for name in names if f"{unwanted}" in name and not name.endswith("/.env.example")] == []


def test_plain_tools_agree_on_the_checksums(there: Server) -> None:
    there.run("sh", "-c", "cd stackhub && sha256sum --quiet --check offline/SHA256SUMS")


def test_a_damaged_archive(there: Server, copied: Path) -> None:
    with copied.open("r+b") as file:
        file.seek(copied.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    assert refused(there, str(copied)).endswith(f"error: {copied} is damaged: offline/images.tar.gz has changed.{AGAIN}")


def test_an_archive_that_was_cut_off(there: Server, copied: Path) -> None:
    os.truncate(copied, copied.stat().st_size // 2)
    assert refused(there, str(copied)) == f"error: {copied} is truncated.\n\nhint: Copy it here again.\n"
    there.run("mkdir", "half")
    there.run("tar", "--directory=half", "-xf", str(copied), code=2)
    half = there.home / "half" / "stackhub"
    assert refused(there, str(half)) == f"error: {half} is truncated: its last part, offline/SHA256SUMS, is missing.{AGAIN}"


def test_a_file_that_was_changed_after_unpacking(there: Server) -> None:
    sizes = there.home / "stackhub" / "singleuser" / "sizes.yaml"
    before = sizes.read_text()
    sizes.write_text(before + "\n")
    output = refused(there)
    sizes.write_text(before)
    assert output.endswith(f"{there.home}/stackhub is damaged: singleuser/sizes.yaml has changed.{AGAIN}")


def test_an_archive_for_another_architecture(there: Server, manifest: Callable[..., None]) -> None:
    manifest(platform="linux/s390x")
    here = there.run("docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").out.strip()
    assert refused(there) == (
        f"error: The archive is for linux/s390x, but this server is {here}.\n\nhint: Save it on a server of the same kind.\n"
    )


def test_an_engine_that_keeps_images_in_another_way(there: Server, manifest: Callable[..., None]) -> None:
    manifest(store="containerd")
    assert refused(there).startswith(
        "error: Docker stores images in the docker store here, and stored them in the containerd store where "
    )


def test_no_room_for_the_images(there: Server) -> None:
    with server(there.home, connected=False, disk="300m") as small:
        output = small.run(f"{there.home}/{STACKCTL}", "images", "load", code=3).err
        assert small.images() == {}
    assert re.fullmatch(
        r"error: There is not enough room for the images in /var/lib/docker: [\d.]+ GB are needed, \d+ MB are free\.\n\n"
        "hint: Free some space. To see what Docker uses: docker system df\n",
        output,
    )


def test_from_the_archive_to_a_notebook(there: Server, saved: Path) -> None:
    output = there.run(STACKCTL, "images", "load", seconds=300).err
    assert f"Next: {STACKCTL} up" in output
    assert "will build it" not in output
    kept = json.loads((there.home / "stackhub" / "offline" / "manifest.json").read_text())["images"]
    assert {item["name"] for item in kept} == {"gate", "hub", "proxy", "nginx", "walls", "base"}
    ids = {item["reference"].replace(STACK["STACK_NAME"], NAME) + ":latest": item["id"] for item in kept}
    assert there.images() == ids, "named after this stack, with the ids that they had, and nothing else"

    assert "Nothing to do: " in there.run(STACKCTL, "images", "load").err
    output = there.run(STACKCTL, "up", "--yes").err
    assert f"The stack is running: http://127.0.0.1:{PORT}" in output
    assert there.images() == ids, "nothing was built"
    password = there.run(STACKCTL, "users", "add", "alice").out
    version, answer = there.run(sys.executable, "-c", NOTEBOOK, stdin=password, PYTHONPATH=str(ROOT)).out.split()
    assert (version[:4], answer) == ("3.13", "42")
    assert "Nothing to change." in there.run(STACKCTL, "up", "--yes").err


def test_a_change_after_loading_is_built_and_says_so_where_it_cannot_be(there: Server) -> None:
    file = there.home / "stackhub" / "nginx" / "nginx.conf"
    before = file.read_text()
    file.write_text(before + "# changed\n")
    assert (
        f"build {NAME}-nginx: its files have changed since the archive was saved"
        in there.run(STACKCTL, "up", "--dry-run").err
    )
    output = there.run(STACKCTL, "up", "--yes", code=1).err
    assert (
        "error: The files of nginx have changed since the archive was saved, and the image cannot be built here: " in output
    )
    file.write_text(before)
    assert "Nothing to change." in there.run(STACKCTL, "up", "--yes").err


def test_loading_again_puts_the_saved_images_back(there: Server) -> None:
    there.run("docker", "tag", f"{NAME}-proxy", f"{NAME}-nginx")
    assert "Loaded in " in there.run(STACKCTL, "images", "load").err
    assert "Nothing to change." in there.run(STACKCTL, "up", "--yes").err
