"""Is the port that the stack publishes free, and if not, who has it?"""

from __future__ import annotations

import errno
import socket

import psutil

from stackctl.checks import Check

NGINX = "-nginx-1"
"""The end of the name of a stack's container that has its ports."""


def check(address: str, port: int, setting: str, container: str = "", own: str = "") -> Check:
    """Whether the stack can have `address`:`port`.

    `container`: the one that publishes the port already, if there is one; `own`: what this stack's is called.
    """
    if container and container == own:
        return Check("ok", f"Port {port} is this stack's.")
    if container:
        of = f", of the stack {container.removesuffix(NGINX)}" if container.endswith(NGINX) else ""
        return _in_use(port, f" by the container {container}{of}", setting)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EACCES:  # Docker, which will listen there, is root
                return Check("ok", f"Port {port} is for root, as which Docker runs.")
            return _in_use(port, _holder(port), setting)
    return Check("ok", f"Port {port} is free.")


def _in_use(port: int, by: str, setting: str) -> Check:
    return Check("fail", f"Port {port} is in use{by}.", f"Stop it, or set {setting} to another port in .env.")


def _holder(port: int) -> str:
    """ " by NAME (pid N)" as far as this user may see it."""
    try:
        listening = (item for item in psutil.net_connections("tcp") if item.status == psutil.CONN_LISTEN)
        for item in listening:
            if item.laddr and item.laddr.port == port and item.pid:
                return f" by {psutil.Process(item.pid).name()} (pid {item.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        pass
    return " by another program (as root, this says which)"
