"""The catalogue: the images and sizes that people choose from, read from singleuser/ and edited there."""

from stackctl.catalogue.model import REFERENCE, Catalogue, Image, Size
from stackctl.catalogue.reader import LOCAL_SIZES, SIZES, load, sizes_file
from stackctl.catalogue.services import IMAGES, LOCAL_IMAGES

__all__ = [
    "IMAGES",
    "LOCAL_IMAGES",
    "LOCAL_SIZES",
    "REFERENCE",
    "SIZES",
    "Catalogue",
    "Image",
    "Size",
    "edit",
    "load",
    "sizes",
    "sizes_file",
    "yaml_file",
]
