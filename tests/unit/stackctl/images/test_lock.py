"""The lock file, and comparisons with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import CheckFailedError
from stackctl.images.lock import FILE, Comparison, Lock, Locked

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
REFERENCE = "quay.io/lab/nb:1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "singleuser").mkdir()
    return tmp_path


def test_the_file_is_read_as_it_was_written(root: Path) -> None:
    lock = Lock.read(root)
    assert lock.entries == {}
    lock.entries = {REFERENCE: Locked(A, "list"), "debian:12": Locked(B, "manifest")}
    lock.save()
    text = (root / FILE).read_text()
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        f"debian:12 {B} manifest",
        f"{REFERENCE} {A} list",
    ]
    assert Lock.read(root).entries == lock.entries


@pytest.mark.parametrize("line", ["x", f"{REFERENCE} sha256:12 list", f"{REFERENCE} {A}", f"{REFERENCE} {A} other"])
def test_an_invalid_line_is_named(root: Path, line: str) -> None:
    (root / FILE).write_text(f"# head\n\n{line}\n")
    with pytest.raises(CheckFailedError, match="line 3") as error:
        Lock.read(root)
    assert "images lock" in error.value.hint


@pytest.mark.parametrize(
    ("media_type", "of"),
    [
        ("application/vnd.docker.distribution.manifest.v2+json", "manifest"),
        ("application/vnd.oci.image.manifest.v1+json", "manifest"),
        ("application/vnd.docker.distribution.manifest.list.v2+json", "list"),
        ("application/vnd.oci.image.index.v1+json", "list"),
    ],
)
def test_a_digest_is_of_a_manifest_or_a_list(media_type: str, of: str) -> None:
    assert Locked.served(A, media_type) == Locked(A, of)


def test_whether_this_server_has_the_locked_image(root: Path) -> None:
    lock = Lock(root / FILE, {REFERENCE: Locked(A, "list")})
    assert not lock.satisfied(REFERENCE, None)
    assert lock.satisfied(REFERENCE, [B, A])
    assert not lock.satisfied(REFERENCE, [B])
    assert lock.satisfied(REFERENCE, []), "loaded from an archive"
    assert lock.satisfied("other:1", [B]), "not locked"
    assert not lock.satisfied("other:1", None)


def test_a_reference_with_a_digest_is_its_own_lock(root: Path) -> None:
    assert Lock(root / FILE, {f"x@{B}": Locked(A, "list")}).digest(f"x@{B}") == ""


@pytest.mark.parametrize(
    ("locked", "served", "here", "differs", "words"),
    [
        (A, A, (A,), False, []),
        (A, B, (A,), True, ["moved"]),
        (A, A, (B,), True, ["not the locked one"]),
        (A, B, (B,), True, ["moved", "not the locked one"]),
        (A, A, None, False, ["not on this server"]),
        (A, A, (), False, ["no digest to compare"]),
        ("", B, (B,), False, ["not locked"]),
        (A, "", (A,), False, []),
    ],
)
def test_comparison(locked: str, served: str, here: tuple[str, ...] | None, differs: bool, words: list[str]) -> None:
    item = Comparison("nb", REFERENCE, locked, served, here)
    assert (item.moved or item.differs_here) == differs
    found = item.findings()
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_an_unreachable_registry_is_a_finding() -> None:
    assert Comparison("nb", REFERENCE, A, "", (A,), "quay.io does not answer").findings() == ["quay.io does not answer"]
