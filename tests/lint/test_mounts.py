"""No mount has a target below a link of the image: Docker Engine 28.5 to 29.7 cannot handle it.

https://github.com/moby/moby/issues/52653
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract import container
from tests.support.checkout import ROOT, files

LINKS = ("/bin", "/lib", "/lib64", "/sbin", "/usr/local/man", "/var/lock", "/var/run", "/var/spool/mail")
"""Links in Debian's base image; tests/images/test_images.py compares them with each finished image."""

COMPOSE_FILES = ["compose.yaml", "hub/sign-in.yaml", "nginx/ports.yaml", "singleuser/compose.yaml"]

ON_THE_SERVER = {
    "/var/run/docker.sock",
    "/var/run/docker.pid",
    "/var/run/docker/containerd/containerd.pid",
}
"""Paths below such links that stackctl uses on the server, not in a container."""


def below_link(path: str) -> bool:
    return path in LINKS or path.startswith(tuple(f"{link}/" for link in LINKS))


def targets(service: dict[str, Any]) -> Iterator[str]:
    """The mount targets of a Compose service, in Compose's short syntax."""
    for volume in service.get("volumes", ()):
        yield re.sub(r":r[ow]$", "", volume).rpartition(":")[2]
    yield from (entry.partition(":")[0] for entry in service.get("tmpfs", ()))


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_compose_mounts_nothing_below_a_link(path: str) -> None:
    services = yaml.safe_load((ROOT / path).read_text())["services"]
    found = {name: list(targets(service)) for name, service in services.items()}
    assert [target for mounts in found.values() for target in mounts if not target.startswith("/")] == []
    assert {name: target for name, mounts in found.items() for target in mounts if below_link(target)} == {}


def test_compose_mounts_are_found() -> None:
    gate = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["gate"]
    assert list(targets(gate)) == ["/run/docker.sock", "/run/gate"]


def test_builds_mount_nothing_below_a_link() -> None:
    dockerfiles = [path for path in files() if Path(path).name == "Dockerfile"]
    found = [
        target for path in dockerfiles for target in re.findall(r"--mount=\S*?target=([^, ]+)", (ROOT / path).read_text())
    ]
    assert "/mirrors" in found
    assert [target for target in found if below_link(target)] == []


def test_notebook_containers_mount_nothing_below_a_link() -> None:
    memory = container.tmpfs(2**30, read_only=True)
    assert not any(map(below_link, [container.WORK, container.SHARED, container.CA_BUNDLE, *memory]))


def test_no_program_names_a_path_below_a_link_in_a_container() -> None:
    """stackctl's throw-away containers have their targets in the source, some of them put together there."""
    sources = [
        path for path in files() if path.endswith(".py") and path.partition("/")[0] in {"stackctl", "hub", "gate", "walls"}
    ]
    found = {
        (path, node.value)
        for path in sources
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not re.search(r"\s", node.value)
        if node.value not in LINKS and below_link(node.value)
    }
    assert {item for item in found if item[1] not in ON_THE_SERVER} == set()


DOCKERFILES = [path for path in files() if Path(path).name == "Dockerfile" and not path.startswith("tests/")]


@pytest.mark.parametrize("path", DOCKERFILES)
def test_each_file_that_is_copied_into_an_image_has_its_mode(path: str) -> None:
    """A checkout made with `umask 027` has none that other users can read."""
    copies = re.findall(r"^(?:COPY|ADD) (.*)$", (ROOT / path).read_text(), re.MULTILINE)
    from_stages = re.compile(r"--from=(?!contract)")
    assert [line for line in copies if "--chmod=" not in line and not from_stages.search(line)] == []
