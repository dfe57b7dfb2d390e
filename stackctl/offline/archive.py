"""The archive: a tar file with everything that a server without a network needs, or the folder that it unpacks to.

The last part is a list of each part's SHA-256, so that a truncated file has none.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from stackctl.errors import CheckFailedError, StackError

FOLDER = "stackhub"
"""The file unpacks to this folder, a checkout."""
CARRIED = "offline"
"""The folder of all that is not part of the checkout. bin/venv.sh looks for wheels in it."""
WHEELS, IMAGES, MANIFEST = f"{CARRIED}/wheels", f"{CARRIED}/images.tar.gz", f"{CARRIED}/manifest.json"
SUMS = f"{CARRIED}/SHA256SUMS"

CHUNK = 2**20
AGAIN = "Copy it here again and unpack it: tar xf FILE. Change files in it only after `stackctl images load`."


class Writer:
    """Writes an archive to FILE.part, which becomes FILE when it is complete. After an error nothing is left."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._sums: dict[str, str] = {}

    def __enter__(self) -> Writer:
        self._file = self._part.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def add(self, name: str, chunks: Iterable[bytes], *, executable: bool = False) -> int:
        """Add a part whose size is not known before. Returns its size in bytes."""
        entry = tarfile.TarInfo(f"{FOLDER}/{name}")
        entry.mode, entry.mtime = 0o755 if executable else 0o644, int(time.time())
        begin, total = self._file.tell(), hashlib.sha256()
        self._file.write(entry.tobuf(tarfile.GNU_FORMAT))
        for chunk in chunks:
            total.update(chunk)
            entry.size += len(chunk)
            self._file.write(chunk)
        self._file.write(bytes(-entry.size % tarfile.BLOCKSIZE))
        end = self._file.tell()
        self._file.seek(begin)
        self._file.write(entry.tobuf(tarfile.GNU_FORMAT))
        self._file.seek(end)
        self._sums[name] = total.hexdigest()
        return entry.size

    def add_file(self, name: str, path: Path) -> None:
        """Add a file."""
        with path.open("rb") as file:
            self.add(name, chunks_of(file), executable=os.access(path, os.X_OK))

    def _finish(self) -> None:
        self.add(SUMS, ["".join(f"{digest}  {name}\n" for name, digest in self._sums.items()).encode()])
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._path)


class Unpacked:
    """An archive that was unpacked to a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def size(self, name: str) -> int:
        """A part's size in bytes. Raises FileNotFoundError."""
        return (self._folder / name).stat().st_size

    def open(self, name: str) -> IO[bytes]:
        """Open a part. Raises FileNotFoundError."""
        return (self._folder / name).open("rb")


class Packed:
    """An archive in its file. Raises CheckFailedError when it is truncated, or no archive."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115
            self._members = {item.name.removeprefix(f"{FOLDER}/"): item for item in self._tar.getmembers()}
        except FileNotFoundError:
            raise CheckFailedError(f"{path} does not exist.") from None
        except tarfile.ReadError as error:
            if "end of" in str(error):
                raise CheckFailedError(f"{path} is truncated.", "Copy it here again.") from None
            raise CheckFailedError(f"{path} was not written by `stackctl images save`.") from None
        except OSError as error:
            raise CheckFailedError(f"{path} cannot be read: {error.strerror}.") from None

    def size(self, name: str) -> int:
        """A part's size in bytes. Raises FileNotFoundError."""
        return self._member(name).size

    def open(self, name: str) -> IO[bytes]:
        """Open a part. Raises FileNotFoundError."""
        file = self._tar.extractfile(self._member(name))
        assert file, name
        return file

    def _member(self, name: str) -> tarfile.TarInfo:
        if name not in self._members or not self._members[name].isfile():
            raise FileNotFoundError(name)
        return self._members[name]


Archive = Unpacked | Packed


def sums(archive: Archive) -> dict[str, str]:
    """Each part's SHA-256. Raises CheckFailedError when the list is missing or damaged."""
    try:
        text = archive.open(SUMS).read().decode()
        pairs = [line.split("  ", 1) for line in text.splitlines()]
        listed = {name: digest for digest, name in pairs}
    except FileNotFoundError:
        raise CheckFailedError(f"{archive.name} is truncated: its last part, {SUMS}, is missing.", AGAIN) from None
    except ValueError:
        raise CheckFailedError(f"{archive.name} is damaged: {SUMS} is not a list of checksums.", AGAIN) from None
    if missing := {MANIFEST, IMAGES} - set(listed):
        raise CheckFailedError(f"{archive.name} is damaged: {SUMS} does not list {', '.join(sorted(missing))}.", AGAIN)
    return listed


def verify(archive: Archive, listed: dict[str, str], read: Callable[[int], object] = abs) -> None:
    """Compare parts with their checksums. Raises CheckFailedError. `read`: called with the number of bytes of each step."""
    wrong = []
    for name, digest in listed.items():
        total = hashlib.sha256()
        try:
            with archive.open(name) as file:
                for chunk in chunks_of(file):
                    total.update(chunk)
                    read(len(chunk))
        except FileNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        except (OSError, tarfile.ReadError) as error:
            raise CheckFailedError(f"{archive.name}: {name} cannot be read: {error}.", AGAIN) from None
        if total.hexdigest() != digest:
            wrong.append(f"{name} has changed")
    if wrong:
        raise CheckFailedError(f"{archive.name} is damaged: {_some(wrong)}.", AGAIN)


def _some(items: list[str], count: int = 5) -> str:
    more = len(items) - count
    return ", ".join(items[:count]) + (f", and {more} more" if more > 0 else "")


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file's content, chunk by chunk."""
    while chunk := file.read(CHUNK):
        yield chunk


def check_new(path: Path) -> None:
    """Raises CheckFailedError when no new file can be written at `path`."""
    if path.exists():
        raise CheckFailedError(f"{path} already exists.", "Delete it, or choose another name.")
    if not path.parent.is_dir():
        raise CheckFailedError(f"There is no folder {path.parent}.", f"Create it: mkdir -p {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise CheckFailedError(f"You may not write to {path.parent}.", "Choose another place, or use sudo.")


def write_error(error: OSError, path: Path) -> StackError:
    """The error for a file that could not be written."""
    return StackError(f"{path} could not be written: {error.strerror}.", "Nothing of it is left. Is the disk full? df -h")
