"""The CA of a host: what it signs, whether OpenSSL accepts that, and when certificates are replaced."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.tls.local_ca import CA_LIFE, DAY, RENEWED, SERVER_LIFE, LocalCA, Pair, _new_server

HOST = "hub.example.org"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def authority(root: Path, host: str = HOST, now: datetime.datetime = NOW) -> LocalCA:
    return LocalCA(root / "tls", host, root, now)


def server(ca: LocalCA) -> Pair:
    pair = Pair.parse(ca.server_certificate().get_secret_value())
    assert pair
    return pair


def handshake(pem: Path, trusted: Path, host: str) -> None:
    """Connect to a server with this certificate, as a program that trusts the CA alone does."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cafile=trusted)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as accepted, contextlib.suppress(OSError):  # that the client goes away
                server.wrap_socket(accepted, server_side=True).close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with socket.create_connection(listening.getsockname(), 10) as plain:
                client.wrap_socket(plain, server_hostname=host).close()
        finally:
            thread.join()


@pytest.mark.parametrize("host", [HOST, "labserver", "10.1.2.3", "fd00::5", f"{'a' * 63}.{'b' * 63}.example.org"])
def test_a_program_that_trusts_the_ca_trusts_the_host(tmp_path: Path, host: str) -> None:
    ca = authority(tmp_path, host)
    ca.server_certificate()
    handshake(tmp_path / "tls" / "site.pem", ca.certificate, host)


@pytest.mark.parametrize("other", ["www.example.com", "10.1.2.4", "fd00::6"])
@pytest.mark.parametrize("host", [HOST, "10.1.2.3"])
def test_the_ca_is_not_valid_for_another_host(tmp_path: Path, host: str, other: str) -> None:
    ca = authority(tmp_path, host)
    ca.server_certificate()
    key = Pair.parse((tmp_path / "tls" / "ca.pem").read_text())
    assert key
    stolen = tmp_path / "stolen.pem"
    stolen.write_text(_new_server([other], key, NOW).pem.get_secret_value())
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(permitted|excluded) subtree violation"):
        handshake(stolen, ca.certificate, other)


def test_a_certificate_for_subdomains_too(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.server_certificate()
    wide = replace(ca, wildcard=True)
    assert wide.todo() == f"create a new certificate for {HOST} and *.{HOST}"
    wide.server_certificate()
    assert wide.todo() == ""
    for host in (HOST, f"ada.{HOST}"):
        handshake(tmp_path / "tls" / "site.pem", ca.certificate, host)
    assert ca.todo() == f"create a new certificate for {HOST}"


def test_only_the_owner_can_read_the_files_and_ca_crt_has_no_key(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.server_certificate()
    assert {path.name: path.stat().st_mode & 0o777 for path in ca.folder.iterdir()} == dict.fromkeys(
        ("ca.pem", "ca.crt", "site.pem"), 0o600
    )
    assert ca.folder.stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in ca.certificate.read_text()


def test_certificates_are_short_lived_enough_for_browsers(tmp_path: Path) -> None:
    found = server(authority(tmp_path)).certificate
    assert found.not_valid_after_utc - found.not_valid_before_utc <= datetime.timedelta(days=398)
    assert found.not_valid_before_utc == NOW - DAY


def test_a_certificate_is_kept_until_a_third_of_its_life_is_left(tmp_path: Path) -> None:
    first = server(authority(tmp_path))
    last = NOW - DAY + SERVER_LIFE - RENEWED
    assert authority(tmp_path, now=last - DAY).todo() == ""
    assert server(authority(tmp_path, now=last - DAY)).certificate == first.certificate
    assert authority(tmp_path, now=last).todo() == f"create a new certificate for {HOST}"
    ca = authority(tmp_path, now=last)
    before = ca.certificate.read_text()
    assert server(ca).certificate != first.certificate
    assert ca.certificate.read_text() == before, "browsers need not trust anything new"
    assert ca.todo() == ""


def test_a_ca_that_would_expire_before_what_it_signs_is_replaced(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.server_certificate()
    late = NOW - DAY + CA_LIFE - SERVER_LIFE
    assert authority(tmp_path, now=late - DAY * 140).todo() == f"create a new certificate for {HOST}"
    later = authority(tmp_path, now=late)
    assert later.todo() == f"create a CA, and a certificate for {HOST}"
    before = ca.certificate.read_text()
    later.server_certificate()
    assert ca.certificate.read_text() != before


@pytest.mark.parametrize("name", ["ca.pem", "site.pem"])
@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_a_broken_file_is_replaced(tmp_path: Path, name: str, text: str) -> None:
    ca = authority(tmp_path)
    ca.server_certificate()
    (ca.folder / name).write_text(text)
    assert ca.todo().endswith(f"certificate for {HOST}")
    ca.server_certificate()
    handshake(ca.folder / "site.pem", ca.certificate, HOST)


def test_a_certificate_of_another_ca_is_replaced(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.server_certificate()
    (ca.folder / "ca.pem").unlink()
    ca.server_certificate()
    handshake(ca.folder / "site.pem", ca.certificate, HOST)


def test_a_certificate_from_a_clock_that_was_ahead_is_replaced(tmp_path: Path) -> None:
    authority(tmp_path, now=NOW + DAY * 30).server_certificate()
    assert server(authority(tmp_path)).certificate.not_valid_before_utc == NOW - DAY
