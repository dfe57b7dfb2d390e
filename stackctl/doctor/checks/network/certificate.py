"""The certificates of STACK_TLS=files and of nginx: are they valid for STACK_HOST, and for how long?"""

from __future__ import annotations

import datetime
from pathlib import Path

from stackctl.errors import CheckFailedError
from stackctl.tls.certificates import ServerCertificate
from stackctl.tls.nginx_certificate import EXPIRES_SOON, RENEW, expiry
from stackctl.ui.check import Check


def check(chain: Path, key: Path, host: str, bundle: Path, now: datetime.datetime, subdomain: str = "") -> list[Check]:
    """Problems of the two PEM files for `host` and, with STACK_SUBDOMAINS=on, for a `subdomain` of it.

    `bundle`: the CAs that this server trusts (STACK_CA_BUNDLE).
    """
    try:
        certificate = ServerCertificate.read(chain, key)
    except CheckFailedError as error:
        return [Check("fail", error.message, error.hint)]
    problems = [*_dates(certificate, chain, now), *_names(certificate, chain, host, subdomain)]
    problems += [*_usage(certificate, chain), *_chain(certificate, chain, bundle)]
    return problems or [Check("ok", f"The certificate is for {host} and expires on {certificate.expires:%Y-%m-%d}.")]


def served(expires: datetime.datetime, now: datetime.datetime, *, is_current: bool) -> list[Check]:
    """Problems of the certificate that nginx has. `is_current`: whether `up` would keep it."""
    problems = [finding] if (finding := expiry(expires, now)) else []
    if not is_current:
        problems.append(Check("warn", "There is a newer certificate than nginx has.", "stackctl up"))
    return problems or [Check("ok", f"nginx's certificate expires on {expires:%Y-%m-%d}.")]


def _dates(certificate: ServerCertificate, file: Path, now: datetime.datetime) -> list[Check]:
    expires, valid_from = certificate.expires, certificate.valid_from
    if expires <= now:
        return [Check("fail", f"The certificate in {file} expired on {expires:%Y-%m-%d}.", RENEW)]
    if now < valid_from:
        message = f"The certificate in {file} is not valid before {valid_from:%Y-%m-%d %H:%M} UTC."
        fix = f"This server's clock says {now:%Y-%m-%d %H:%M} UTC. If that is wrong: timedatectl set-ntp true"
        return [Check("fail", message, fix)]
    if expires - now < EXPIRES_SOON:
        message = f"The certificate in {file} expires in {(expires - now).days} days, on {expires:%Y-%m-%d}."
        return [Check("warn", message, RENEW)]
    return []


def _names(certificate: ServerCertificate, file: Path, host: str, subdomain: str) -> list[Check]:
    names = certificate.names
    if not names:
        message = f"The certificate in {file} has no subjectAltName, and browsers ignore its common name."
        return [Check("fail", message, f"Get one with DNS:{host} as its subjectAltName.")]
    if not certificate.is_for(host):
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        message = f"The certificate in {file} is for {shown}, not for {host}."
        return [Check("fail", message, "Correct STACK_HOST in .env, or get a certificate for that name.")]
    if subdomain and not certificate.is_for(subdomain):
        message = f"The certificate in {file} is for {host}, not for *.{host}, where people's notebooks are."
        fix = "Get one for both (from Let's Encrypt with the DNS challenge), or remove STACK_SUBDOMAINS from .env."
        return [Check("fail", message, fix)]
    return []


def _usage(certificate: ServerCertificate, file: Path) -> list[Check]:
    if certificate.is_for_servers:
        return []
    message = f"The certificate in {file} is not for servers: its extended key usage lacks serverAuth."
    return [Check("fail", message, "Get one for a TLS server.")]


def _chain(certificate: ServerCertificate, file: Path, bundle: Path) -> list[Check]:
    if misplaced := certificate.misplaced():
        message = f"The certificates in {file} are not a chain: {misplaced} did not sign the one before it."
        return [Check("fail", message, "Put the host's certificate first, then the one that signed it, and so on.")]
    if other := certificate.not_an_authority():
        message = f"{other} in {file} signed another certificate but is not a CA: browsers reject what it signs."
        return [Check("fail", message, "Get a certificate that a CA has signed.")]
    if missing := certificate.missing(bundle):
        fix = "Append it to the file: certbot has it in fullchain.pem. A CA of your own can be in STACK_CA_BUNDLE instead."
        return [Check("fail", f"The chain in {file} is not complete: the certificate of {missing} is missing.", fix)]
    if certificate.is_self_signed:
        message = f"The certificate in {file} is self-signed: browsers warn about it, and people learn to ignore warnings."
        return [Check("warn", message, "STACK_TLS=selfsigned creates a CA that people can trust.")]
    return []
