"""Keep a stack's firewall in place: load it, check it, and load it again when somebody has changed it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from stackwalls import kernel
from stackwalls.rules import Destination, Rules
from stackwalls.ruleset import removal, ruleset

LOG = logging.getLogger("walls")
LOOKUP_INTERVAL = 60
"""Seconds between two look-ups of the same names."""


@dataclass
class Firewall:
    """The firewall of one stack."""

    rules: Rules
    _known: dict[Destination, list[IPv4Network]] = field(default_factory=dict, init=False)
    _unknown: set[Destination] = field(default_factory=set, init=False)
    _looked_up: float = field(default=-LOOKUP_INTERVAL, init=False)
    _text: str = field(default="", init=False)
    """The rules that were loaded last,"""
    _loaded: str = field(default="", init=False)
    """and how the kernel lists them."""

    def keep(self) -> None:
        """Load the rules where they are missing or have changed, once there is a network. Raises KernelError."""
        if not (subnet := kernel.subnet(self.rules.name)):
            return
        self._load(subnet)
        if time.monotonic() >= self._looked_up + LOOKUP_INTERVAL:
            self._look_up()
            self._load(subnet)

    def _load(self, subnet: IPv4Network) -> None:
        text = ruleset(self.rules, subnet, self._addresses)
        if text == self._text and kernel.loaded(self.rules.name) == self._loaded:
            return
        if not self._text:
            LOG.warning("The firewall is in place around %s.", subnet)
        elif text == self._text:
            LOG.warning("The rules were changed from outside; they are restored.")
        kernel.load(text)
        self._text, self._loaded = text, kernel.loaded(self.rules.name)

    def _addresses(self, destination: Destination) -> list[IPv4Network]:
        return [destination.network] if destination.network else self._known.get(destination, [])

    def _look_up(self) -> None:
        """Look up the addresses of names; where that fails, the previous ones stay."""
        for destination in {item for item in self.rules.exceptions + self.rules.own if not item.network}:
            try:
                self._known[destination] = kernel.addresses(destination)
                self._unknown.discard(destination)
            except OSError as error:
                if destination not in self._unknown:
                    LOG.warning("The name %s cannot be looked up: %s", destination.host, error)
                self._unknown.add(destination)
        self._looked_up = time.monotonic()


def remove(name: str) -> None:
    """Remove a stack's firewall, whether it is in place or not. Raises KernelError."""
    kernel.load(removal(name, "bridge", "inet"))
