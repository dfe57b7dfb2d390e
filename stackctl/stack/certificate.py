"""The certificate in nginx's container, and bringing it the one that the settings name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from contract import paths, users
from stackctl.settings import Settings
from stackctl.stack.services import Services


@dataclass(frozen=True)
class Certificate:
    """nginx's certificate, for the checkout at `root`."""

    root: Path
    settings: Settings
    services: Services

    def todo(self) -> str:
        """What `install` would do; "" for nothing."""
        if not self.settings.has_tls:
            return ""
        from stackctl.tls import nginx_certificate  # only here: cryptography takes a tenth of a second to import

        if todo := nginx_certificate.todo(self.root, self.settings):
            return todo
        return "" if self.served() == self._configured() else "bring nginx a new certificate"

    def install(self) -> None:
        """Bring nginx the certificate, with its key, that it is to serve from its next handshake on."""
        pem = self._configured() if self.settings.has_tls else None
        if pem and self.served() != pem:
            nginx = self.services.created("nginx")
            self.services.engine.replace_file(nginx, paths.TLS_PEM, pem.get_secret_value(), owner=users.SERVICE)

    def _configured(self) -> SecretStr | None:
        from stackctl.tls import nginx_certificate

        return nginx_certificate.load(self.root, self.settings)

    def served(self) -> SecretStr | None:
        """The certificate that nginx has, with its key, as PEM; None where it has none, or speaks no TLS."""
        nginx = self.services.find("nginx") if self.settings.has_tls else None
        pem = self.services.engine.read_archive(nginx.id, paths.TLS_PEM).strip() if nginx else ""
        return SecretStr(pem) if pem else None
