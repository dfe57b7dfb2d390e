"""What stands on the cards of the choice page: images and sizes with what is left of them, in one language."""

from __future__ import annotations

from dataclasses import dataclass

from .capacity import Capacity, shown
from .catalogue import RefusedError, Size, Texts
from .choice import Choices
from .start_texts import FULL, WORDS

PLENTY = 10
"""From so many servers that there is room for, nobody needs the number."""


@dataclass(frozen=True)
class Card:
    """One choice. `left` says what is left, `reason` why it cannot be chosen; empty where there is nothing to say."""

    name: str
    title: str
    text: str
    chosen: bool
    left: str = ""
    reason: str = ""


def image_cards(choices: Choices, lang: str) -> list[Card]:
    """The images in the operator's order."""
    return [
        Card(image.name, _in(image.title, lang) or image.name, _in(image.description, lang), image == choices.image)
        for image in choices.catalogue.images
    ]


def size_cards(choices: Choices, lang: str) -> list[Card]:
    """The sizes in the operator's order, those without room too."""
    chosen = free_size(choices)
    return [_size_card(size, choices.capacity, size == chosen, lang) for size in choices.catalogue.sizes]


def free_size(choices: Choices) -> Size | None:
    """The size that is chosen before somebody chooses: theirs, else the default, else the first; one that has room."""
    sizes = sorted(choices.catalogue.sizes, key=lambda size: (size != choices.size, not size.default))
    return next((size for size in sizes if choices.capacity.free(size)), None)


def _size_card(size: Size, capacity: Capacity, chosen: bool, lang: str) -> Card:
    title, text = _in(size.title, lang) or size.name, gives(size, lang)
    try:
        capacity.take("", size)
    except RefusedError as refusal:
        reason = FULL[refusal.kind][lang].format(**refusal.facts)
        return Card(
            size.name, title, text, False, WORDS[lang]["too_large" if refusal.kind == "too-large" else "full"], reason
        )
    return Card(size.name, title, text, chosen, left(size, capacity, lang))


def gives(size: Size, lang: str) -> str:
    """What a server of a size has."""
    words = WORDS[lang]
    parts = [words["cpu" if size.cpu == 1 else "cpus"].format(count=f"{size.cpu:g}")]
    parts.append(words["memory"].format(amount=shown(size.memory)))
    if size.gpus:
        parts.append(words["gpu" if size.gpus == 1 else "gpus"].format(count=size.gpus))
    return " · ".join(parts)


def left(size: Size, capacity: Capacity, lang: str) -> str:
    """How many more there can be: of how many, where the operator or the GPUs set a number; memory has no such number."""
    words, free = WORDS[lang], capacity.free(size)
    if size.count is not None or size.gpus:
        return words["free_of"].format(free=free, most=capacity.most(size))
    return words["available"] if free >= PLENTY else words["room"].format(free=free)


def _in(texts: Texts, lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
