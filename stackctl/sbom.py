"""What is in an image, as a CycloneDX document: https://cyclonedx.org/docs/1.6/json/"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from stackctl import __version__
from stackctl.image_contents import Contents, Package


def document(name: str, ident: str, contents: Contents) -> dict[str, Any]:
    """The document about the image with the id `ident`. The same image gives the same one: there is no time in it."""
    system = {"type": "operating-system", "name": contents.system, "version": contents.release}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, ident).urn,
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "stackctl", "version": __version__}]},
            "component": {"type": "container", "bom-ref": ident, "name": name, "version": ident},
        },
        "components": [*([system] if contents.system else []), *(_component(item, contents) for item in contents.packages)],
    }


def _component(item: Package, contents: Contents) -> dict[str, Any]:
    address = purl(item, contents)
    found: dict[str, Any] = {"type": "library", "bom-ref": address, "name": item.name, "version": item.version}
    found["purl"] = address
    if item.places:
        found["evidence"] = {"occurrences": [{"location": place} for place in item.places]}
    return found


def purl(item: Package, contents: Contents) -> str:
    """What a package is called everywhere: https://github.com/package-url/purl-spec"""
    name = "/".join(quote(part, safe="") for part in item.name.split("/"))  # npm's may have a scope before it
    version = quote(item.version, safe=":")
    if item.kind == "deb":
        return f"pkg:deb/{contents.system}/{name}@{version}?arch={item.extra}&distro={contents.system}-{contents.release}"
    build = f"?build={quote(item.extra, safe='')}" if item.kind == "conda" else ""
    return f"pkg:{item.kind}/{name}@{version}{build}"
