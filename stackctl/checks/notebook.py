"""What a notebook server needs around it, as a throw-away notebook container has found it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackctl.checks import Check

MIRRORS = "docs/mirrors.md says what notebooks need; STACK_PYPI_MIRROR, HTTPS_PROXY and STACK_CA_BUNDLE are in .env."


def check(found: Mapping[str, Any], hub: str, network: str) -> Iterator[Check]:
    """`found`: what notebook_probe.py printed. `hub`: the hub's API as notebooks are told it; `network`: theirs."""
    name, *others = found["addresses"]
    if not found["addresses"][name]:
        fix = f"If it runs (see Services), it is off {network}: stackctl up"
        yield Check("fail", f"A notebook does not find the hub: the name {name} is not known on its network.", fix)
    elif found["hub"]:
        what = f"A notebook does not reach the hub: {hub} answers {found['hub']}."
        yield Check("fail", what, "See: stackctl logs hub. Does a firewall of this server stand between containers?")
    else:
        yield Check("ok", f"A notebook reaches the hub at {hub}.")
    yield from _names({name: found["addresses"][name] for name in others})
    yield from _index(found["index"])


def isolation(there: Sequence[str], on: bool) -> Check:
    """`there`: what a notebook reaches and should not."""
    if not on:
        what = "Notebook servers reach each other, this server and private networks: STACK_ISOLATION=off."
        return Check("warn", what, "If its kernel has nftables: stackctl config unset STACK_ISOLATION")
    if there:
        fix = "See: stackctl logs walls. STACK_EGRESS_EXCEPTIONS in .env may have it, too."
        return Check("fail", f"A notebook reaches {', '.join(there)}.", fix)
    return Check("ok", "A notebook reaches no other notebook server, nor this server or private addresses.")


def _names(addresses: Mapping[str, list[str]]) -> Iterator[Check]:
    unknown = [name for name, known in addresses.items() if not known]
    if unknown:
        fix = "Containers ask the name servers in this server's /etc/resolv.conf, or `dns` in /etc/docker/daemon.json."
        yield Check("fail", f"A notebook does not know the name {', '.join(unknown)}.", fix)
    elif addresses:
        yield Check("ok", f"A notebook knows the name {', '.join(addresses)}.")


def _index(lines: list[str] | None) -> Iterator[Check]:
    if lines is None:
        yield Check("warn", "Whether pip finds its index is not known: the image has no pip.")
    elif lines:
        yield Check("fail", "pip in a notebook does not find its index.", MIRRORS, "\n".join(lines))
    else:
        yield Check("ok", "pip in a notebook finds its index.")
