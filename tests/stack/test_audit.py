"""SBOMs of real images, and an audit of the running stack."""

from __future__ import annotations

import json

from stackctl import sbom
from stackctl.image_contents import Contents, Package, pypi_name
from tests.stack.running import Stack


def packages(stack: Stack, name: str) -> set[str]:
    """What is in an image, each with its version."""
    said = json.loads(stack.ctl("images", "sbom", name).out)
    return {item["purl"].partition("?")[0] for item in said["components"] if "purl" in item}


def test_what_is_in_an_image_is_what_it_says_itself(stack: Stack) -> None:
    found = packages(stack, "base")
    image = f"{stack.name}-singleuser-base"
    asked = "from importlib.metadata import distributions as d; print(*(f'{i.name}=={i.version}' for i in d()))"
    said = stack.run("docker", "run", "--rm", "--network=none", image, "python", "-c", asked).out.split()
    pairs = (item.split("==") for item in said)
    expected = {sbom.purl(Package("pypi", pypi_name(name), version), Contents()) for name, version in pairs}
    assert {address for address in found if address.startswith("pkg:pypi/")} == expected
    assert any(address.startswith("pkg:deb/debian/libssl3t64@") for address in found)
    assert [address for address in packages(stack, "proxy") if "/configurable-http-proxy@" in address]


def test_the_stack_passes_its_own_audit(stack: Stack) -> None:
    found = json.loads(stack.ctl("audit", "--json").out)
    well = [item["message"] for item in found if item["level"] == "ok"]
    assert [item["message"] for item in found if item["level"] == "fail"] == []
    assert any("have the rights that they were made to have" in message for message in well)
    assert any("The Debian packages of" in message for message in well)
    heart = next(message for message in well if "packages at the heart" in message)
    assert int(heart.split()[0]) >= 6, "the proxy, the hub with its two, and two of the notebook's"
