"""The certificate that nginx must have: the operator's files, or one of the local CA."""

from __future__ import annotations

import datetime
from pathlib import Path

from pydantic import SecretStr

from stackctl.checkout import secrets
from stackctl.settings import Settings
from stackctl.tls.certificates import ServerCertificate
from stackctl.tls.local_ca import LocalCA
from stackctl.ui.check import Check

EXPIRES_SOON = datetime.timedelta(days=21)
"""Let's Encrypt certificates are renewed 30 days before they expire: with less than this left, a renewal has failed."""

RENEW = "Renew it, then: stackctl up"


def expiry(expires: datetime.datetime, now: datetime.datetime) -> Check | None:
    """A finding if nginx's certificate has expired, or expires soon; None if not."""
    if expires - now >= EXPIRES_SOON:
        return None
    if expires <= now:
        return Check("fail", f"nginx's certificate expired on {expires:%Y-%m-%d}.", RENEW)
    return Check("warn", f"nginx's certificate expires in {(expires - now).days} days, on {expires:%Y-%m-%d}.", RENEW)


def authority(root: Path, settings: Settings) -> LocalCA:
    """The CA of STACK_TLS=selfsigned for STACK_HOST."""
    folder = secrets.folder(root, settings.stack_name) / "tls" / settings.stack_host.replace(":", "-")
    return LocalCA(folder, settings.stack_host, root, wildcard=settings.stack_subdomains == "on")


def todo(root: Path, settings: Settings) -> str:
    """What `load` would create; "" for nothing."""
    return authority(root, settings).todo() if settings.has_tls and settings.stack_tls == "selfsigned" else ""


def load(root: Path, settings: Settings) -> SecretStr | None:
    """The certificate chain and the key as PEM; None if nginx speaks no TLS. Creates those of the local CA if needed.

    Raises CheckFailedError if a file cannot be read, or nginx cannot use it.
    """
    if not settings.has_tls:
        return None
    if settings.stack_tls == "files":
        return ServerCertificate.read(Path(settings.stack_tls_certificate), Path(settings.stack_tls_key)).pem
    return authority(root, settings).server_certificate()
