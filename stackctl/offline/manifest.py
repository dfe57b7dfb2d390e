"""The manifest of an archive: what is in it, and for which servers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stackctl.errors import CheckFailedError


class SavedImage(BaseModel):
    """An image in an archive. `name`: its service's, or its own in the catalogue."""

    model_config = ConfigDict(defer_build=True)

    name: str
    reference: str
    id: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    sources: str
    """The hash of the files that it was built from; "" for an image that was pulled."""


class Manifest(BaseModel):
    """What an archive contains, and which server can load it."""

    model_config = ConfigDict(defer_build=True)

    format: Literal[1] = 1
    version: str
    """stackctl's."""
    stack: str
    created: str
    platform: str
    """Operating system and processor, such as linux/amd64."""
    store: str
    """How Docker stores images, `docker` or `containerd`: the same image has different ids in the two."""
    pythons: list[str]
    unpacked: int
    """Size of the images, uncompressed, in bytes."""
    images: list[SavedImage] = Field(min_length=1)
    left_out: list[str]
    """Images of the catalogue that are offered, but not in the archive."""


def parse(text: str | bytes) -> Manifest:
    """Read a manifest. Raises CheckFailedError when it is invalid, or another version of stackctl wrote its format."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(item["loc"] == ("format",) for item in error.errors()):
            raise CheckFailedError(
                "The archive has a format that this stackctl does not know.",
                "Use the stackctl in the archive: tar xf FILE, then stackhub/bin/stackctl images load",
            ) from None
        raise CheckFailedError(f"The archive's manifest cannot be read: {error.errors()[0]['msg']}.") from None
