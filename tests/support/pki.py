"""Certificates for tests, good ones and bad ones."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Issued:
    """A certificate, and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self, passphrase: bytes = b"") -> str:
        form = serialization.PrivateFormat.PKCS8
        way = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        return str(self.key.private_bytes(serialization.Encoding.PEM, form, way).decode())


def issue(
    subject: str,
    by: Issued | None = None,
    *,
    names: Sequence[str] = (),
    key: Any = None,
    begins: datetime.datetime = NOW - DAY,
    ends: datetime.datetime = NOW + 90 * DAY,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    authority: bool = True,
    may_sign: bool | None = None,
) -> Issued:
    """A certificate for `names`, or of a CA when there are none, signed by `by` or by itself.

    `authority`: whether one without names says that it is a CA's; `may_sign`: what its key usage says, if it has any.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder(by.certificate.subject if by else name, name, key.public_key())
    serial = x509.random_serial_number() | 1 << 158  # always 20 bytes long
    builder = builder.serial_number(serial).not_valid_before(begins).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority and not names, path_length=None), critical=True)
    if names and names != ("",):
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    if names:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        revoked = x509.DistributionPoint([x509.UniformResourceIdentifier("http://ca.example.org/crl")], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([revoked]), critical=False)
    if may_sign is not None:
        used = dict.fromkeys(KEY_USES, False) | {"digital_signature": True, "key_cert_sign": may_sign}
        builder = builder.add_extension(x509.KeyUsage(**used), critical=True)
    return Issued(builder.sign(by.key if by else key, hashes.SHA256()), key)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
