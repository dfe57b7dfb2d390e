"""What uses a port, with a real listening socket."""

from __future__ import annotations

import os
import socket

import psutil

from stackctl.doctor.checks.server.ports import check
from stackctl.ui.check import Check


def test_a_port_in_use_is_a_failure_that_names_the_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        found = check("127.0.0.1", port, "STACK_HTTP_PORT")
    name = psutil.Process().name()
    assert found == Check(
        "fail",
        f"Port {port} is in use by {name} (pid {os.getpid()}).",
        "Stop that, or set STACK_HTTP_PORT to another port in .env.",
    )


def test_a_port_that_was_closed_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listening.accept()[0].close()
    assert check("127.0.0.1", port, "STACK_HTTP_PORT") == Check("ok", f"Port {port} is free.")


def test_a_port_of_a_container() -> None:
    assert check("127.0.0.1", 8000, "STACK_HTTP_PORT", "stackhub-nginx-1", "stackhub-nginx-1").level == "ok"
    assert check("127.0.0.1", 8000, "STACK_HTTP_PORT", "shop-web-1", "stackhub-nginx-1") == Check(
        "fail",
        "Port 8000 is in use by the container shop-web-1.",
        "Stop that, or set STACK_HTTP_PORT to another port in .env.",
    )
    assert check("127.0.0.1", 8000, "STACK_HTTP_PORT", "lab-nginx-1", "lab-two-nginx-1").message == (
        "Port 8000 is in use by the container lab-nginx-1 of the stack lab."
    )
