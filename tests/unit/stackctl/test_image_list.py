"""What `images list` says of an image, and which old builds `images prune` takes."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from stackctl import image_list
from stackctl.catalogue import Image
from stackctl.image_check import Verdict
from stackctl.image_list import age, digest, look, shown_state
from stackctl.image_prune import old_builds
from tests.unit.stackctl.conftest import Checkout

BUILT = Image(name="scipy", title={"en": "SciPy"}, reference="stackhub-singleuser-scipy", folder=Path("scipy"))
PULLED = Image(name="r", title={"en": "R"}, reference="quay.io/jupyter/r-notebook:2026-11-02")


def test_the_states_of_an_image() -> None:
    unfit = Verdict("it runs as root")
    assert look(BUILT, "sha256:1", "sha256:1", Verdict()) == ("offered", "")
    assert look(BUILT, "sha256:2", "sha256:1", None) == ("newer", "")
    assert look(BUILT, "sha256:2", "sha256:1", unfit) == ("unfit", "it runs as root")
    assert look(BUILT, "", "", None) == ("not here", "it is not built")
    assert look(PULLED, "", "", None) == ("not here", "it is not pulled")
    assert look(BUILT.model_copy(update={"offered": False}), "sha256:1", "", unfit) == ("not offered", "")


@pytest.mark.parametrize(
    ("state", "reason", "built", "former", "shown"),
    [
        ("offered", "", True, True, "offered"),
        ("not offered", "", True, False, "not offered"),
        ("not here", "it is not built", True, False, "it is not built: stackctl images build it"),
        ("not here", "it is not pulled", False, False, "it is not pulled: stackctl images pull it"),
        ("unfit", "it runs as root", True, False, "nobody can choose it: it runs as root"),
        ("unfit", "it runs as root", True, True, "people have its former build: it runs as root"),
        ("newer", "", True, True, "newer than what people have: stackctl up"),
        ("newer", "", True, False, "new: stackctl up"),
    ],
)
def test_a_state_for_a_person(state: str, reason: str, built: bool, former: bool, shown: str) -> None:
    entry = {"name": "it", "state": state, "reason": reason, "built": built}
    assert shown_state(entry, former=former) == shown


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("quay.io/jupyter/r-notebook:2026-11-02", "sha256:b"),
        ("quay.io/jupyter/r-notebook", "sha256:b"),
        ("quay.io/jupyter/r-notebook@sha256:b", "sha256:b"),
        ("jupyterhub/singleuser:5", "sha256:d"),
        ("localhost:5000/r", "sha256:e"),
        ("stackhub-singleuser-r", "sha256:id"),
    ],
)
def test_the_digest_is_that_of_the_reference(reference: str, expected: str) -> None:
    digests = ["mirror.example.org/r@sha256:a", "quay.io/jupyter/r-notebook@sha256:b"]
    digests += ["docker.io/jupyterhub/singleuser@sha256:d", "localhost:5000/r@sha256:e"]
    assert digest(reference, {"Id": "sha256:id", "RepoDigests": digests}) == expected


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-11-24T11:59:30Z", "now"),
        ("2026-11-24T11:58:30Z", "1 minute"),
        ("2026-11-24T09:00:00Z", "3 hours"),
        ("2026-11-23T12:00:00Z", "1 day"),
        ("2026-09-24T12:00:00Z", "61 days"),
        ("1970-01-01T00:00:00Z", ""),
        ("", ""),
        ("2026-11-24T12:05:00Z", "now"),
    ],
)
def test_age(created: str, expected: str) -> None:
    assert age(created, datetime(2026, 11, 24, 12, tzinfo=timezone.utc)) == expected


def test_every_state_can_be_shown() -> None:
    states = {image_list.OFFERED, image_list.NOT_OFFERED, image_list.NOT_HERE, image_list.UNFIT, image_list.NEWER}
    shown = {
        state: [
            shown_state({"name": "a", "reason": "b", "built": True, "state": state}, former=had) for had in (False, True)
        ]
        for state in states
    }
    assert shown == {
        image_list.OFFERED: ["offered, but b: stackctl up"] * 2,
        image_list.NOT_OFFERED: ["not offered"] * 2,
        image_list.NOT_HERE: ["b: stackctl images build a"] * 2,
        image_list.UNFIT: ["nobody can choose it: b", "people have its former build: b"],
        image_list.NEWER: ["new: stackctl up", "newer than what people have: stackctl up"],
    }


def build(ident: str, size: int, *tags: str) -> dict[str, Any]:
    return {"Id": ident, "Size": size, "RepoTags": list(tags)}


def test_only_builds_without_a_name_that_nobody_needs_are_old() -> None:
    builds = [build("small", 1), build("named", 9, "stackhub-hub:latest"), build("run", 9), build("large", 5)]
    assert [image["Id"] for image in old_builds(builds, {"run", "told"})] == ["large", "small"]


@pytest.mark.parametrize("command", ["list", "prune"])
def test_without_docker_it_says_so(checkout: Checkout, command: str) -> None:
    ran = checkout.stackctl("images", command)
    assert (ran.code, ran.out) == (4, "")
    assert "Docker does not answer on this machine." in ran.err
