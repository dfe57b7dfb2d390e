"""An archive is written and read, and damage is found. With images: tests/images/test_offline.py."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl.errors import CheckFailedError
from stackctl.offline import archive
from stackctl.offline.archive import IMAGES, MANIFEST, SUMS, Packed, Unpacked, Writer
from stackctl.offline.manifest import parse

BIG = bytes(range(256)) * 300


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An archive."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    with Writer(tmp_path / "saved.tar") as writer:
        writer.add_file("bin/script", script)
        assert writer.add(IMAGES, [BIG[:1000], BIG[1000:]]) == len(BIG)
        writer.add("a/" + "long/" * 40 + "name", [b"x"])
        writer.add(MANIFEST, [b"{}"])
    return tmp_path / "saved.tar"


@pytest.fixture
def folder(file: Path) -> Path:
    """What it unpacks to, with tar."""
    subprocess.run(["tar", "xf", file], cwd=file.parent, check=True)
    return file.parent / "stackhub"


def wrong(found: archive.Archive) -> str:
    with pytest.raises(CheckFailedError) as caught:
        archive.verify(found, archive.sums(found))
    return caught.value.message


def test_tar_and_sha256sum_can_read_it(folder: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, check=True)
    assert (folder / IMAGES).read_bytes() == BIG
    assert (folder / "bin/script").stat().st_mode & 0o111
    assert not (folder / MANIFEST).stat().st_mode & 0o111


def test_an_archive_is_complete_packed_and_unpacked(file: Path, folder: Path) -> None:
    for found in (Packed(file), Unpacked(folder)):
        read: list[int] = []
        archive.verify(found, archive.sums(found), read.append)
        assert sum(read) == len(BIG) + len("#!/bin/sh\n") + len("x") + len("{}")
        assert found.size(IMAGES) == len(BIG)


@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError])
def test_an_incomplete_file_does_not_get_the_name(tmp_path: Path, how: type[BaseException]) -> None:
    def broken() -> Iterator[bytes]:
        yield BIG
        assert (tmp_path / "saved.tar.part").exists()
        raise how

    with pytest.raises(how), Writer(tmp_path / "saved.tar") as writer:
        writer.add(IMAGES, broken())
    assert list(tmp_path.iterdir()) == []


def test_truncation_at_any_length_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    end = whole.index(b"stackhub/offline/SHA256SUMS")
    for length in range(512, end, 1999):
        file.write_bytes(whole[:length])
        with pytest.raises(CheckFailedError, match=f"{file} is truncated"):
            archive.sums(Packed(file))


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(BIG)
    with pytest.raises(CheckFailedError, match=f"{other} was not written by `stackctl images save`."):
        Packed(other)
    with pytest.raises(CheckFailedError, match="nowhere does not exist"):
        Packed(tmp_path / "nowhere")


def test_damaged_parts_are_named(folder: Path) -> None:
    (folder / "bin/script").unlink()
    with (folder / IMAGES).open("r+b") as part:
        part.seek(30000)
        part.write(b"\1")
    output = "bin/script is missing, offline/images.tar.gz has changed"
    assert wrong(Unpacked(folder)) == f"{folder} is damaged: {output}."


def test_a_damaged_list_of_checksums(folder: Path) -> None:
    text = (folder / SUMS).read_text()
    (folder / SUMS).write_text(text.replace("  ", " "))
    assert wrong(Unpacked(folder)) == f"{folder} is damaged: {SUMS} is not a list of checksums."
    (folder / SUMS).write_text(text.splitlines()[0] + "\n")
    assert wrong(Unpacked(folder)) == f"{folder} is damaged: {SUMS} does not list {IMAGES}, {MANIFEST}."


def test_where_no_archive_can_be_written(tmp_path: Path) -> None:
    for path, reason in [(tmp_path / "a" / "b.tar", "There is no folder"), (tmp_path, "already exists.")]:
        with pytest.raises(CheckFailedError, match=reason):
            archive.check_new(path)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{}", "The archive's manifest cannot be read: Field required."),
        ("nonsense", "The archive's manifest cannot be read: Invalid JSON"),
        ('{"format": 2}', "The archive has a format that this stackctl does not know."),
    ],
)
def test_a_manifest_that_cannot_be_read(text: str, output: str) -> None:
    with pytest.raises(CheckFailedError) as caught:
        parse(text)
    assert caught.value.message.startswith(output)
