"""The CA of STACK_TLS=selfsigned. It is valid for one host only, and its key stays in the checkout."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import SecretStr

from stackctl.checkout import files, secrets

CA_LIFE = datetime.timedelta(days=3650)
SERVER_LIFE = datetime.timedelta(days=397)
"""Apple's devices reject more than 825 days (https://support.apple.com/en-us/103769), TLS test tools more than 398."""

RENEWED = SERVER_LIFE / 3
"""A certificate is replaced when less than this is left."""

DAY = datetime.timedelta(days=1)
"""Certificates are valid from a day ago, for clocks that are slow."""

EVERY_ADDRESS = [ipaddress.ip_network(network) for network in ("0.0.0.0/0", "::/0")]


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def parse(cls, text: str) -> Pair | None:
        """From what `pem` returned; None for anything else."""
        try:
            certificate = x509.load_pem_x509_certificate(text.encode())
            key = serialization.load_pem_private_key(text.encode(), None)
        except (ValueError, TypeError):
            return None
        ours = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
        return cls(certificate, key) if ours else None  # type: ignore[arg-type]

    @property
    def public(self) -> str:
        """The certificate alone, as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode().strip()

    @property
    def pem(self) -> SecretStr:
        """The certificate and the key, as PEM."""
        form = serialization.PrivateFormat.PKCS8
        key = self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return SecretStr(f"{self.public}\n{key.decode().strip()}")


@dataclass(frozen=True)
class LocalCA:
    """A CA for one host, and the host's certificate, in a folder of the checkout."""

    folder: Path
    host: str
    root: Path
    """The checkout."""
    now: datetime.datetime = field(default_factory=_now)
    wildcard: bool = False
    """Whether the certificate is for the host's subdomains too."""

    @property
    def certificate(self) -> Path:
        """The CA certificate that people install in their browsers."""
        return self.folder / "ca.crt"

    def todo(self) -> str:
        """What `server_certificate` would create; "" for nothing. Raises CheckFailedError if a file cannot be read."""
        authority = self._authority()
        if not authority:
            return f"create a CA, and a certificate for {' and '.join(self._names)}"
        return "" if self._server(authority) else f"create a new certificate for {' and '.join(self._names)}"

    def server_certificate(self) -> SecretStr:
        """The host's certificate and key as PEM. Creates them, and the CA, if they do not exist or expire soon."""
        authority = self._authority()
        if not authority:
            authority = _new_authority(self.host, self.now)
            secrets.save(self.folder / "ca.pem", authority.pem)
        if not self.certificate.exists() or self.certificate.read_text().strip() != authority.public:
            files.write(self.certificate, authority.public)
        server = self._server(authority)
        if not server:
            server = _new_server(self._names, authority, self.now)
            secrets.save(self.folder / "site.pem", server.pem)
        return server.pem

    @property
    def _names(self) -> list[str]:
        return [self.host, f"*.{self.host}"] if self.wildcard else [self.host]

    def _read(self, name: str) -> Pair | None:
        pem = secrets.find(self.folder / name, self.root)
        return Pair.parse(pem.get_secret_value()) if pem else None

    def _authority(self) -> Pair | None:
        """The CA, if it outlives what it would sign now."""
        pair = self._read("ca.pem")
        return pair if pair and self.now + SERVER_LIFE < pair.certificate.not_valid_after_utc else None

    def _server(self, authority: Pair) -> Pair | None:
        """The host's certificate, if this CA has signed it for these names, and it does not expire soon."""
        pair = self._read("site.pem")
        if not pair:
            return None
        if not pair.certificate.not_valid_before_utc <= self.now < pair.certificate.not_valid_after_utc - RENEWED:
            return None
        try:
            pair.certificate.verify_directly_issued_by(authority.certificate)
            names = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return None
        return pair if names == _alternative(self._names) else None


def _new_authority(host: str, now: datetime.datetime) -> Pair:
    """A CA that name constraints limit to `host` (RFC 5280, section 4.2.1.10), in case its key is stolen."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _general_name(host)
    if isinstance(name, x509.IPAddress):  # no host name is below this one
        permitted = [x509.IPAddress(ipaddress.ip_network(name.value)), x509.DNSName("invalid")]
        limits = x509.NameConstraints(permitted, None)
    else:
        limits = x509.NameConstraints([name], [x509.IPAddress(network) for network in EVERY_ADDRESS])
    subject = _name(f"Local CA of {host}")
    builder = _builder(subject, subject, key, now, CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True).add_extension(limits, critical=True)
    return Pair(builder.sign(key, hashes.SHA256()), key)


def _new_server(names: list[str], authority: Pair, now: datetime.datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    subject = _name(f"Host {names[0]}")  # with a space: OpenSSL checks a subject that looks like a DNS name as one
    builder = _builder(subject, authority.certificate.subject, key, now, SERVER_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True).add_extension(issuer, critical=False)
    builder = builder.add_extension(_alternative(names), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, life: datetime.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now - DAY + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # the maximum: RFC 5280, appendix A


def _alternative(names: list[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(name) for name in names])


def _general_name(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
