"""The check groups of `doctor`, in the order in which it shows them. `up` and `audit` run some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from stackctl.doctor.groups import network, security, server, stack
from stackctl.stack import Stack
from stackctl.ui.check import Check


@dataclass(frozen=True)
class CheckGroup:
    """Checks about one subject. `settings`, `docker`: whether they need valid settings, and a Docker that answers."""

    title: str
    run: Callable[[Stack], Iterable[Check]]
    settings: bool = True
    docker: bool = True
    seconds: float = 30
    """Its deadline."""
    before: Literal["", "docker", "start"] = ""
    """`up` runs it too: before it touches Docker, or before it builds and starts anything."""
    security: bool = False
    """Whether `audit` runs it too."""


CHECK_GROUPS = [
    CheckGroup("Changes", stack.changes, docker=False),
    CheckGroup("Environment", server.environment, settings=False, docker=False, before="docker"),
    CheckGroup("Docker", server.docker, settings=False, before="start"),
    CheckGroup("Disk", server.disk, settings=False, before="start"),
    CheckGroup("Memory", server.memory, settings=False, docker=False),
    CheckGroup("File watchers", server.file_watchers, settings=False, docker=False),
    CheckGroup("Checkout", stack.checkout, before="start"),
    CheckGroup("Ports", server.ports, docker=False, before="start"),
    CheckGroup("Name", network.host_name, docker=False),
    CheckGroup("Certificate", network.certificate_files, docker=False, before="docker"),
    CheckGroup("Addresses", network.addresses, before="start"),
    CheckGroup("Sizes", server.sizes, before="start"),
    CheckGroup("Secrets", stack.secrets, settings=False, docker=False, security=True),
    CheckGroup("Sign-in", stack.sign_in, docker=False),
    CheckGroup("Accounts", server.accounts, docker=False, before="docker"),
    CheckGroup("User numbers", server.numbers, settings=False, docker=False, security=True),
    CheckGroup("Shared folders", server.shared_folders, before="start"),
    CheckGroup("Clock", server.clock, docker=False),
    CheckGroup("Services", stack.services),
    CheckGroup("TLS", network.served_certificate),
    CheckGroup("Sign-in page", stack.sign_in_page),
    CheckGroup("Notebook images", stack.images),
    CheckGroup("Notebook servers", stack.servers),
    CheckGroup("Groups", stack.groups_of_the_catalogue),
    CheckGroup("Volumes", stack.volumes),
    CheckGroup("Docker security", security.docker, settings=False, security=True),
    CheckGroup("Container rights", security.container_rights, security=True),
    CheckGroup("Image security", security.images, seconds=180, security=True),
]
SECURITY_GROUPS = [group for group in CHECK_GROUPS if group.security]
