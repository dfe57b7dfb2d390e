"""Check groups about the server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from contract import users
from stackctl.doctor.checks.server import clock as clock_checks
from stackctl.doctor.checks.server import gpus, pam, space, versions
from stackctl.doctor.checks.server import ports as port_checks
from stackctl.doctor.checks.server import sizes as size_checks
from stackctl.doctor.checks.server import user_ids as user_id_checks
from stackctl.engine import compose, endpoint
from stackctl.errors import NotRunningError
from stackctl.host import apt, docker_daemon, kernel, machine, user_ids, web
from stackctl.host import shared_folders as folders
from stackctl.stack import Stack
from stackctl.ui.check import Check


def environment(_: Stack) -> Iterator[Check]:
    """Variables of the shell that lead elsewhere: to another Docker, or to other files of Compose."""
    if host := endpoint.host():
        message = f"DOCKER_HOST={host} names another Docker, but the stack uses this server's own."
        yield Check("fail", message, "Run: unset DOCKER_HOST. For another server, run stackctl there.")
    for name in endpoint.ignored():
        yield Check(
            "warn", f"{name} in your shell is ignored.", "Additions to compose.yaml belong in compose.override.yaml."
        )


def docker(stack: Stack) -> Iterator[Check]:
    """Docker, Compose and buildx: their versions, and what the engine says about itself."""
    yield from versions.check(
        stack.engine.version["Version"], compose.plugin("compose", "--short"), compose.plugin("buildx")
    )
    yield from versions.engine(stack.engine.info())


def disk(stack: Stack) -> Iterator[Check]:
    """Space and inodes where Docker keeps its data."""
    try:
        yield from space.disk(machine.disk(stack.engine.folder))
    except OSError as error:
        yield Check("warn", f"Free disk space is unknown: {error.filename}: {error.strerror}.", "See: docker system df")


def memory(_: Stack) -> Iterator[Check]:
    """Free memory."""
    yield space.memory(machine.memory(), machine.free_memory())


def file_watchers(_: Stack) -> Iterator[Check]:
    """How many programs can watch files: the kernel counts those of all notebook servers together."""
    found = kernel.watchers()
    if found is None:
        return
    if found < kernel.WATCHERS:
        message = (
            f"All notebook servers together can have {found} file watchers ({kernel.SETTING}): one person can take all."
        )
        yield Check("warn", message, "sudo bin/stackctl up raises the limit.")
    else:
        yield Check("ok", f"Notebook servers can have {found} file watchers.")


def sizes(stack: Stack) -> Iterator[Check]:
    """Sizes that this server is too small for, or lacks the GPUs for."""
    offered = stack.catalogue.sizes
    yield from size_checks.check(offered, stack.settings.stack_servers_memory, machine.memory(), machine.cpus())
    if any(size.gpus for size in offered):
        yield from gpus.check(offered, stack.engine.runtimes, machine.gpus())


def ports(stack: Stack) -> Iterator[Check]:
    """Whether the stack has its ports, or they are free."""
    for address, port, setting in stack.settings.listeners:
        container = ""
        if docker_daemon.is_installed():
            try:
                container = stack.engine.publisher(port)
            except NotRunningError:
                message = f"Port {port} was not checked: Docker, which may use it, does not answer."
                yield Check("warn", message, "sudo bin/stackctl up starts Docker.")
                continue
        yield port_checks.check(address, port, setting, container, own=f"{stack.name}-nginx-1")


def accounts(stack: Stack) -> Iterator[Check]:
    """The server's accounts and groups, with STACK_AUTH=pam."""
    if stack.settings.stack_auth == "pam":
        yield from pam.check(stack.settings.stack_pam_group, stack.settings.stack_pam_admin_group)


def numbers(_: Stack) -> Iterator[Check]:
    """Whether an account or group of the server has a number that the containers use."""
    yield from user_id_checks.check(
        {number: list(user_ids.holders(number)) for number in (users.NOTEBOOK, users.SERVICE_GROUP)}
    )


def shared_folders(stack: Stack) -> Iterator[Check]:
    """The server's folders that every notebook server gets."""
    yield from folders.checks(stack.root, stack.settings, stack.engine.folder)


def clock(stack: Stack) -> Iterator[Check]:
    """The server's clock, compared with a mirror's."""
    settings = stack.settings
    url = settings.stack_pypi_mirror or settings.stack_apt_mirror or apt.web_mirror()
    time = web.clock(url, settings) if url else None
    if time is None:
        yield Check("warn", "This server's clock was not compared: no mirror answered.", "Check it: timedatectl")
    else:
        yield clock_checks.check(time, f"{urlsplit(url).hostname}'s")
