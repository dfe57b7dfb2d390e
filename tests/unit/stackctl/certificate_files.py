"""A certificate and its key in files, checked as `up` and `doctor` do."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from stackctl.doctor.checks.network.certificate import check
from stackctl.ui.check import Check
from tests.support.pki import NOW, Issued, issue

HOST = "hub.example.org"
ROOT = issue("Root")
BETWEEN = issue("Between", ROOT)
GOOD = issue(HOST, BETWEEN, names=[HOST])


class CertificateFiles:
    """Two files in a folder, and a bundle with a root CA."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key, self.bundle = (folder / name for name in ("site.crt", "site.key", "bundle.crt"))
        self.bundle.write_text(ROOT.pem)

    def write(self, chain: Sequence[Issued], key: Issued | None = None) -> None:
        self.certificate.write_text("".join(item.pem for item in chain))
        self.key.write_text((key or chain[0]).key_pem())

    def check(self, host: str = HOST, now: datetime.datetime = NOW, subdomain: str = "") -> list[Check]:
        return check(self.certificate, self.key, host, self.bundle, now, subdomain)

    def of(self, *chain: Issued, key: Issued | None = None) -> list[Check]:
        self.write(chain, key)
        return self.check()
