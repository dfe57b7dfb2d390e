"""The cards' texts, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.catalogue import LANGUAGES, Size
from stackhub.i18n.translations import translations
from stackhub.pages.cards import availability, image_cards, preselected_size, resources, size_cards
from stackhub.spawn import choice
from stackhub.spawn.capacity import Capacity
from tests.unit.stackhub.spawn.servers import GB, Hub, catalogue, image, size, text

BOTH = {"en": "Plots", "zh-CN": "图表"}


def sized(**more: Any) -> Size:
    return Size(**size("small", **more))


@pytest.mark.parametrize(
    ("what", "english", "chinese"),
    [
        (sized(), "1 CPU · 1 GB of memory", "1 核 CPU · 1 GB 内存"),
        (sized(cpu=2.0, memory=GB // 2), "2 CPUs · 512 MB of memory", "2 核 CPU · 512 MB 内存"),
        (sized(cpu=0.5, gpus=1), "0.5 CPUs · 1 GB of memory · 1 GPU", "0.5 核 CPU · 1 GB 内存 · 1 个 GPU"),
        (sized(gpus=2), "1 CPU · 1 GB of memory · 2 GPUs", "1 核 CPU · 1 GB 内存 · 2 个 GPU"),
    ],
)
def test_the_resources_of_a_size(what: Size, english: str, chinese: str) -> None:
    assert [resources(what, translations(lang)) for lang in LANGUAGES] == [english, chinese]


@pytest.mark.parametrize(
    ("what", "english", "chinese"),
    [
        (sized(count=4), "4 of 4 available", "剩余 4 / 4"),
        (sized(count=99), "20 of 20 available", "剩余 20 / 20"),
        (sized(gpus=1), "2 of 2 available", "剩余 2 / 2"),
        (sized(), "Available", "可用"),
        (sized(memory=4 * GB), "5 available", "还可启动 5 个"),
    ],
)
def test_the_availability_of_a_size(what: Size, english: str, chinese: str) -> None:
    capacity = Capacity(20 * GB, ("GPU-1", "GPU-2"), ())
    assert [availability(what, capacity, translations(lang)) for lang in LANGUAGES] == [english, chinese]


@pytest.mark.parametrize(
    ("taken", "last", "chosen"),
    [
        ([], None, "medium"),
        ([], {"size": "one"}, "one"),
        (["one"], {"size": "one"}, "medium"),
        (["one", "medium"], {"size": "one"}, "many"),
        (["one", "medium", "many"], {"size": "one"}, None),
    ],
)
def test_the_preselected_size_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[str], last: Any, chosen: str | None
) -> None:
    sizes = [size("many", count=1), size("medium", count=1, default=True), size("one", count=1, title=BOTH)]
    with catalogue(tmp_path, monkeypatch, text([image("base")], sizes)):
        hub = Hub(8 * GB)
        for name in taken:
            hub.start(f"holder-of-{name}", {"size": name})
        offered = choice.choices(hub.server("alice", last=last))
        preselected = preselected_size(offered)
        assert (preselected.name if preselected else None) == chosen
        cards = size_cards(offered, "zh-CN")
    assert [card.name for card in cards if card.chosen] == ([chosen] if chosen else [])
    assert [card.name for card in cards if card.reason] == [card.name for card in cards if card.name in taken]
    full = [(card.title, card.available, card.reason) for card in cards if card.name == "one" and card.reason]
    assert full in ([], [("图表", "已满", "1 个名额已全部占用。")])


def test_an_image_is_shown_in_the_persons_language_or_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [
        image("plots", title=BOTH, description=BOTH, default=True),
        image("english", title={"en": "English"}),
        image("chinese", title={"zh-CN": "中文"}),
    ]
    with catalogue(tmp_path, monkeypatch, text(images, [size("small")])):
        offered = choice.choices(Hub(GB).server("alice"))
    assert [card.title for card in image_cards(offered, "zh-CN")] == ["图表", "English", "中文"]
    assert [card.title for card in image_cards(offered, "en")] == ["Plots", "English", "中文"]
    assert [card.text for card in image_cards(offered, "en")] == ["Plots", "", ""]
    assert [card.chosen for card in image_cards(offered, "en")] == [True, False, False]
