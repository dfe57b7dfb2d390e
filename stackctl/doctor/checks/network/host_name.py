"""Does the name in STACK_HOST lead to this server, and do the names below it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from stackctl.ui.check import Check


def check(name: str, addresses: Sequence[str], own: Iterable[str]) -> Check:
    """`addresses`: of `name`, as this server's resolver knows them; `own`: this server's."""
    if not addresses:
        fix = "Check STACK_HOST in .env; if it is right, add a DNS record for it with this server's address."
        return Check("fail", f"DNS does not know the name {name}.", fix)
    shown = ", ".join(addresses)
    if all(ip_address(address).is_loopback for address in addresses):
        fix = "Only this server uses that address (/etc/hosts?). Check that DNS has another one for everybody else."
        return Check("warn", f"{name} is {shown} on this server.", fix)
    local = set(own)
    foreign = [address for address in addresses if address not in local]
    if not foreign:
        return Check("ok", f"{name} is this server ({shown}).")
    if len(foreign) < len(addresses):
        message = f"{name} also has addresses that are not this server's: {', '.join(foreign)}."
        return Check(
            "warn", message, "Remove them from DNS, unless they lead here: some people would not reach this server."
        )
    fix = "This is right behind NAT or another proxy. Otherwise correct DNS, or STACK_HOST in .env."
    return Check("warn", f"{name} is {shown}, which is not an address of this server.", fix)


def subdomains(name: str, addresses: Sequence[str], host_addresses: Sequence[str], own: Iterable[str]) -> Check:
    """`name`: a random name below the host, with its `addresses`. `host_addresses`: of the host; `own`: this server's."""
    host = name.partition(".")[2]
    fix = f"Add a DNS record for *.{host} with the addresses of {host}, or remove STACK_SUBDOMAINS from .env."
    if not addresses:
        return Check("fail", f"DNS does not know names below {host}: people cannot open their notebooks.", fix)
    if not set(addresses) <= {*host_addresses, *own}:
        # a loopback address is from /etc/hosts: what DNS has for others is unknown
        unsure = all(ip_address(address).is_loopback for address in host_addresses)
        message = f"Names below {host} lead to {', '.join(addresses)}, which is not where {host} leads."
        return Check("warn" if unsure else "fail", message, fix)
    return Check("ok", f"Names below {host} lead where {host} leads.")
