"""What tests of images share: where containers reach this machine, and a running notebook server of each image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from docker.types import Mount

from contract import container
from stackctl import catalogue, settings
from tests.images.notebook import Notebook, started
from tests.support.checkout import ROOT, STACK, run
from tests.unit.singleuser.hub import Hub, serving

Mounts = dict[str, dict[str, str]]
LIMITS = {"MEM_LIMIT": str(2 * 2**30), "CPU_LIMIT": "2.0"}
"""As DockerSpawner sets them."""


@pytest.fixture(scope="session")
def bridge(engine_ready: None) -> str:
    """The address of this machine that containers reach."""
    return run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()


@pytest.fixture(scope="session")
def bundle() -> Mounts:
    """The mount of this machine's certificates, as the hub gives it to each server."""
    path = "/etc/ssl/certs/ca-certificates.crt"
    return {str(settings.load(ROOT).stack_ca_bundle): {"bind": path, "mode": "ro"}}


@pytest.fixture(scope="session")
def alices_hub(bridge: str) -> Iterator[Hub]:
    """A hub that knows alice, and nothing of GitLab."""
    made = Hub(bridge, "alice", {})
    with serving(made):
        yield made


@pytest.fixture(scope="session")
def notebook_of(images: dict[str, str], alices_hub: Hub, bundle: Mounts) -> Iterator[Callable[[str], Notebook]]:
    """A running server of the notebook image with this name: one for all tests that ask for it.

    What can be written in it is what the catalogue says.
    """
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Notebook:
            read_only = catalogue.load(ROOT, STACK["STACK_NAME"]).image(name).read_only
            tmpfs = container.tmpfs(int(LIMITS["MEM_LIMIT"]), read_only=read_only)
            work = Mount(container.WORK, None, type="volume")  # removed with its container
            options = {"read_only": read_only, "tmpfs": tmpfs, "volumes": bundle, "mounts": [work]}
            return stack.enter_context(started(images[name], alices_hub, LIMITS, **options))

        yield start
