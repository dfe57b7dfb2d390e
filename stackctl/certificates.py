"""Certificates and keys in the operator's files. With local_ca.py, which makes some, the only importer of cryptography."""

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

from stackctl import files, handshake
from stackctl.errors import CheckFailedError

# They are for whoever makes a certificate: some CAs that systems trust are older than today's rules.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

CURVES = ("secp256r1", "secp384r1")
RSA_BITS = 2048
"""What OpenSSL in Debian takes at least: https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/, level 2."""

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Extension = TypeVar("Extension", bound=x509.ExtensionType)
KINDS = "Take ECDSA with the curve P-256 or P-384, or RSA with 2048 bits or more."
SWAPPED = "Are STACK_TLS_CERTIFICATE and STACK_TLS_KEY in .env swapped?"
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Site:
    """What nginx can serve: a host's certificate, those that lead from it to its CA, and its key."""

    chain: tuple[x509.Certificate, ...]
    key: Key

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Site:
        """Read two PEM files.

        Raises CheckFailedError when they are not what they should be, not of each other, or refused by OpenSSL.
        """
        chain, private = _chain(certificate), _key(key)
        places = [number for number, item in enumerate(chain) if item.public_key() == private.public_key()]
        if not places:
            fix = "Set STACK_TLS_CERTIFICATE and STACK_TLS_KEY to files that were made together."
            raise CheckFailedError(f"The key in {key} does not belong to the certificate in {certificate}.", fix)
        if places[0] > 0:
            fix = "Put the host's own first, then the one that has signed it, and so on."
            raise CheckFailedError(f"The certificates in {certificate} are in the wrong order.", fix)
        site = cls(tuple(chain), private)
        if problem := site._unusable(certificate):
            raise CheckFailedError(problem, KINDS)
        if reason := handshake.refusal(site.pem):
            fix = f"Get another one. What is in it: openssl x509 -in {certificate} -noout -text"
            raise CheckFailedError(f"nginx could not use the certificate in {certificate}: OpenSSL says {reason!r}.", fix)
        return site

    def _unusable(self, file: Path) -> str:
        """Which key nginx or browsers would refuse; "" for none."""
        if self.chain[0].public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
            return f"The certificate in {file} is for an RSA-PSS key, a kind that browsers do not take."
        for item in self.chain[1:]:
            key = item.public_key()
            if isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
                who = item.subject.rfc4514_string()
                return f"The key of {who}, a CA in {file}, is too short: it has {key.key_size} bits."
        return ""

    @property
    def pem(self) -> SecretStr:
        """All of it as PEM, the key last."""
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        parts = [item.public_bytes(pem) for item in self.chain]
        parts.append(self.key.private_bytes(pem, form, serialization.NoEncryption()))
        return SecretStr(b"".join(parts).decode().strip())

    @property
    def begins(self) -> datetime.datetime:
        """The first moment at which all of the chain is valid."""
        return max(item.not_valid_before_utc for item in self.chain)

    @property
    def ends(self) -> datetime.datetime:
        """The last one."""
        return min(item.not_valid_after_utc for item in self.chain)

    @property
    def names(self) -> list[str]:
        """The host names, with wildcards, and addresses that the certificate is for. Its common name does not count."""
        found = _extension(self.chain[0], x509.SubjectAlternativeName)
        if not found:
            return []
        return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]

    def is_for(self, host: str) -> bool:
        """Whether it is for this host. A wildcard stands for one label (RFC 6125, section 6.4.3), and for no address."""
        try:
            wanted = {str(ipaddress.ip_address(host))}
        except ValueError:
            wanted = {host, f"*.{host.partition('.')[2]}"}
        return any(name.lower() in wanted for name in self.names)

    @property
    def is_for_servers(self) -> bool:
        """Whether TLS servers may use it."""
        usage = _extension(self.chain[0], x509.ExtendedKeyUsage)
        return usage is None or ExtendedKeyUsageOID.SERVER_AUTH in usage

    @property
    def signs_itself(self) -> bool:
        """Whether the host's certificate is its own CA."""
        return _signed(self.chain[0], self.chain[0])

    def misplaced(self) -> str:
        """The first certificate that has not signed the one before it; "" when each has."""
        pairs = zip(self.chain, self.chain[1:], strict=False)
        return next((item.subject.rfc4514_string() for before, item in pairs if not _signed(before, item)), "")

    def no_authority(self) -> str:
        """The first certificate after the host's that may sign no others; "" when each may."""
        return next((item.subject.rfc4514_string() for item in self.chain[1:] if not _may_sign(item)), "")

    def missing(self, bundle: Path) -> str:
        """The CA before which the chain ends, that is not in `bundle` (a PEM file) either; "" when nothing is missing."""
        last = self.chain[-1]
        there = _signed(last, last) or any(_signed(last, item) for item in _known(bundle))
        return "" if there else last.issuer.rfc4514_string()


def ends(pem: str) -> datetime.datetime:
    """When the certificates in a PEM text, or the first of them to end, are not valid any more."""
    return min(item.not_valid_after_utc for item in x509.load_pem_x509_certificates(pem.encode()))


def _chain(path: Path) -> list[x509.Certificate]:
    content = _read(path)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        if b"PRIVATE KEY-----" in content:
            raise CheckFailedError(f"{path} holds a key in place of a certificate.", SWAPPED)
        raise CheckFailedError(f"{path} holds no certificate in PEM form.", _convert("x509", path))
    try:
        found = x509.load_pem_x509_certificates(content)
        for item in found:
            item.public_key()
        return found
    except UnsupportedAlgorithm:
        raise CheckFailedError(f"A certificate in {path} has a key of a kind that browsers do not take.", KINDS) from None
    except ValueError:
        fix = f"See what is readable of it: openssl x509 -in {path} -noout -text"
        raise CheckFailedError(f"A certificate in {path} is damaged.", fix) from None


def _key(path: Path) -> Key:
    content = _read(path)
    if b"PRIVATE KEY-----" not in content:
        if b"-----BEGIN CERTIFICATE-----" in content:
            raise CheckFailedError(f"{path} holds a certificate in place of a key.", SWAPPED)
        raise CheckFailedError(f"{path} holds no private key in PEM form.", _convert("pkey", path))
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:
        fix = f"Take it off (openssl pkey -in {path} -out NEW, chmod 600 NEW), and set STACK_TLS_KEY to that."
        what = f"The key in {path} is protected by a passphrase, and nobody is there to type it."
        raise CheckFailedError(what, fix) from None
    except UnsupportedAlgorithm:
        raise CheckFailedError(f"The key in {path} is of a kind that browsers do not take.", KINDS) from None
    except ValueError:
        raise CheckFailedError(f"The key in {path} is damaged.", f"See: openssl pkey -in {path} -noout -text") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    raise CheckFailedError(f"The key in {path} is too short, or of a kind that browsers do not take.", KINDS)


def _convert(program: str, path: Path) -> str:
    """What to do about a file that may be in the other common form, DER."""
    return f"If it is in DER form: openssl {program} -inform der -in {path} -out NEW, and set that in .env."


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
    """Whether it is a CA's. The oldest roots do not say so."""
    usage, constraints = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.BasicConstraints)
    if usage and not usage.key_cert_sign:
        return False
    return constraints.ca if constraints else _signed(certificate, certificate)


def _known(bundle: Path) -> Iterator[x509.Certificate]:
    """The certificates of a bundle, without those of a form that is not known here."""
    for block in BLOCK.findall(bundle.read_bytes()):
        try:
            yield x509.load_pem_x509_certificate(block)
        except ValueError:
            continue
