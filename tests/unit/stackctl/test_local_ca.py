"""The CA of a host: what it signs, what OpenSSL says of that, and when there is a new one."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.local_ca import CA_LIFE, DAY, RENEWED, SITE_LIFE, LocalCA, Pair, _new_site

HOST = "hub.example.org"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def authority(root: Path, host: str = HOST, now: datetime.datetime = NOW) -> LocalCA:
    return LocalCA(root / "tls", host, root, now)


def site(ca: LocalCA) -> Pair:
    pair = Pair.parse(ca.site().get_secret_value())
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
def test_who_trusts_the_ca_trusts_the_host(tmp_path: Path, host: str) -> None:
    ca = authority(tmp_path, host)
    ca.site()
    handshake(tmp_path / "tls" / "site.pem", ca.certificate, host)


@pytest.mark.parametrize("other", ["www.example.com", "10.1.2.4", "fd00::6"])
@pytest.mark.parametrize("host", [HOST, "10.1.2.3"])
def test_the_ca_is_not_believed_for_another_host(tmp_path: Path, host: str, other: str) -> None:
    ca = authority(tmp_path, host)
    ca.site()
    key = Pair.parse((tmp_path / "tls" / "ca.pem").read_text())
    assert key
    stolen = tmp_path / "stolen.pem"
    stolen.write_text(_new_site([other], key, NOW).pem.get_secret_value())
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(permitted|excluded) subtree violation"):
        handshake(stolen, ca.certificate, other)


def test_a_certificate_for_subdomains_too(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.site()
    wide = replace(ca, wildcard=True)
    assert wide.todo() == f"make a new certificate for {HOST} and *.{HOST}"
    wide.site()
    assert wide.todo() == ""
    for host in (HOST, f"ada.{HOST}"):
        handshake(tmp_path / "tls" / "site.pem", ca.certificate, host)
    assert ca.todo() == f"make a new certificate for {HOST}"


def test_files_are_their_owners_alone_and_browsers_get_no_key(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.site()
    assert {path.name: path.stat().st_mode & 0o777 for path in ca.folder.iterdir()} == dict.fromkeys(
        ("ca.pem", "ca.crt", "site.pem"), 0o600
    )
    assert ca.folder.stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in ca.certificate.read_text()


def test_no_browser_refuses_so_short_a_life(tmp_path: Path) -> None:
    found = site(authority(tmp_path)).certificate
    assert found.not_valid_after_utc - found.not_valid_before_utc <= datetime.timedelta(days=398)
    assert found.not_valid_before_utc == NOW - DAY


def test_it_is_kept_until_a_third_is_left(tmp_path: Path) -> None:
    first = site(authority(tmp_path))
    last = NOW - DAY + SITE_LIFE - RENEWED
    assert authority(tmp_path, now=last - DAY).todo() == ""
    assert site(authority(tmp_path, now=last - DAY)).certificate == first.certificate
    assert authority(tmp_path, now=last).todo() == f"make a new certificate for {HOST}"
    ca = authority(tmp_path, now=last)
    before = ca.certificate.read_text()
    assert site(ca).certificate != first.certificate
    assert ca.certificate.read_text() == before, "browsers need not trust anything new"
    assert ca.todo() == ""


def test_a_ca_that_would_end_before_what_it_signs_is_replaced(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.site()
    late = NOW - DAY + CA_LIFE - SITE_LIFE
    assert authority(tmp_path, now=late - DAY * 140).todo() == f"make a new certificate for {HOST}"
    later = authority(tmp_path, now=late)
    assert later.todo() == f"make a CA, and a certificate for {HOST}"
    before = ca.certificate.read_text()
    later.site()
    assert ca.certificate.read_text() != before


@pytest.mark.parametrize("name", ["ca.pem", "site.pem"])
@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_a_broken_file_is_made_anew(tmp_path: Path, name: str, text: str) -> None:
    ca = authority(tmp_path)
    ca.site()
    (ca.folder / name).write_text(text)
    assert ca.todo().endswith(f"certificate for {HOST}")
    ca.site()
    handshake(ca.folder / "site.pem", ca.certificate, HOST)


def test_a_certificate_of_another_ca_is_made_anew(tmp_path: Path) -> None:
    ca = authority(tmp_path)
    ca.site()
    (ca.folder / "ca.pem").unlink()
    ca.site()
    handshake(ca.folder / "site.pem", ca.certificate, HOST)


def test_a_clock_that_was_ahead_leaves_nothing_behind(tmp_path: Path) -> None:
    authority(tmp_path, now=NOW + DAY * 30).site()
    assert site(authority(tmp_path)).certificate.not_valid_before_utc == NOW - DAY
