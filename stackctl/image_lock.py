"""singleuser/images.lock: which image each external reference stood for when the operator looked, by digest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from stackctl import files
from stackctl.errors import CheckFailedError
from stackctl.references import Reference

FILE = "singleuser/images.lock"
HEAD = """\
# What the registries served when `stackctl images lock` asked: an image's reference, and the digest of its manifest,
# or of the list of its manifests where it is there for several kinds of processors. `stackctl images pull` and `stackctl up`
# pull these, whatever the tags stand for by now; `stackctl images verify` says whether they stand for something else.
"""
LISTS = ("manifest.list.v2+json", "image.index.v1+json")
LINE = re.compile(r"(\S+) (sha256:[0-9a-f]{64}) (manifest|list)")


@dataclass(frozen=True)
class Locked:
    """A digest, and what it is of: the "list" of an image's manifests, or its only "manifest"."""

    digest: str
    of: str

    @classmethod
    def served(cls, digest: str, media_type: str) -> Locked:
        """As a registry describes what it serves."""
        return cls(digest, "list" if media_type.endswith(LISTS) else "manifest")


@dataclass
class Lock:
    """The lock file."""

    path: Path
    entries: dict[str, Locked] = field(default_factory=dict)
    """By reference, as in the catalogue."""

    @classmethod
    def read(cls, root: Path) -> Lock:
        """The checkout's; empty where there is none. Raises CheckFailedError, with the line, when it cannot be read."""
        lock = cls(root / FILE)
        try:
            lines = lock.path.read_text().splitlines()
        except FileNotFoundError:
            return lock
        except (OSError, UnicodeDecodeError) as error:
            raise CheckFailedError(f"{FILE} cannot be read: {error}.") from None
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            if not (found := LINE.fullmatch(line.strip())):
                hint = f"Get it back (git checkout {FILE}); or remove it, and write it again: stackctl images lock"
                raise CheckFailedError(f"{FILE} line {number}: it must be REFERENCE sha256:DIGEST manifest (or list).", hint)
            lock.entries[found[1]] = Locked(found[2], found[3])
        return lock

    def save(self) -> None:
        """Write it, sorted."""
        lines = [f"{reference} {entry.digest} {entry.of}\n" for reference, entry in sorted(self.entries.items())]
        files.replace(self.path, HEAD + "".join(lines))

    def digest(self, reference: str) -> str:
        """The digest that a reference is locked to, "" when it is not, or names one itself."""
        entry = self.entries.get(reference)
        return entry.digest if entry and not Reference.parse(reference).digest else ""

    def satisfied(self, reference: str, here: list[str] | None) -> bool:
        """Whether the image that is here, with the digests that it was pulled by (None: there is none), is the locked one.

        One that was loaded from an archive has no digests, and counts as what whoever loaded it wanted.
        """
        digest = self.digest(reference)
        return here is not None and (not digest or not here or digest in here)


@dataclass(frozen=True)
class Comparison:
    """An external image three times: as locked, as its registry serves it now, and as it is here; "" where it is not."""

    name: str
    reference: str
    locked: str = ""
    served: str = ""
    here: tuple[str, ...] | None = None
    """The digests that the image here was pulled by; None: it is not here."""
    problem: str = ""
    """Why the registry could not be asked."""

    @property
    def moved(self) -> bool:
        """Whether the tag stands for something else at the registry than when it was locked."""
        return bool(self.locked and self.served and self.served != self.locked)

    @property
    def differs_here(self) -> bool:
        """Whether another image is here than the locked one."""
        return bool(self.locked and self.here and self.locked not in self.here)

    def findings(self) -> list[str]:
        """What there is to say, a sentence each; nothing when all is as it was locked."""
        found = []
        if not self.locked:
            found.append("is not locked")
        if self.moved:
            found.append(f"its tag has moved at the registry, to {self.served}")
        if self.differs_here:
            found.append("the image on this server is not the locked one")
        if self.here is None:
            found.append("is not on this server")
        elif not self.here and self.locked:
            found.append("is on this server with no digest to compare (it was loaded, not pulled)")
        return [*found, *([self.problem] if self.problem else [])]
