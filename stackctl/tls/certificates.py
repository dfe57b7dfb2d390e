"""Certificates and keys in the operator's files. Only this module and local_ca.py import cryptography."""

from __future__ import annotations

import datetime
import ipaddress
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, PublicKeyAlgorithmOID
from pydantic import SecretStr

from stackctl.checkout import files
from stackctl.errors import CheckFailedError
from stackctl.tls import handshake

# about the trusted CAs, some of which are older than today's rules
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

CURVES = ("secp256r1", "secp384r1")
RSA_BITS = 2048
"""The minimum of OpenSSL in Debian: https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/, level 2."""

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Extension = TypeVar("Extension", bound=x509.ExtensionType)
KINDS = "Use ECDSA with the curve P-256 or P-384, or RSA with 2048 bits or more."
SWAPPED = "Are STACK_TLS_CERTIFICATE and STACK_TLS_KEY in .env swapped?"
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class ServerCertificate:
    """A host's certificate with its chain, and its key."""

    chain: tuple[x509.Certificate, ...]
    key: Key

    @classmethod
    def read(cls, certificate: Path, key: Path) -> ServerCertificate:
        """Read two PEM files.

        Raises CheckFailedError if they are invalid, do not belong together, or OpenSSL or browsers refuse them.
        """
        chain, private = _chain(certificate), _key(key)
        positions = [number for number, item in enumerate(chain) if item.public_key() == private.public_key()]
        if not positions:
            fix = "Set STACK_TLS_CERTIFICATE and STACK_TLS_KEY to files that belong together."
            raise CheckFailedError(f"The key in {key} does not belong to the certificate in {certificate}.", fix)
        if positions[0] > 0:
            fix = "Put the host's certificate first, then the one that signed it, and so on."
            raise CheckFailedError(f"The certificates in {certificate} are in the wrong order.", fix)
        server_certificate = cls(tuple(chain), private)
        if problem := server_certificate._weak_key(certificate):
            raise CheckFailedError(problem, KINDS)
        if reason := handshake.refusal(server_certificate.pem):
            fix = f"Get another one. To see this one: openssl x509 -in {certificate} -noout -text"
            raise CheckFailedError(f"nginx cannot use the certificate in {certificate}: OpenSSL says {reason!r}.", fix)
        return server_certificate

    def _weak_key(self, file: Path) -> str:
        """Which key nginx or browsers would reject, and why; "" for none."""
        if self.chain[0].public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
            return f"The certificate in {file} is for an RSA-PSS key, which browsers reject."
        for item in self.chain[1:]:
            key = item.public_key()
            if isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
                name = item.subject.rfc4514_string()
                return f"The key of {name}, a CA in {file}, is too short: it has {key.key_size} bits."
        return ""

    @property
    def pem(self) -> SecretStr:
        """The chain and then the key, as PEM."""
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        parts = [item.public_bytes(pem) for item in self.chain]
        parts.append(self.key.private_bytes(pem, form, serialization.NoEncryption()))
        return SecretStr(b"".join(parts).decode().strip())

    @property
    def valid_from(self) -> datetime.datetime:
        """When all certificates of the chain are valid."""
        return max(item.not_valid_before_utc for item in self.chain)

    @property
    def expires(self) -> datetime.datetime:
        """When the first certificate of the chain expires."""
        return min(item.not_valid_after_utc for item in self.chain)

    @property
    def names(self) -> list[str]:
        """The host names, which may be wildcards, and addresses that the certificate is for, without its common name."""
        alternative = _extension(self.chain[0], x509.SubjectAlternativeName)
        if not alternative:
            return []
        return [*alternative.get_values_for_type(x509.DNSName), *map(str, alternative.get_values_for_type(x509.IPAddress))]

    def is_for(self, host: str) -> bool:
        """Whether it is for this host. A wildcard matches one label (RFC 6125, section 6.4.3), and no address."""
        try:
            matching = {str(ipaddress.ip_address(host))}
        except ValueError:
            matching = {host, f"*.{host.partition('.')[2]}"}
        return any(name.lower() in matching for name in self.names)

    @property
    def is_for_servers(self) -> bool:
        """Whether its extended key usage allows TLS servers."""
        usage = _extension(self.chain[0], x509.ExtendedKeyUsage)
        return usage is None or ExtendedKeyUsageOID.SERVER_AUTH in usage

    @property
    def is_self_signed(self) -> bool:
        """Whether the host's certificate is signed with its own key."""
        return _signed(self.chain[0], self.chain[0])

    def misplaced(self) -> str:
        """The first certificate that did not sign the one before it; "" if each did."""
        pairs = zip(self.chain, self.chain[1:], strict=False)
        return next((item.subject.rfc4514_string() for before, item in pairs if not _signed(before, item)), "")

    def not_an_authority(self) -> str:
        """The first certificate after the host's that must not sign others; "" for none."""
        return next((item.subject.rfc4514_string() for item in self.chain[1:] if not _may_sign(item)), "")

    def missing(self, bundle: Path) -> str:
        """The missing issuer: neither in the chain nor in `bundle`, a PEM file; "" for none."""
        last = self.chain[-1]
        complete = _signed(last, last) or any(_signed(last, item) for item in _bundled(bundle))
        return "" if complete else last.issuer.rfc4514_string()


def expires(pem: str) -> datetime.datetime:
    """When the first of the certificates in a PEM text expires."""
    return min(item.not_valid_after_utc for item in x509.load_pem_x509_certificates(pem.encode()))


def _chain(path: Path) -> list[x509.Certificate]:
    content = _read(path)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        if b"PRIVATE KEY-----" in content:
            raise CheckFailedError(f"{path} contains a key instead of a certificate.", SWAPPED)
        raise CheckFailedError(f"{path} contains no certificate in PEM format.", _convert("x509", path))
    try:
        chain = x509.load_pem_x509_certificates(content)
        for item in chain:
            item.public_key()
        return chain
    except UnsupportedAlgorithm:
        raise CheckFailedError(f"A certificate in {path} has a kind of key that browsers reject.", KINDS) from None
    except ValueError:
        fix = f"To see what is readable: openssl x509 -in {path} -noout -text"
        raise CheckFailedError(f"A certificate in {path} is damaged.", fix) from None


def _key(path: Path) -> Key:
    content = _read(path)
    if b"PRIVATE KEY-----" not in content:
        if b"-----BEGIN CERTIFICATE-----" in content:
            raise CheckFailedError(f"{path} contains a certificate instead of a key.", SWAPPED)
        raise CheckFailedError(f"{path} contains no private key in PEM format.", _convert("pkey", path))
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:
        fix = f"Remove it (openssl pkey -in {path} -out NEW; chmod 600 NEW), and set STACK_TLS_KEY to the new file."
        message = f"The key in {path} has a passphrase, which nginx cannot enter."
        raise CheckFailedError(message, fix) from None
    except UnsupportedAlgorithm:
        raise CheckFailedError(f"The key in {path} is of a kind that browsers reject.", KINDS) from None
    except ValueError:
        raise CheckFailedError(f"The key in {path} is damaged.", f"See: openssl pkey -in {path} -noout -text") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    raise CheckFailedError(f"The key in {path} is too short, or of a kind that browsers reject.", KINDS)


def _convert(program: str, path: Path) -> str:
    """The hint for a file that may be in the other common format."""
    return f"If it is in DER format: openssl {program} -inform der -in {path} -out NEW; then set the new file in .env."


def _read(path: Path) -> bytes:
    try:
        return files.read(path)
    except OSError as error:
        fix = "Use sudo, or correct its path in .env." if isinstance(error, PermissionError) else "Correct its path in .env."
        raise CheckFailedError(f"{path} cannot be read: {error.strerror}.", fix) from None


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether it is a CA's. The oldest root certificates do not say so."""
    usage, constraints = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.BasicConstraints)
    if usage and not usage.key_cert_sign:
        return False
    return constraints.ca if constraints else _signed(certificate, certificate)


def _bundled(bundle: Path) -> Iterator[x509.Certificate]:
    """The certificates of a bundle, without those that cannot be parsed."""
    for block in BLOCK.findall(bundle.read_bytes()):
        try:
            yield x509.load_pem_x509_certificate(block)
        except ValueError:
            continue
