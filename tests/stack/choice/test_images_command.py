"""Images beside a running stack: one from elsewhere, one that went wrong, old builds, and what stackctl says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standins.docker_stacks.image import built
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

ELSEWHERE = """
  elsewhere:
    profiles: [singleuser]
    image: REFERENCE
    x-notebook:
      title: From elsewhere
"""
BROKEN = "\nUSER root\n"


@pytest.fixture
def files(stack: Stack) -> Iterator[dict[str, Path]]:
    """The catalogue and the base image's Dockerfile, for a test to change; the next `up` has them as they were."""
    paths = {"catalogue": stack.root / "singleuser/compose.yaml", "dockerfile": stack.root / "singleuser/base/Dockerfile"}
    before = {path: path.read_text() for path in paths.values()}
    yield paths
    for path, text in before.items():
        path.write_text(text)


def listed(stack: Stack) -> dict[str, dict[str, Any]]:
    """What `images list` says, by name."""
    return {entry["name"]: entry for entry in json.loads(stack.ctl("images", "list", "--json").out)}


def start(person: Person, **options: str) -> None:
    answer = person.hub("POST", "/server", json=options)
    assert answer.status_code in (201, 202), answer.text
    wait_until(person.is_ready, 60, f"{person.name}'s server is ready")


def test_images_from_elsewhere_one_fit_and_one_not(stack: Stack, alice: Person, files: dict[str, Path]) -> None:
    fit, unfit = built("good"), built("bare")
    output = stack.ctl("images", "check", unfit, code=3)
    assert f"{unfit}: it has no jupyterhub." in output.out
    entries = ELSEWHERE.replace("REFERENCE", fit) + ELSEWHERE.replace("REFERENCE", unfit).replace("elsewhere:", "bare:")
    files["catalogue"].write_text(files["catalogue"].read_text() + entries)
    assert listed(stack)["elsewhere"]["state"] == "newer"
    output = stack.ctl("up", "--yes")
    assert "publish what people can choose: base, elsewhere" in output.err
    assert "The image bare does not work: it has no jupyterhub. Nobody can choose it." in output.err
    assert "nobody can choose it: it has no jupyterhub" in stack.ctl("images", "list").out
    alice.stop()
    assert alice.hub("POST", "/server", json={"image": "bare"}).status_code == 403
    start(alice, image="elsewhere")
    with Kernel(alice) as kernel:
        assert kernel.run("import sys; print(6*7, sys.prefix)") == "42 /opt/conda"
        assert kernel.run("import os; print(os.environ['NOTEBOOK_HOOKS'])") == "ran", "its entrypoint has run"
    alice.write("from-elsewhere.txt", "kept")
    entry = listed(stack)["elsewhere"]
    assert (entry["state"], entry["servers"], entry["reference"]) == ("offered", 1, fit)
    servers = json.loads(stack.ctl("status", "--json").out)["servers"]
    shown = [(item["image"], item["size"]) for item in servers if item["user"] == alice.name]
    assert shown == [("elsewhere", "small")]
    alice.stop()
    start(alice, image="base")
    assert alice.read("from-elsewhere.txt") == "kept"
    alice.stop()


@pytest.mark.full
def test_after_a_broken_build_people_keep_the_previous_one(
    stack: Stack, alice: Person, bob: Person, files: dict[str, Path]
) -> None:
    before = listed(stack)["base"]["id"]
    bob.stop()
    bob.start()
    assert stack.servers()[bob.name].attrs["Image"] == before
    files["dockerfile"].write_text(files["dockerfile"].read_text() + BROKEN)
    output = stack.ctl("up", "--yes", seconds=300)
    assert "The image base does not work: it runs as root. People keep its previous version." in output.err
    entry = listed(stack)["base"]
    assert (entry["state"], entry["reason"]) == ("unfit", "it runs as root")
    assert entry["id"] != before
    assert "people have the previous build: it runs as root" in stack.ctl("images", "list").out
    assert bob.is_ready(), "what runs goes on"
    assert "base: it runs as root." in stack.ctl("images", "check", "base", code=3).out
    for person in (alice, bob):
        person.stop()
    stack.ctl("images", "prune")
    start(alice, image="base")
    assert stack.servers()[alice.name].attrs["Image"] == before
    alice.stop()


@pytest.mark.full
def test_prune_takes_old_builds_and_nothing_else(stack: Stack, bob: Person, files: dict[str, Path]) -> None:
    original = files["dockerfile"].read_text()
    bob.stop()
    stack.ctl("up", "--yes", seconds=300)
    stack.ctl("images", "prune")  # what other tests have left
    bob.start()
    run, strange = listed(stack)["base"]["id"], somebody_elses(stack)
    forgotten, newest = build(stack, original, "1"), build(stack, original, "2")
    stack.ctl("up", "--yes")
    output = stack.ctl("images", "prune", "--dry-run").err
    assert output.count("base of 20") == 1, output
    assert there(stack, forgotten)
    output = stack.ctl("images", "prune").err
    assert "freed." in output
    assert not there(stack, forgotten)
    for kept in (run, newest, strange, "debian:trixie-slim"):
        assert there(stack, kept), kept
    bob.stop()
    assert "1 old build removed" in stack.ctl("images", "prune").err
    assert not there(stack, run)
    stack.docker.images.remove(strange)


def build(stack: Stack, dockerfile: str, version: str) -> str:
    """Build the base image with one label more; its id."""
    (stack.root / "singleuser/base/Dockerfile").write_text(f"{dockerfile}\nLABEL version={version}\n")
    stack.ctl("images", "build", "base", seconds=300)
    return str(stack.docker.images.get(f"{stack.name}-singleuser-base").id)


def somebody_elses(stack: Stack) -> str:
    """The id of an image without a name that another project has built."""
    container = stack.docker.containers.create("debian:trixie-slim", ["true"])
    try:
        image = container.commit(changes=["LABEL com.docker.compose.project=somebody-elses"])
    finally:
        container.remove()
    assert not image.tags
    return str(image.id)


def there(stack: Stack, image: str) -> bool:
    return image in {name for item in stack.docker.images.list() for name in [item.id, *item.tags]}


@pytest.mark.full
def test_what_is_not_here_and_what_is_not_built(stack: Stack, files: dict[str, Path]) -> None:
    output = stack.ctl("images", "check", "nobodys", code=1).err
    assert "There is no image 'nobodys', neither in the catalogue nor on this server." in output
    entry = ELSEWHERE.replace("REFERENCE", "quay.io/example/not-here:1")
    files["catalogue"].write_text(files["catalogue"].read_text() + entry)
    assert "elsewhere is not built here." in stack.ctl("images", "build", "elsewhere", code=1).err
    assert listed(stack)["elsewhere"]["reason"] == "it is not pulled"
    assert "elsewhere: it is not on this server." in stack.ctl("images", "check", "elsewhere", code=3).out
    found = json.loads(stack.ctl("images", "check", "base", "--json").out)
    assert [(item["name"], item["reason"], item["kernel"]) for item in found] == [("base", "", "python3")]


def test_status_shows_images_and_sizes_by_name(stack: Stack, new_person: Callable[[str], Person]) -> None:
    person = new_person("alice").start()
    line = next(line for line in stack.ctl("status").out.splitlines() if line.startswith("alice "))
    assert line.split()[1:3] == ["base", "small"], "the default server has no name"
    person.stop()
