"""Keeping the walls in place: put up, looked at, and put back when somebody took them away."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from stackwalls import kernel
from stackwalls.rules import Place, Rules
from stackwalls.ruleset import removal, ruleset

LOG = logging.getLogger("walls")
NAMES_SECONDS = 60
"""After which names are looked up again."""


@dataclass
class Walls:
    """The walls of one stack."""

    rules: Rules
    _known: dict[Place, list[IPv4Network]] = field(default_factory=dict, init=False)
    _unknown: set[Place] = field(default_factory=set, init=False)
    _looked_up: float = field(default=-NAMES_SECONDS, init=False)
    _text: str = field(default="", init=False)
    """What was loaded last,"""
    _standing: str = field(default="", init=False)
    """and how the kernel has it."""

    def keep(self) -> None:
        """See to it that they stand as they should, once there is a network. Raises KernelError."""
        if not (subnet := kernel.subnet(self.rules.name)):
            return
        self._put_up(subnet)
        if time.monotonic() >= self._looked_up + NAMES_SECONDS:
            self._look_up()
            self._put_up(subnet)

    def _put_up(self, subnet: IPv4Network) -> None:
        text = ruleset(self.rules, subnet, self._addresses)
        if text == self._text and kernel.standing(self.rules.name) == self._standing:
            return
        if not self._text:
            LOG.warning("Standing around %s.", subnet)
        elif text == self._text:
            LOG.warning("Put back: somebody changed them.")
        kernel.load(text)
        self._text, self._standing = text, kernel.standing(self.rules.name)

    def _addresses(self, place: Place) -> list[IPv4Network]:
        return [place.network] if place.network else self._known.get(place, [])

    def _look_up(self) -> None:
        """Find the addresses of names; where there are none now, the former ones count on."""
        for place in {place for place in self.rules.exceptions + self.rules.own if not place.network}:
            try:
                self._known[place] = kernel.addresses(place)
                self._unknown.discard(place)
            except OSError as error:
                if place not in self._unknown:
                    LOG.warning("The name %s is not known: %s", place.host, error)
                self._unknown.add(place)
        self._looked_up = time.monotonic()


def take_down(name: str) -> None:
    """Remove what there is of a stack's walls. Raises KernelError."""
    kernel.load(removal(name, "bridge", "inet"))
