"""The states that `images list` shows, and the old builds that `images prune` removes."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from stackctl.catalogue import Image
from stackctl.commands.images.prune import old_builds
from stackctl.images import listing
from stackctl.images.check import Verdict
from stackctl.images.listing import age, digest, look, shown_state
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
    ("state", "reason", "built", "previous", "shown"),
    [
        ("offered", "", True, True, "offered"),
        ("not offered", "", True, False, "not offered"),
        ("not here", "it is not built", True, False, "it is not built: stackctl images build it"),
        ("not here", "it is not pulled", False, False, "it is not pulled: stackctl images pull it"),
        ("unfit", "it runs as root", True, False, "nobody can choose it: it runs as root"),
        ("unfit", "it runs as root", True, True, "people have the previous build: it runs as root"),
        ("newer", "", True, True, "newer than what people have: stackctl up"),
        ("newer", "", True, False, "new: stackctl up"),
    ],
)
def test_a_state_in_words(state: str, reason: str, built: bool, previous: bool, shown: str) -> None:
    entry = {"name": "it", "state": state, "reason": reason, "built": built}
    assert shown_state(entry, previous=previous) == shown


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
    states = {listing.OFFERED, listing.NOT_OFFERED, listing.NOT_HERE, listing.UNFIT, listing.NEWER}
    shown = {
        state: [
            shown_state({"name": "a", "reason": "b", "built": True, "state": state}, previous=had) for had in (False, True)
        ]
        for state in states
    }
    assert shown == {
        listing.OFFERED: ["offered, but b: stackctl up"] * 2,
        listing.NOT_OFFERED: ["not offered"] * 2,
        listing.NOT_HERE: ["b: stackctl images build a"] * 2,
        listing.UNFIT: ["nobody can choose it: b", "people have the previous build: b"],
        listing.NEWER: ["new: stackctl up", "newer than what people have: stackctl up"],
    }


def build(ident: str, size: int, *tags: str) -> dict[str, Any]:
    return {"Id": ident, "Size": size, "RepoTags": list(tags)}


def test_old_builds_have_no_name_and_are_not_needed() -> None:
    builds = [build("small", 1), build("named", 9, "stackhub-hub:latest"), build("run", 9), build("large", 5)]
    assert [image["Id"] for image in old_builds(builds, {"run", "named"})] == ["large", "small"]


@pytest.mark.parametrize("command", ["list", "prune"])
def test_without_docker_the_error_says_so(checkout: Checkout, command: str) -> None:
    ran = checkout.stackctl("images", command)
    assert (ran.code, ran.out) == (4, "")
    assert "Docker does not answer on this machine." in ran.err
