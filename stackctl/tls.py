"""The certificate that nginx serves, and where it comes from."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from stackctl import secrets
from stackctl.certificates import Site
from stackctl.local_ca import LocalCA
from stackctl.settings import Settings

SITE = "/run/tls/site.pem"
"""Where nginx reads certificate and key at each handshake: nginx/start-nginx."""


def authority(root: Path, settings: Settings) -> LocalCA:
    """The CA of STACK_TLS=selfsigned for the host that is set."""
    folder = secrets.folder(root, settings.stack_name) / "tls" / settings.stack_host.replace(":", "-")
    return LocalCA(folder, settings.stack_host, root, wildcard=settings.stack_subdomains == "on")


def todo(root: Path, settings: Settings) -> str:
    """What `site` would make; "" for nothing."""
    return authority(root, settings).todo() if settings.has_tls and settings.stack_tls == "selfsigned" else ""


def site(root: Path, settings: Settings) -> SecretStr | None:
    """What nginx is to serve, as PEM: the certificate, those that lead to its CA, the key. None where it speaks no TLS.

    Raises CheckFailedError when a file cannot be read, or is not what it should be.
    """
    if not settings.has_tls:
        return None
    if settings.stack_tls == "files":
        return Site.read(Path(settings.stack_tls_certificate), Path(settings.stack_tls_key)).pem
    return authority(root, settings).site()
