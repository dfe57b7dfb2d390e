"""What stackctl remembers of images, so that each build is checked once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stackctl.checkout import files
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError
from stackctl.images import check
from stackctl.images.check import Verdict


@dataclass
class ImageCache:
    """The file .stack/NAME/images.json."""

    path: Path
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """The result of each image's check, by the image's id."""
    published: dict[str, str] = field(default_factory=dict)
    """The id that people got last for each name in the catalogue."""

    @classmethod
    def read(cls, path: Path) -> ImageCache:
        """Read the file; empty where it is missing or unreadable as JSON, so that images are checked again.

        Raises CheckFailedError when this user may not read it: an empty cache would leave people with no image.
        """
        try:
            content = json.loads(path.read_text())
            verdicts = {ident: Verdict(**verdict) for ident, verdict in content["verdicts"].items()}
            return cls(path, verdicts, {str(name): str(ident) for name, ident in content["published"].items()})
        except PermissionError:
            raise CheckFailedError(f"You may not read {path}.", "Use sudo, as for starting the stack.") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def save(self) -> None:
        """Write the file."""
        verdicts = {ident: asdict(verdict) for ident, verdict in self.verdicts.items()}
        files.write(self.path, json.dumps({"verdicts": verdicts, "published": self.published}, indent=2))

    def is_checked(self, ident: str, *, read_only: bool = False) -> bool:
        """Whether a final verdict on an image is cached."""
        cached = self.verdicts.get(ident)
        return cached is not None and cached.final and cached.read_only == read_only

    def verdict(self, engine: Engine, ident: str, *, read_only: bool = False) -> Verdict:
        """The verdict on an image on this server. Checks it unless a final verdict is cached."""
        if not self.is_checked(ident, read_only=read_only):
            self.verdicts[ident] = check.check(engine, ident, read_only=read_only)
        return self.verdicts[ident]
