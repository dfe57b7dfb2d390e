"""What is in an archive, as its manifest says."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from stackctl.errors import CheckFailedError


class SavedImage(BaseModel):
    """An image in an archive. `name` is its service's, or its name in the catalogue."""

    name: str
    reference: str
    id: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    digest: str
    """What a registry calls it; "" for one that was built."""
    size: int
    revision: str
    """The commit that it was built from; "" when its label does not say."""
    sources: str
    """The hash of the files that it was built from; "" for one that was pulled."""


class Manifest(BaseModel):
    """Everything in an archive but the files themselves."""

    format: Literal[1] = 1
    version: str
    """stackctl's."""
    stack: str
    created: str
    platform: str
    store: str
    """How Docker keeps images: one kind calls the same image by another id than the other."""
    pythons: list[str]
    unpacked: int
    """The bytes of the images, not compressed."""
    images: list[SavedImage] = Field(min_length=1)
    left_out: list[str]


def parse(text: str | bytes) -> Manifest:
    """Read a manifest. Raises CheckFailedError when it is none, or of a stackctl that does this in another way."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(item["loc"] == ("format",) for item in error.errors()):
            raise CheckFailedError(
                "The archive is of a form that this stackctl does not know.",
                "Use the stackctl in it: tar xf FILE, then stackhub/bin/stackctl images load",
            ) from None
        raise CheckFailedError(f"The archive's manifest cannot be read: {error.errors()[0]['msg']}.") from None
