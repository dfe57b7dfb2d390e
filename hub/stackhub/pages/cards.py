"""The cards of the choice page: environments and sizes, and how many servers of each size can still be started."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import NullTranslations

from contract.catalogue import Size, Texts
from stackhub.i18n.translations import N_, translations
from stackhub.spawn.capacity import Capacity, shown
from stackhub.spawn.catalogue import RefusedError
from stackhub.spawn.choice import Choices

PLENTY = 10
"""From this many servers on, a card says "Available" instead of the number."""

REASONS = {
    "too-large": N_("Needs {wanted}; this server has {most}."),
    "size-full": N_("{count} of {count} in use."),
    "memory-full": N_("Needs {wanted}; {free} available."),
    "gpus-full": N_("GPUs: {wanted} needed, {free} available."),
}
"""Why a size cannot be chosen now, by kind of RefusedError."""


@dataclass(frozen=True)
class Card:
    """One environment or size. `available`: how much is available; `reason`: why it cannot be chosen; both may be empty."""

    name: str
    title: str
    text: str
    chosen: bool
    available: str = ""
    reason: str = ""


def image_cards(choices: Choices, lang: str) -> list[Card]:
    """The environments in the operator's order."""
    return [
        Card(image.name, _in(image.title, lang) or image.name, _in(image.description, lang), image == choices.image)
        for image in choices.catalogue.images
    ]


def size_cards(choices: Choices, lang: str) -> list[Card]:
    """The sizes in the operator's order, full ones included."""
    chosen = preselected_size(choices)
    return [_size_card(size, choices.capacity, size == chosen, lang) for size in choices.catalogue.sizes]


def preselected_size(choices: Choices) -> Size | None:
    """The first size that is available: the one chosen last time, else the default, else in order. None if all are full."""
    sizes = sorted(choices.catalogue.sizes, key=lambda size: (size != choices.size, not size.default))
    return next((size for size in sizes if choices.capacity.free(size)), None)


def _size_card(size: Size, capacity: Capacity, chosen: bool, lang: str) -> Card:
    texts = translations(lang)
    title, text = _in(size.title, lang) or size.name, resources(size, texts)
    try:
        capacity.reserve("", size)
    except RefusedError as refusal:
        label = texts.gettext("Too large") if refusal.kind == "too-large" else texts.gettext("Full")
        reason = texts.gettext(REASONS[refusal.kind]).format(**refusal.facts)
        return Card(size.name, title, text, False, label, reason)
    return Card(size.name, title, text, chosen, availability(size, capacity, texts))


def resources(size: Size, texts: NullTranslations) -> str:
    """CPUs, memory and GPUs of a server of this size."""
    cpus = texts.ngettext("{count} CPU", "{count} CPUs", 1 if size.cpu == 1 else 2)  # 0.5 CPUs
    parts = [cpus.format(count=f"{size.cpu:g}"), texts.gettext("{amount} of memory").format(amount=shown(size.memory))]
    if size.gpus:
        parts.append(texts.ngettext("{count} GPU", "{count} GPUs", size.gpus).format(count=size.gpus))
    return " · ".join(parts)


def availability(size: Size, capacity: Capacity, texts: NullTranslations) -> str:
    """How many more servers of this size can be started, with the total where a count or GPUs limit it."""
    free = capacity.free(size)
    if size.count is not None or size.gpus:
        return texts.gettext("{free} of {most} available").format(free=free, most=capacity.most(size))
    return texts.gettext("Available") if free >= PLENTY else texts.gettext("{free} available").format(free=free)


def _in(texts: Texts, lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
