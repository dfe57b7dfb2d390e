"""The packages in real images, and `audit` of the running stack."""

from __future__ import annotations

import json

from packaging.utils import canonicalize_name

from stackctl.doctor import image_contents
from stackctl.engine import Engine
from tests.support.running import Stack


def packages(stack: Stack, image: str) -> set[tuple[str, str, str]]:
    """Kind, name and version of each package in an image."""
    inside = image_contents.read(Engine(), f"{stack.name}-{image}", stack.name)
    assert inside.updated > 1_700_000_000, "Debian packages were installed after 2023"
    return {(item.kind, item.name, item.version) for item in inside.packages}


def test_the_packages_found_in_an_image_are_those_that_its_python_has(stack: Stack) -> None:
    image = f"{stack.name}-singleuser-base"
    program = "from importlib.metadata import distributions as d; print(*(f'{i.name}=={i.version}' for i in d()))"
    installed = stack.run("docker", "run", "--rm", "--network=none", image, "python", "-c", program).out.split()
    expected = {("pypi", canonicalize_name(name), version) for name, version in (item.split("==") for item in installed)}
    assert {item for item in packages(stack, "singleuser-base") if item[0] == "pypi"} == expected
    assert [item for item in packages(stack, "proxy") if item[:2] == ("npm", "configurable-http-proxy")]


def test_the_stack_passes_its_own_audit(stack: Stack) -> None:
    results = json.loads(stack.ctl("audit", "--json").out)
    passed = [item["message"] for item in results if item["level"] == "ok"]
    assert [item["message"] for item in results if item["level"] == "fail"] == []
    assert any("only the rights that the stack gives" in message for message in passed)
    assert any(message.startswith("The Debian packages of all") for message in passed)
    checked = next(message for message in passed if "packages that security depends on" in message)
    assert int(checked.split()[0]) >= 6, "the proxy, the hub with its two, and two of the notebook's"
