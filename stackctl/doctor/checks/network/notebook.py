"""Does a notebook server reach what it needs, and nothing else? From the results of a probe in a temporary container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackctl.ui.check import Check

MIRRORS = "docs/mirrors.md says what notebooks need. Check STACK_PYPI_MIRROR, HTTPS_PROXY and STACK_CA_BUNDLE in .env."


def hub(results: Mapping[str, Any], url: str, network: str) -> Check:
    """`results`: of notebook_probe.py; `url`: the address of the hub's API that notebooks get; `network`: theirs."""
    name = next(iter(results["addresses"]))
    if not results["addresses"][name]:
        message = f"A notebook does not find the hub: its network, {network}, does not know the name {name}."
        return Check("fail", message, "stackctl up")
    if results["hub"]:
        message = f"A notebook does not reach the hub: {url} answers {results['hub']}."
        return Check(
            "fail", message, "See: stackctl logs hub. Does a firewall of this server block traffic between containers?"
        )
    return Check("ok", f"A notebook reaches the hub at {url}.")


def internet(results: Mapping[str, Any]) -> Iterator[Check]:
    """What a notebook needs from elsewhere: names, and pip's index. `results`: of notebook_probe.py."""
    _, *others = results["addresses"]
    yield from _names({name: results["addresses"][name] for name in others})
    yield from _index(results["index"])


def isolation(reached: Sequence[str], on: bool) -> Check:
    """`reached`: what a notebook reaches but must not; `on`: STACK_ISOLATION."""
    if not on:
        message = "Notebook servers reach each other, this server and private networks: STACK_ISOLATION=off."
        return Check("warn", message, "If the kernel has nftables: stackctl config unset STACK_ISOLATION")
    if reached:
        fix = "See: stackctl logs walls. Check STACK_EGRESS_EXCEPTIONS in .env."
        return Check("fail", f"A notebook reaches {', '.join(reached)}.", fix)
    return Check("ok", "A notebook reaches no other notebook server, nor this server or private addresses.")


def _names(addresses: Mapping[str, list[str]]) -> Iterator[Check]:
    unknown = [name for name, answers in addresses.items() if not answers]
    if unknown:
        fix = "Containers use the name servers in this server's /etc/resolv.conf, or `dns` in /etc/docker/daemon.json."
        yield Check("fail", f"A notebook cannot look up {', '.join(unknown)}.", fix)
    elif addresses:
        yield Check("ok", f"A notebook can look up {', '.join(addresses)}.")


def _index(lines: list[str] | None) -> Iterator[Check]:
    if lines is None:
        yield Check("warn", "pip's index was not checked: the image has no pip.", "Use an image with pip for this check.")
    elif lines:
        yield Check("fail", "pip in a notebook does not find its index.", MIRRORS, "\n".join(lines))
    else:
        yield Check("ok", "pip in a notebook finds its index.")
