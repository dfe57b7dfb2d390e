"""Certificates in files: every problem that they can have, and its message."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from stackctl.doctor.checks.network.certificate import served
from stackctl.tls.certificates import ServerCertificate
from stackctl.ui.check import Check
from tests.support.pki import DAY, NOW, issue
from tests.unit.stackctl.certificate_files import BETWEEN, GOOD, HOST, ROOT, CertificateFiles

ORDER = "Put the host's certificate first, then the one that signed it, and so on."
SWAPPED = "Are STACK_TLS_CERTIFICATE and STACK_TLS_KEY in .env swapped?"
RENEW = "Renew it, then: stackctl up"


@pytest.fixture
def look(tmp_path: Path) -> CertificateFiles:
    return CertificateFiles(tmp_path)


def test_a_good_one(look: CertificateFiles) -> None:
    assert look.of(GOOD, BETWEEN) == [
        Check("ok", f"The certificate is for {HOST} and expires on {NOW + 90 * DAY:%Y-%m-%d}.")
    ]
    assert look.of(GOOD, BETWEEN, ROOT)[0].level == "ok", "the root too"


@pytest.mark.parametrize("ways", [{"authority": False}, {"may_sign": False}])
def test_an_intermediate_that_is_no_ca(look: CertificateFiles, ways: dict[str, bool]) -> None:
    between = issue("Person", ROOT, **ways)  # type: ignore[arg-type]
    what = f"CN=Person in {look.certificate} signed another certificate but is not a CA: browsers reject what it signs."
    fix = "Get a certificate that a CA has signed."
    assert look.of(issue(HOST, between, names=[HOST]), between) == [Check("fail", what, fix)]


def test_a_ca_that_says_what_its_key_is_for(look: CertificateFiles) -> None:
    between = issue("Between", ROOT, may_sign=True)
    assert look.of(issue(HOST, between, names=[HOST]), between)[0].level == "ok"


def test_expired(look: CertificateFiles) -> None:
    old = issue(HOST, BETWEEN, names=[HOST], begins=NOW - 90 * DAY, ends=NOW - DAY)
    what = f"The certificate in {look.certificate} expired on {NOW - DAY:%Y-%m-%d}."
    assert look.of(old, BETWEEN) == [Check("fail", what, RENEW)]


def test_an_expired_intermediate(look: CertificateFiles) -> None:
    between = issue("Between", ROOT, key=BETWEEN.key, begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert look.of(GOOD, between)[0].message == f"The certificate in {look.certificate} expired on {NOW - DAY:%Y-%m-%d}."


def test_not_yet_valid(look: CertificateFiles) -> None:
    begins = NOW + DAY
    what = f"The certificate in {look.certificate} is not valid before {begins:%Y-%m-%d %H:%M} UTC."
    fix = f"This server's clock says {NOW:%Y-%m-%d %H:%M} UTC. If that is wrong: timedatectl set-ntp true"
    assert look.of(issue(HOST, BETWEEN, names=[HOST], begins=begins), BETWEEN) == [Check("fail", what, fix)]


def test_expires_soon(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    what = f"The certificate in {look.certificate} expires in 20 days, on {NOW + 90 * DAY:%Y-%m-%d}."
    assert look.check(now=NOW + 69.5 * DAY) == [Check("warn", what, RENEW)]


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["*.example.org"], HOST),
        (["www.example.org", "HUB.example.org"], HOST),
        (["10.1.2.3"], "10.1.2.3"),
        (["fd00:0:0::5"], "fd00::5"),
        (["labserver"], "labserver"),
    ],
)
def test_names_that_fit(look: CertificateFiles, names: list[str], host: str) -> None:
    look.write([issue("x", BETWEEN, names=names), BETWEEN])
    assert [item.level for item in look.check(host)] == ["ok"]


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["www.example.org", "example.org"], HOST),
        (["*.example.org"], "a.hub.example.org"),
        (["*.example.org"], "example.org"),
        (["*"], "labserver"),
        (["*.1.2.3"], "10.1.2.3"),
        (["10.1.2.4"], "10.1.2.3"),
    ],
)
def test_names_that_do_not_fit(look: CertificateFiles, names: list[str], host: str) -> None:
    look.write([issue(HOST, BETWEEN, names=names), BETWEEN])
    what = f"The certificate in {look.certificate} is for {', '.join(names)}, not for {host}."
    fix = "Correct STACK_HOST in .env, or get a certificate for that name."
    assert look.check(host) == [Check("fail", what, fix)]


def test_subdomains_without_a_wildcard(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    what = f"The certificate in {look.certificate} is for {HOST}, not for *.{HOST}, where people's notebooks are."
    fix = "Get one for both (from Let's Encrypt with the DNS challenge), or remove STACK_SUBDOMAINS from .env."
    assert look.check(subdomain=f"any.{HOST}") == [Check("fail", what, fix)]
    look.write([issue(HOST, BETWEEN, names=[HOST, f"*.{HOST}"]), BETWEEN])
    assert [item.level for item in look.check(subdomain=f"any.{HOST}")] == ["ok"]


def test_a_common_name_alone(look: CertificateFiles) -> None:
    what = f"The certificate in {look.certificate} has no subjectAltName, and browsers ignore its common name."
    found = look.of(issue(HOST, BETWEEN, names=("",)), BETWEEN)
    assert found == [Check("fail", what, f"Get one with DNS:{HOST} as its subjectAltName.")]


def test_a_client_certificate(look: CertificateFiles) -> None:
    found = look.of(issue(HOST, BETWEEN, names=[HOST], usage=ExtendedKeyUsageOID.CLIENT_AUTH), BETWEEN)
    what = f"The certificate in {look.certificate} is not for servers: its extended key usage lacks serverAuth."
    assert found == [Check("fail", what, "Get one for a TLS server.")]


def test_a_key_of_another_certificate(look: CertificateFiles) -> None:
    what = f"The key in {look.key} does not belong to the certificate in {look.certificate}."
    fix = "Set STACK_TLS_CERTIFICATE and STACK_TLS_KEY to files that belong together."
    assert look.of(GOOD, BETWEEN, key=ROOT) == [Check("fail", what, fix)]


def test_a_key_with_a_passphrase(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.key.write_text(GOOD.key_pem(b"secret"))
    what = f"The key in {look.key} has a passphrase, which nginx cannot enter."
    fix = f"Remove it (openssl pkey -in {look.key} -out NEW; chmod 600 NEW), and set STACK_TLS_KEY to the new file."
    assert look.check() == [Check("fail", what, fix)]


def test_certificate_and_key_swapped(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.certificate, look.key = look.key, look.certificate
    assert look.check() == [Check("fail", f"{look.certificate} contains a key instead of a certificate.", SWAPPED)]


def test_a_certificate_in_place_of_the_key(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.key.write_text(GOOD.pem)
    assert look.check() == [Check("fail", f"{look.key} contains a certificate instead of a key.", SWAPPED)]


DER = GOOD.certificate.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe\x00", DER])
def test_garbage(look: CertificateFiles, content: bytes) -> None:
    look.write([GOOD, BETWEEN])
    look.certificate.write_bytes(content)
    fix = f"If it is in DER format: openssl x509 -inform der -in {look.certificate} -out NEW; then set the new file in .env."
    assert look.check() == [Check("fail", f"{look.certificate} contains no certificate in PEM format.", fix)]
    look.write([GOOD, BETWEEN])
    look.key.write_bytes(content)
    fix = f"If it is in DER format: openssl pkey -inform der -in {look.key} -out NEW; then set the new file in .env."
    assert look.check() == [Check("fail", f"{look.key} contains no private key in PEM format.", fix)]


def test_truncated_files(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.certificate.write_text(GOOD.pem[:200])
    fix = f"To see what is readable: openssl x509 -in {look.certificate} -noout -text"
    assert look.check() == [Check("fail", f"A certificate in {look.certificate} is damaged.", fix)]
    look.write([GOOD, BETWEEN])
    look.key.write_text(GOOD.key_pem()[:90])
    fix = f"See: openssl pkey -in {look.key} -noout -text"
    assert look.check() == [Check("fail", f"The key in {look.key} is damaged.", fix)]


def test_a_missing_file(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.key.unlink()
    assert look.check() == [
        Check("fail", f"{look.key} cannot be read: No such file or directory.", "Correct its path in .env.")
    ]


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_a_path_that_is_no_regular_file(look: CertificateFiles, which: str) -> None:
    look.write([GOOD, BETWEEN])
    path: Path = getattr(look, which)
    path.unlink()
    os.mkfifo(path)
    refused = Check("fail", f"{path} cannot be read: it is not a regular file.", "Correct its path in .env.")
    assert look.check() == [refused]
    setattr(look, which, Path("/dev/zero"))
    assert look.check() == [Check("fail", "/dev/zero cannot be read: it is not a regular file.", refused.fix)]


def test_an_old_trusted_ca_causes_no_warning_of_cryptography(look: CertificateFiles) -> None:
    look.write([GOOD])
    der = bytearray(ROOT.certificate.public_bytes(serialization.Encoding.DER))
    der[der.index(ROOT.certificate.serial_number.to_bytes(20, "big"))] |= 0x80  # a negative number
    look.bundle.write_text(ssl.DER_cert_to_PEM_cert(bytes(der)))
    code = "import sys; from pathlib import Path; from stackctl.tls.certificates import ServerCertificate"
    code += "; files = map(Path, sys.argv[1:]); print(ServerCertificate.read(next(files), next(files)).missing(next(files)))"
    ran = subprocess.run(
        [sys.executable, "-c", code, look.certificate, look.key, look.bundle], capture_output=True, text=True, check=True
    )
    assert (ran.stdout, ran.stderr) == ("CN=Between\n", "")


def test_a_missing_intermediate(look: CertificateFiles) -> None:
    what = f"The chain in {look.certificate} is not complete: the certificate of CN=Between is missing."
    fix = "Append it to the file: certbot has it in fullchain.pem. A CA of your own can be in STACK_CA_BUNDLE instead."
    assert look.of(GOOD) == [Check("fail", what, fix)]
    look.bundle.write_text(f"{ROOT.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{BETWEEN.pem}")
    assert look.check()[0].level == "ok"


def test_the_wrong_order(look: CertificateFiles) -> None:
    what = f"The certificates in {look.certificate} are in the wrong order."
    assert look.of(BETWEEN, GOOD, key=GOOD) == [Check("fail", what, ORDER)]
    what = f"The certificates in {look.certificate} are not a chain: CN=Root did not sign the one before it."
    assert look.of(GOOD, ROOT, BETWEEN) == [Check("fail", what, ORDER)]


def test_a_self_signed_certificate(look: CertificateFiles) -> None:
    what = f"The certificate in {look.certificate} is self-signed: browsers warn about it, and people learn to ignore"
    what += " warnings."
    found = look.of(issue(HOST, names=[HOST]))
    assert found == [Check("warn", what, "STACK_TLS=selfsigned creates a CA that people can trust.")]


def test_what_nginx_gets_is_the_chain_and_the_key(look: CertificateFiles) -> None:
    look.write([GOOD, BETWEEN])
    look.certificate.write_text(f"Bag Attributes\n{GOOD.pem}subject=x\n{BETWEEN.pem}")
    written = ServerCertificate.read(look.certificate, look.key).pem.get_secret_value()
    assert written == f"{GOOD.pem}{BETWEEN.pem}{GOOD.key_pem()}".strip()


def test_the_certificate_that_nginx_has() -> None:
    ends = NOW + 30 * DAY
    assert served(ends, NOW, is_current=True) == [Check("ok", f"nginx's certificate expires on {ends:%Y-%m-%d}.")]
    older = Check("warn", "There is a newer certificate than nginx has.", "stackctl up")
    assert served(ends, NOW, is_current=False) == [older]
    soon = Check("warn", f"nginx's certificate expires in 10 days, on {ends:%Y-%m-%d}.", RENEW)
    assert served(ends, ends - 10.2 * DAY, is_current=True) == [soon]
    over = Check("fail", f"nginx's certificate expired on {ends:%Y-%m-%d}.", RENEW)
    assert served(ends, ends, is_current=False) == [over, older]
