"""A change of the catalogue is live after `up`: no server is stopped, and a mistake changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.person import Person
from tests.support.running import SIZES, Stack

TINY = "tiny: {cpu: 0.5, memory: 256M, count: 1}\nlab: {cpu: 1, memory: 1G, groups: [phisics]}\n"


@pytest.fixture
def sizes(stack: Stack, bob: Person) -> Iterator[Path]:
    """The file with the sizes, for a test to change. Bob may hold one of them meanwhile."""
    file = stack.root / "singleuser" / "sizes.yaml"
    yield file
    bob.stop()
    file.write_text(SIZES)


def hub_file(stack: Stack) -> str:
    return stack.inside("gate", "cat /run/gate/catalogue.json")


def test_a_new_size_is_there_after_up_and_everything_goes_on(stack: Stack, alice: Person, bob: Person, sizes: Path) -> None:
    alice.start()
    hub, server = stack.services()["hub"].id, stack.servers()[alice.name].id
    sizes.write_text(SIZES + TINY)
    bob.stop()
    assert bob.hub("POST", "/server", json={"size": "tiny"}).status_code == 403, "not before up"
    output = stack.ctl("up", "--yes").err
    assert "publish what people can choose: base" in output
    assert "Only the group phisics may use lab, but the hub knows no member of it." in output
    assert (stack.services()["hub"].id, stack.servers()[alice.name].id) == (hub, server)
    assert bob.hub("POST", "/server", json={"size": "tiny"}).status_code == 201
    made = stack.servers()[bob.name]
    assert made.attrs["HostConfig"]["Memory"] == 256 * 2**20
    assert (made.labels["stackhub.image"], made.labels["stackhub.size"]) == ("base", "tiny")

    alice.stop()
    refused = alice.hub("POST", "/server", json={"size": "tiny"})
    assert (refused.status_code, "This size is full: 1 of 1 in use." in refused.json()["message"]) == (409, True)
    stack.ctl("restart", "hub")
    assert alice.hub("POST", "/server", json={"size": "tiny"}).status_code == 409, "a hub that was restarted knows it too"
    assert alice.name not in stack.servers()

    sizes.write_text(SIZES)
    stack.ctl("up", "--yes")
    assert stack.servers()[bob.name].id == made.id, "what runs goes on though its size is gone"
    bob.stop()
    assert bob.hub("POST", "/server", json={"size": "tiny"}).status_code == 403
    assert bob.hub("POST", "/server").status_code == 201, "what was chosen last is gone: the default"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("small: {cpu: 1}\n", "singleuser/sizes.yaml line 1: memory of small: is missing."),
        ("small: {cpu: 1, memory: 1G\n", "singleuser/sizes.yaml line 2: "),
        ("gpu: {cpu: 1, memory: 1G, gpus: 1}\n", "The size gpu has GPUs, but Docker has no NVIDIA runtime."),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(stack: Stack, sizes: Path, text: str, message: str) -> None:
    before = hub_file(stack)
    sizes.write_text(text)
    output = stack.ctl("up", "--yes", code=3)
    assert message in output.err
    assert hub_file(stack) == before


def test_the_hub_has_what_was_tried_by_id(stack: Stack) -> None:
    (image,) = json.loads(hub_file(stack))["images"]
    assert image["id"] == stack.docker.images.get(f"{stack.name}-singleuser-base").id
