"""Choosing and starting: defaults, the last choice, refusals, and parallel starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackhub.spawn import choice
from stackhub.spawn.errors import ChoiceError
from tests.unit.stackhub.spawn.servers import GB, Hub, catalogue, image, size, text

IMAGES = [image("base"), image("r", groups=["lab"])]
SIZES = [size("small"), size("large", count=1, memory=2 * GB), size("gpu", gpus=1), size("huge", memory=100 * GB)]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with catalogue(tmp_path, monkeypatch, text(IMAGES, SIZES, ("GPU-1", "GPU-2"))):
        yield Hub(8 * GB)


def test_a_start_uses_the_choice(hub: Hub) -> None:
    server = hub.start("alice", {"image": "r", "size": "large"}, groups=("lab",))
    assert (server.image, server.cpu_limit, server.mem_limit) == ("sha256:r", 1, 2 * GB)
    assert (server.reservation.image, server.reservation.size) == ("r", "large")


def test_a_start_without_a_choice_uses_the_defaults(hub: Hub) -> None:
    server = hub.start("alice")
    assert (server.reservation.image, server.reservation.size, server.image) == ("base", "small", "sha256:base")


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ({"image": "r"}, 403, "not-this-image"),
        ({"size": "tiny"}, 403, "not-this-size"),
        ({"size": "huge"}, 409, "too-large"),
        ({"image": "base", "cmd": "sh"}, 400, "unknown-option"),
    ],
)
def test_an_unknown_choice_is_refused_and_reserves_nothing(hub: Hub, options: Any, status: int, kind: str) -> None:
    server = hub.server("alice", last=options)
    server.active = True
    with pytest.raises(ChoiceError) as refused:
        choice.apply(server, options)
    assert (refused.value.status_code, refused.value.kind) == (status, kind)
    assert server.reservation is None


@pytest.mark.parametrize(("last", "kept"), [({"image": "r"}, False), ({"size": "tiny"}, False), ({"size": "small"}, True)])
def test_the_last_choice_is_kept_while_it_is_allowed(hub: Hub, last: Any, kept: bool) -> None:
    server = hub.server("alice", last=last)
    choice.drop_stale_choice(server)
    assert server.orm_spawner.user_options == (last if kept else None)


def test_of_two_parallel_starts_one_gets_the_last_place(hub: Hub) -> None:
    first, second = hub.server("alice"), hub.server("bob")
    first.active = second.active = True
    choice.apply(first, {"size": "large"})
    with pytest.raises(ChoiceError, match="1 of 1 in use"):
        choice.apply(second, {"size": "large"})
    first.active = False
    choice.apply(second, {"size": "large"})


def test_no_gpu_is_reserved_twice(hub: Hub) -> None:
    leased = [hub.start(name, {"size": "gpu"}) for name in ("alice", "bob")]
    assert [server.reservation.gpus for server in leased] == [("GPU-1",), ("GPU-2",)]
    with pytest.raises(ChoiceError, match=r"1 needed, 0 available\."):
        hub.start("carol", {"size": "gpu"})
    leased[0].active = False
    assert hub.start("carol", {"size": "gpu"}).reservation.gpus == ("GPU-1",)


def test_a_restarting_server_does_not_count_against_itself(hub: Hub) -> None:
    server = hub.start("alice", {"size": "large"})
    choice.apply(server, {"size": "large"})


def test_named_servers_of_one_user_count_too(hub: Hub) -> None:
    hub.start("alice", {"size": "large"})
    with pytest.raises(ChoiceError):
        hub.start("alice", {"size": "large"})


@pytest.mark.parametrize(
    ("last", "groups", "expected"),
    [
        (None, (), ("base", "small")),
        ({}, (), ("base", "small")),
        ({"image": "r", "size": "gpu"}, ("lab",), ("r", "gpu")),
        ({"image": "r", "size": "gpu"}, (), ("base", "small")),  # no longer in that group
        ({"image": "base", "size": "gone"}, (), ("base", "small")),
        ({"image": "base", "size": "huge"}, (), ("base", "huge")),
    ],
)
def test_the_last_choice_is_preselected_if_it_is_allowed(hub: Hub, last: Any, groups: Any, expected: Any) -> None:
    offered = choice.choices(hub.server("alice", groups, last))
    assert (offered.image.name, offered.size.name) == expected
    assert not offered.only_one


@pytest.mark.parametrize(("images", "sizes", "page"), [(1, 1, ""), (2, 1, "cards"), (1, 2, "cards")])
def test_the_choice_page_is_shown_only_if_there_is_a_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: int, sizes: int, page: str
) -> None:
    written = text([image(str(n)) for n in range(images)], [size(str(n)) for n in range(sizes)])
    with catalogue(tmp_path, monkeypatch, written):
        assert choice.form(Hub(GB).server("alice")) == page


@pytest.mark.parametrize(
    ("images", "sizes", "kind"),
    [([], SIZES, "no-image"), (IMAGES[1:], SIZES, "no-image"), (IMAGES, [], "no-size")],
)
def test_having_nothing_to_choose_from_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Any, sizes: Any, kind: str
) -> None:
    with catalogue(tmp_path, monkeypatch, text(images, sizes)), pytest.raises(ChoiceError) as refused:
        choice.form(Hub(GB).server("alice"))
    assert (refused.value.kind, refused.value.status_code) == (kind, 403)


def test_only_the_choice_is_read_from_the_form() -> None:
    form = {"image": ["base", "r"], "size": ["small"], "_xsrf": ["x"], "cmd": ["sh"]}
    assert choice.from_form(form) == {"image": "base", "size": "small"}
    assert choice.from_form({"image": []}) == {}
