"""Does the name of STACK_HOST lead to this server, and do its subdomains?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from stackctl.checks import Check


def check(name: str, known: Sequence[str], own: Iterable[str]) -> Check:
    """`known`: the addresses of `name` as this server's resolver has them; `own`: those of this server."""
    if not known:
        fix = "Is it spelled right (STACK_HOST in .env)? If so, have this server's address entered in your DNS under it."
        return Check("fail", f"The name {name} is not known in DNS.", fix)
    shown = ", ".join(known)
    if all(ip_address(address).is_loopback for address in known):
        fix = "That is this server, for itself alone (/etc/hosts?). Others must find another address in DNS."
        return Check("warn", f"{name} is {shown} on this server.", fix)
    here = set(own)
    if any(address in here for address in known):
        others = [address for address in known if address not in here]
        if others:
            what = f"{name} has addresses that are not this server's too: {', '.join(others)}."
            return Check(
                "warn", what, "Whoever gets one of them does not get here; take it out of DNS, unless it leads here."
            )
        return Check("ok", f"{name} is this server ({shown}).")
    fix = "Right when that address leads here, by NAT or a proxy in front; else correct DNS, or STACK_HOST in .env."
    return Check("warn", f"{name} is {shown}, which is no address of this server.", fix)


def subdomains(name: str, known: Sequence[str], hosts: Sequence[str], own: Iterable[str]) -> Check:
    """`name`: a subdomain that nobody has entered by itself; `hosts`: the addresses of the host that it is below."""
    host = name.partition(".")[2]
    fix = f"Have *.{host} entered in your DNS with the addresses of {host}, or take STACK_SUBDOMAINS out of .env."
    if not known:
        return Check("fail", f"Subdomains of {host} are not known in DNS: people could not open their notebooks.", fix)
    if not set(known) <= {*hosts, *own}:
        here = all(ip_address(address).is_loopback for address in hosts)  # in /etc/hosts: what others get is not known
        what = f"Subdomains of {host} lead to {', '.join(known)}, and not where {host} leads."
        return Check("warn" if here else "fail", what, fix)
    return Check("ok", f"Subdomains of {host} lead where {host} leads.")
