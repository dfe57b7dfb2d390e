"""singleuser/images.lock: the digest of each external image, as of the last `images lock`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from stackctl.checkout import files
from stackctl.engine.reference import Reference
from stackctl.errors import CheckFailedError

FILE = "singleuser/images.lock"
HEAD = """\
# Written by `stackctl images lock`: an image's reference, and the digest of its manifest, or of its list of manifests for
# several processors. `stackctl images pull` and `stackctl up` pull these images, even if their tags have moved;
# `stackctl images verify` tells whether they have. Git ignores this file.
"""
LISTS = ("manifest.list.v2+json", "image.index.v1+json")
LINE = re.compile(r"(\S+) (sha256:[0-9a-f]{64}) (manifest|list)")


@dataclass(frozen=True)
class Locked:
    """A digest, and what it is of: "list", an image's manifests for several processors, or "manifest"."""

    digest: str
    of: str

    @classmethod
    def served(cls, digest: str, media_type: str) -> Locked:
        """From a registry's answer: digest and media type."""
        return cls(digest, "list" if media_type.endswith(LISTS) else "manifest")


@dataclass
class Lock:
    """The lock file."""

    path: Path
    entries: dict[str, Locked] = field(default_factory=dict)
    """By the catalogue's references."""

    @classmethod
    def read(cls, root: Path) -> Lock:
        """Read the file; empty if it does not exist. Raises CheckFailedError, with the line, when it cannot be read."""
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
            if not (match := LINE.fullmatch(line.strip())):
                hint = "Fix the line. Or delete the file, and write it again: stackctl images lock"
                raise CheckFailedError(f"{FILE} line {number}: it must be REFERENCE sha256:DIGEST manifest (or list).", hint)
            lock.entries[match[1]] = Locked(match[2], match[3])
        return lock

    def save(self) -> None:
        """Write the file, sorted."""
        lines = [f"{reference} {entry.digest} {entry.of}\n" for reference, entry in sorted(self.entries.items())]
        files.replace(self.path, HEAD + "".join(lines))

    def digest(self, reference: str) -> str:
        """The digest that a reference is locked to; "" if it is not, or has a digest of its own."""
        entry = self.entries.get(reference)
        return entry.digest if entry and not Reference.parse(reference).digest else ""

    def satisfied(self, reference: str, here: list[str] | None) -> bool:
        """Whether this server has the locked image. `here`: the digests that it was pulled by; None: no image.

        An image that was loaded from an archive has no digests, and counts as the locked one.
        """
        digest = self.digest(reference)
        return here is not None and (not digest or not here or digest in here)


@dataclass(frozen=True)
class Comparison:
    """The digests of an external image: locked, at its registry now, and on this server; "" for none."""

    name: str
    reference: str
    locked: str = ""
    served: str = ""
    here: tuple[str, ...] | None = None
    """The digests that this server's image was pulled by; None: it has no such image."""
    problem: str = ""
    """Why the registry did not answer."""

    @property
    def moved(self) -> bool:
        """Whether the registry serves another image than the locked one."""
        return bool(self.locked and self.served and self.served != self.locked)

    @property
    def differs_here(self) -> bool:
        """Whether this server has another image than the locked one."""
        return bool(self.locked and self.here and self.locked not in self.here)

    def findings(self) -> list[str]:
        """The differences, a phrase each; none if everything is as locked."""
        phrases = []
        if not self.locked:
            phrases.append("is not locked")
        if self.moved:
            phrases.append(f"its tag has moved to {self.served}")
        if self.differs_here:
            phrases.append("the image on this server is not the locked one")
        if self.here is None:
            phrases.append("is not on this server")
        elif not self.here and self.locked:
            phrases.append("was loaded, not pulled: there is no digest to compare")
        return [*phrases, *([self.problem] if self.problem else [])]
