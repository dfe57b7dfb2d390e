"""The settings of what notebook servers can reach on the network."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

from pydantic import BaseModel, ValidationInfo, field_validator

from contract.lists import items
from contract.network import NEVER
from stackctl.settings.validation import Switch, host_name


class EgressSettings(BaseModel):
    """The notebook firewall (`walls`) enforces them."""

    stack_isolation: Switch = "on"
    stack_egress: Literal["internet", "none"] = "internet"
    stack_egress_private: Literal["deny", "allow"] = "deny"
    stack_egress_exceptions: str = ""

    @field_validator("stack_egress", "stack_egress_private", "stack_egress_exceptions")
    @classmethod
    def _with_isolation(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("stack_isolation") == "off":
            raise ValueError("has no effect with STACK_ISOLATION=off")
        return value

    @field_validator("stack_egress_exceptions")
    @classmethod
    def _places(cls, value: str) -> str:
        return ",".join(_place(item) for item in items(value))


def _place(item: str) -> str:
    """A name, an IPv4 address or a network, with or without a port, in its usual form."""
    host, _, port = item.partition(":")
    if ":" in port or "[" in item:
        raise ValueError(f"{item!r} must not be an IPv6 address: notebook servers have only IPv4")
    if port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"{item!r} must end with a port from 1 to 65535, or contain no colon")
    try:
        target = _network(host) if re.fullmatch(r"[\d.]+(/\d+)?", host) else host_name(host)
    except ValueError as error:
        raise ValueError(f"{item!r}: {error}") from None
    return f"{target}:{int(port)}" if port else target


def _network(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise ValueError("is neither an IP address nor a network such as 10.1.2.0/24") from None
    if any(network.subnet_of(ipaddress.IPv4Network(never)) for never in NEVER):
        raise ValueError(
            "is never open to notebooks: link-local and multicast addresses lead to credentials, or to everybody"
        )
    if network.prefixlen == 0:
        raise ValueError("is every address; use STACK_EGRESS_PRIVATE=allow instead")
    return str(network.network_address) if network.num_addresses == 1 else str(network)
