"""The settings of the stack's address, and the errors for wrong values."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.settings import load
from tests.unit.stackctl.refused import refusal

HUB = "https://hub.example.org"
OFF = {"STACK_HOST": "hub.example.org", "STACK_TLS": "off"}


@pytest.mark.parametrize(
    ("given", "url", "ports"),
    [
        ({}, "http://127.0.0.1:8000", [("127.0.0.1", 8000)]),
        ({"STACK_HTTP_PORT": "80"}, "http://127.0.0.1:80", [("127.0.0.1", 80)]),
        ({"STACK_HOST": "Hub.Example.org"}, "https://hub.example.org", [("0.0.0.0", 80), ("0.0.0.0", 443)]),
        ({"STACK_HOST": "labserver"}, "https://labserver", [("0.0.0.0", 80), ("0.0.0.0", 443)]),
        ({"STACK_HOST": "10.1.2.3"}, "https://10.1.2.3", [("0.0.0.0", 80), ("0.0.0.0", 443)]),
        ({"STACK_HOST": "[fd00::5]", "STACK_HTTPS_PORT": "81"}, "https://[fd00::5]:81", [("0.0.0.0", 80), ("0.0.0.0", 81)]),
        ({"STACK_HOST": "a.b", "STACK_HTTP_PORT": "8080"}, "https://a.b", [("0.0.0.0", 8080), ("0.0.0.0", 443)]),
        ({"STACK_BASE_URL": "/jupyter/"}, "http://127.0.0.1:8000/jupyter", [("127.0.0.1", 8000)]),
        ({"STACK_HOST": "a.b", "STACK_BASE_URL": "/A_1/b.c/"}, "https://a.b/A_1/b.c", [("0.0.0.0", 80), ("0.0.0.0", 443)]),
        (OFF, "https://hub.example.org", [("127.0.0.1", 8000)]),
        (OFF | {"STACK_HTTPS_PORT": "8000", "STACK_TRUSTED_PROXIES": "::1"}, f"{HUB}:8000", [("127.0.0.1", 8000)]),
        (OFF | {"STACK_TRUSTED_PROXIES": "127.0.0.1,10.1.2.5"}, HUB, [("0.0.0.0", 8000)]),
    ],
)
def test_the_stacks_address(tmp_path: Path, given: dict[str, str], url: str, ports: list[tuple[str, int]]) -> None:
    found = load(tmp_path, given)
    assert found.public_url == url
    assert [(address, port) for address, port, _ in found.listeners] == ports
    assert found.environment()["STACK_HTTP_PORT"] == str(ports[0][1])
    assert found.environment()["STACKCTL_PUBLIC_URL"] == f"{url}/"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("proxy.example.org", "'proxy.example.org' is neither an IP address nor a network such as 10.1.2.0/24"),
        ("10.1.2.3/33", "'10.1.2.3/33' is neither an IP address nor a network such as 10.1.2.0/24"),
        ("10.1.2.5, 0.0.0.0/0", "'0.0.0.0/0' would trust everyone"),
        ("::/0", "'::/0' would trust everyone"),
        ("10.1.2.5,fe80::1%eth0", "'fe80::1%eth0' must not contain %, which nginx does not support"),
    ],
)
def test_trusted_proxies_that_are_not_addresses(tmp_path: Path, given: str, reason: str) -> None:
    message = refusal(tmp_path, OFF | {"STACK_TRUSTED_PROXIES": given})
    assert message == f"STACK_TRUSTED_PROXIES={given} in the environment: {reason}."


def test_trusted_proxies_are_written_as_nginx_reads_them(tmp_path: Path) -> None:
    found = load(tmp_path, OFF | {"STACK_TRUSTED_PROXIES": "10.1.2.5, 10.2.3.4/24,fd00::0:5"})
    assert found.stack_trusted_proxies == "10.1.2.5,10.2.3.0/24,fd00::5"


FILES = {"STACK_TLS_CERTIFICATE": "site.crt", "STACK_TLS_KEY": "/etc/site.key"}


def test_the_certificates_files_are_relative_to_the_checkout(tmp_path: Path) -> None:
    found = load(tmp_path, {"STACK_HOST": "hub.example.org", "STACK_TLS": "files"} | FILES)
    assert (found.stack_tls_certificate, found.stack_tls_key) == (f"{tmp_path}/site.crt", "/etc/site.key")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"STACK_TLS": "files"}, "needs STACK_TLS_CERTIFICATE and STACK_TLS_KEY; set them too"),
        ({"STACK_TLS": "files", "STACK_TLS_KEY": "/k"}, "needs STACK_TLS_CERTIFICATE and STACK_TLS_KEY; set them too"),
        (FILES, "must be files when STACK_TLS_CERTIFICATE and STACK_TLS_KEY are set"),
    ],
)
def test_certificate_and_key_are_set_together_and_only_for_files(tmp_path: Path, given: dict[str, str], reason: str) -> None:
    message = refusal(tmp_path, {"STACK_HOST": "hub.example.org"} | given)
    where = "the environment" if "STACK_TLS" in given else "the defaults"
    assert message == f"STACK_TLS={given.get('STACK_TLS', 'selfsigned')} in {where}: {reason}."


def test_two_listeners_on_one_port(tmp_path: Path) -> None:
    message = refusal(tmp_path, {"STACK_HOST": "hub.example.org", "STACK_HTTPS_PORT": "80"})
    assert message == "STACK_HTTPS_PORT=80 in the environment: must differ from STACK_HTTP_PORT."


@pytest.mark.parametrize("host", ["labserver", "10.1.2.3", "fd00::5"])
def test_a_host_that_has_no_subdomains(tmp_path: Path, host: str) -> None:
    message = refusal(tmp_path, {"STACK_HOST": host, "STACK_SUBDOMAINS": "on"})
    reason = f"needs a STACK_HOST with a dot, such as hub.example.org, not {host}"
    assert message == f"STACK_SUBDOMAINS=on in the environment: {reason}."


def test_the_host_name_for_checks(tmp_path: Path) -> None:
    assert load(tmp_path, OFF).subdomain == ""
    assert load(tmp_path, OFF | {"STACK_SUBDOMAINS": "on"}).subdomain.endswith(".hub.example.org")
