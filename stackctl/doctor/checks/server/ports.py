"""Are the ports that the stack publishes free, and if not, what uses them?"""

from __future__ import annotations

import errno
import socket

import psutil

from stackctl.ui.check import Check

NGINX = "-nginx-1"
"""How the name of a stack's container with its ports ends."""


def check(address: str, port: int, setting: str, container: str = "", own: str = "") -> Check:
    """Whether the stack can publish `address`:`port`.

    `setting`: where the port is set; `container`: the one that publishes it now, or ""; `own`: the name of this stack's.
    """
    if container and container == own:
        return Check("ok", f"This stack uses port {port}.")
    if container:
        stack = f" of the stack {container.removesuffix(NGINX)}" if container.endswith(NGINX) else ""
        return _in_use(port, f"the container {container}{stack}", setting)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EACCES:  # Docker will listen there, and is root
                return Check("ok", f"Only root can use port {port}, and Docker runs as root.")
            return _in_use(port, _holder(port), setting)
    return Check("ok", f"Port {port} is free.")


def _in_use(port: int, user: str, setting: str) -> Check:
    return Check("fail", f"Port {port} is in use by {user}.", f"Stop that, or set {setting} to another port in .env.")


def _holder(port: int) -> str:
    """The program that listens on a port, as far as this user may see it."""
    try:
        listening = (item for item in psutil.net_connections("tcp") if item.status == psutil.CONN_LISTEN)
        for item in listening:
            if item.laddr and item.laddr.port == port and item.pid:
                return f"{psutil.Process(item.pid).name()} (pid {item.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        pass
    return "another program (run as root to see which)"
