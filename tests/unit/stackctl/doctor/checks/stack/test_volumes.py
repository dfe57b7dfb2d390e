"""Findings about volumes, and about the images that people may choose."""

from __future__ import annotations

from stackctl.doctor.checks.stack import images
from stackctl.doctor.checks.stack.volumes import ownerless, owners


def test_volumes_of_the_wrong_owner() -> None:
    expected = {"hub-user-a": 61100, "hub-user-b": 61100, "hub_hub": 990}
    (found,) = owners({"hub-user-a": 61100, "hub-user-b": 0, "hub_hub": 990}, expected, "hub-hub")
    assert (found.level, found.message) == (
        "fail",
        "The volume hub-user-b belongs to user id 0, but user id 61100 must write to it.",
    )
    assert found.fix == "docker run --rm --user root --volume hub-user-b:/v --entrypoint chown hub-hub -R 61100 /v"
    assert [item.level for item in owners(expected, expected, "hub-hub")] == ["ok"]


def test_volumes_without_an_account() -> None:
    volumes = {f"hub-user-{number}": f"gone{number}" for number in range(7)} | {"hub-user-alice": "alice"}
    (found,) = ownerless(volumes, {"alice", "bob"})
    assert found.level == "warn"
    assert found.message.startswith("7 volumes have files of people without an account: hub-user-0,")
    assert found.message.endswith("hub-user-4, ….")
    assert list(ownerless({"hub-user-alice": "alice"}, {"alice"})) == []


def test_images_that_people_may_choose() -> None:
    assert [item.level for item in images.check(["base"], {"base": True}, {})] == ["ok"]
    found = images.check(["base", "r", "new"], {"base": False, "r": True}, {"r": "it runs as root"})
    assert [f"{item.level}: {item.message}" for item in found] == [
        "fail: People can choose the image base, but it was removed: its servers cannot start.",
        "warn: The image r does not work: it runs as root.",
        "warn: The image new is in the catalogue, but not in the hub yet.",
    ]
