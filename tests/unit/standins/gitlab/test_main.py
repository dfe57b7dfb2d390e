"""The stand-in as a process of its own: python3 -m tests.standins.gitlab."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.standins.gitlab.client import Control
from tests.support.checkout import ROOT


@contextmanager
def process(*options: str) -> Iterator[str]:
    """The address that it prints, while it runs; it ends with 0 on SIGTERM."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "tests.standins.gitlab", "--port", port, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            yield running.stdout.readline().partition(": ")[2].strip()
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == 0


def test_with_a_ca_of_its_own(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    options = ["--prefix", "/gitlab", "--ca-file", str(ca), "--name", "gitlab.test", "--name", "127.0.0.2"]
    with process(*options, "--host", "127.0.0.2") as printed:
        assert printed.startswith("https://")
        assert printed.endswith("/gitlab")
        port = printed.rpartition(":")[2].partition("/")[0]
        url = f"https://127.0.0.2:{port}/gitlab"
        assert Control(url, str(ca)).settings()["url"] == printed
        assert requests.get(f"{url}/-/standin/ca.pem", verify=str(ca), timeout=10).text == ca.read_text()
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=10)
        context = ssl.create_default_context(cafile=str(ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default
        with socket.create_connection(("127.0.0.2", int(port)), 10) as plain:
            context.wrap_socket(plain, server_hostname="gitlab.test").close()


def test_without_tls() -> None:
    with process("--plain", "--url", "http://gitlab.test") as printed:
        assert printed == "http://gitlab.test"
