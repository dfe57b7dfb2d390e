"""The certificate of STACK_TLS=files: will browsers take it for STACK_HOST, and for how long?"""

from __future__ import annotations

import datetime
from pathlib import Path

from stackctl.certificates import Site
from stackctl.checks import Check
from stackctl.errors import CheckFailedError

SOON = datetime.timedelta(days=21)
"""Let's Encrypt's are renewed 30 days before their end: with less, a renewal has failed."""

RENEW = "Renew it, then: stackctl up"


def check(
    certificate: Path, key: Path, host: str, trusted: Path, now: datetime.datetime, subdomain: str = ""
) -> list[Check]:
    """What is wrong with the two files for `host`, and for a `subdomain` of it with STACK_SUBDOMAINS=on.

    `trusted`: the CAs that this server trusts (STACK_CA_BUNDLE).
    """
    try:
        site = Site.read(certificate, key)
    except CheckFailedError as error:
        return [Check("fail", error.message, error.hint)]
    found = [*_dates(site, certificate, now), *_use(site, certificate, host, subdomain), *_chain(site, certificate, trusted)]
    return found or [Check("ok", f"The certificate is for {host}, and ends on {site.ends:%Y-%m-%d}.")]


def served(ends: datetime.datetime, now: datetime.datetime, *, wanted: bool) -> list[Check]:
    """What is wrong with the certificate that nginx has. `wanted`: whether `stackctl up` would leave it as it is."""
    found = []
    if ends - now < SOON:
        when = f"expired on {ends:%Y-%m-%d}" if ends <= now else f"ends in {(ends - now).days} days, on {ends:%Y-%m-%d}"
        found.append(Check("fail" if ends <= now else "warn", f"The certificate that nginx has {when}.", RENEW))
    if not wanted:
        found.append(Check("warn", "nginx has an older certificate than there is now.", "stackctl up"))
    return found or [Check("ok", f"nginx has a certificate that ends on {ends:%Y-%m-%d}.")]


def _dates(site: Site, file: Path, now: datetime.datetime) -> list[Check]:
    if site.ends <= now:
        return [Check("fail", f"The certificate in {file} expired on {site.ends:%Y-%m-%d}.", RENEW)]
    if now < site.begins:
        what = f"The certificate in {file} is not valid before {site.begins:%Y-%m-%d %H:%M} UTC."
        fix = f"This server's clock says {now:%Y-%m-%d %H:%M} UTC. If that is wrong: timedatectl set-ntp true"
        return [Check("fail", what, fix)]
    if site.ends - now < SOON:
        what = f"The certificate in {file} ends in {(site.ends - now).days} days, on {site.ends:%Y-%m-%d}."
        return [Check("warn", what, RENEW)]
    return []


def _use(site: Site, file: Path, host: str, subdomain: str) -> list[Check]:
    """Is it for this host and its subdomains, and for a server?"""
    found = []
    if not site.names:
        what = f"The certificate in {file} has no subjectAltName, and browsers take no notice of its common name."
        found.append(Check("fail", what, f"Get one with DNS:{host} as its subjectAltName."))
    elif not site.is_for(host):
        names = ", ".join(site.names[:5]) + (", …" if len(site.names) > 5 else "")
        what = f"The certificate in {file} is for {names}, not for {host}."
        found.append(Check("fail", what, "Correct STACK_HOST in .env, or get a certificate for that name."))
    elif subdomain and not site.is_for(subdomain):
        what = f"The certificate in {file} is for {host}, not for *.{host}, where people's notebooks are."
        fix = "Get one for both (of Let's Encrypt by its DNS challenge), or take STACK_SUBDOMAINS out of .env."
        found.append(Check("fail", what, fix))
    if not site.is_for_servers:
        what = f"The certificate in {file} is not for servers: its extended key usage lacks serverAuth."
        found.append(Check("fail", what, "Get one for a TLS server."))
    return found


def _chain(site: Site, file: Path, trusted: Path) -> list[Check]:
    """Does it lead to its CA?"""
    if misplaced := site.misplaced():
        what = f"The certificates in {file} are no chain: {misplaced} has not signed the one before it."
        return [Check("fail", what, "Put the host's own first, then the one that has signed it, and so on.")]
    if other := site.no_authority():
        what = f"{other} in {file} has signed another certificate, and is no CA: browsers do not take what it signs."
        return [Check("fail", what, "Get a certificate that a CA has signed.")]
    if missing := site.missing(trusted):
        fix = "Append it to the file: certbot has it in fullchain.pem. A CA of your own may be in STACK_CA_BUNDLE instead."
        return [Check("fail", f"The chain in {file} is not complete: the certificate of {missing} is missing.", fix)]
    if site.signs_itself:
        what = f"The certificate in {file} has signed itself: browsers warn of it, and people learn to click warnings away."
        return [Check("warn", what, "STACK_TLS=selfsigned has a CA that they can trust.")]
    return []
