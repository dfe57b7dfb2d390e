"""Keys of certificates: which kinds browsers and nginx accept, and the messages for others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from stackctl.errors import CheckFailedError
from stackctl.tls.certificates import ServerCertificate
from stackctl.ui.check import Check
from tests.support.pki import issue
from tests.unit.stackctl.certificate_files import BETWEEN, GOOD, HOST, ROOT, CertificateFiles

KINDS = "Use ECDSA with the curve P-256 or P-384, or RSA with 2048 bits or more."


@pytest.fixture
def look(tmp_path: Path) -> CertificateFiles:
    return CertificateFiles(tmp_path)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())])
def test_kinds_of_keys_that_browsers_accept(look: CertificateFiles, key: object) -> None:
    assert look.of(issue(HOST, BETWEEN, names=[HOST], key=key), BETWEEN)[0].level == "ok"


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256K1())])
def test_kinds_of_keys_that_browsers_reject(look: CertificateFiles, key: object) -> None:
    what = f"The key in {look.key} is too short, or of a kind that browsers reject."
    assert look.of(issue(HOST, BETWEEN, names=[HOST], key=key), BETWEEN) == [Check("fail", what, KINDS)]


def test_an_ed25519_key(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(serialization.Encoding.PEM, form, plain)
    look.key.write_bytes(key)
    assert look.check()[0].message == f"The key in {look.key} is too short, or of a kind that browsers reject."


def test_an_rsa_pss_key(look: CertificateFiles) -> None:
    new = ["openssl", "req", "-x509", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes", "-subj", "/CN=x"]
    subprocess.run([*new, "-keyout", str(look.key), "-out", str(look.certificate)], check=True, capture_output=True)
    what = f"The certificate in {look.certificate} is for an RSA-PSS key, which browsers reject."
    assert look.check() == [Check("fail", what, KINDS)]


def test_a_kind_that_the_library_does_not_know(look: CertificateFiles) -> None:
    subprocess.run(["openssl", "genpkey", "-algorithm", "SM2", "-out", look.key], check=True, capture_output=True)
    new = ["openssl", "req", "-x509", "-sm3", "-subj", "/CN=x", "-key", str(look.key), "-out", str(look.certificate)]
    subprocess.run(new, check=True, capture_output=True)
    what = f"A certificate in {look.certificate} has a kind of key that browsers reject."
    assert look.check() == [Check("fail", what, KINDS)]
    look.certificate.write_text(GOOD.pem)
    assert look.check() == [Check("fail", f"The key in {look.key} is of a kind that browsers reject.", KINDS)]


def test_a_weak_key_of_an_intermediate(look: CertificateFiles) -> None:
    weak = issue("Weak", ROOT, key=rsa.generate_private_key(65537, 1024))
    what = f"The key of CN=Weak, a CA in {look.certificate}, is too short: it has 1024 bits."
    assert look.of(issue(HOST, weak, names=[HOST], key=rsa.generate_private_key(65537, 2048)), weak) == [
        Check("fail", what, KINDS)
    ]


def test_what_only_openssl_rejects(look: CertificateFiles) -> None:
    """No command gives nginx a certificate that fails in a handshake."""
    weak = issue("Weak", ROOT, key=ec.generate_private_key(ec.SECP192R1()))
    fix = f"Get another one. To see this one: openssl x509 -in {look.certificate} -noout -text"
    what = f"nginx cannot use the certificate in {look.certificate}: OpenSSL says 'ca key too small'."
    assert look.of(issue(HOST, weak, names=[HOST]), weak) == [Check("fail", what, fix)]
    with pytest.raises(CheckFailedError):
        ServerCertificate.read(look.certificate, look.key)
