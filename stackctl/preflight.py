"""What must be right before `up` changes anything. Every function raises CheckFailedError when it is not."""

from __future__ import annotations

from stackctl import console, host
from stackctl.checks import gitlab, ports
from stackctl.checks import gpus as gpu_checks
from stackctl.checks import memory as memory_checks
from stackctl.errors import CheckFailedError
from stackctl.plan import WORKING_DIR
from stackctl.stack import Stack


def sign_in(stack: Stack) -> None:
    """Raises CheckFailedError when people are to sign in through GitLab, and this stack is not registered there as it is."""
    if stack.settings.stack_auth != "gitlab":
        return
    found = gitlab.stored(stack.root, stack.settings)
    if found.level == "fail":
        raise CheckFailedError(found.message, found.fix)
    for item in [found, *gitlab.rules(stack.settings)]:
        if item.level != "ok":
            console.warn(f"{item.message} {item.fix}")


def same_checkout(stack: Stack) -> None:
    """Raises CheckFailedError when the stack of this name was started from another folder."""
    folders = {container.labels.get(WORKING_DIR, "") for container in stack.services()}
    if folders and str(stack.root) not in folders:
        raise CheckFailedError(
            f"The stack {stack.name} was started from {', '.join(folders)}.",
            f"Use that checkout; or stop it first (stackctl down), or set another STACK_NAME than {stack.name}.",
        )


def port(stack: Stack) -> None:
    """Raises CheckFailedError when somebody else has the port."""
    port = stack.settings.stack_http_port
    holder = stack.engine.publisher(port)
    if holder == f"{stack.name}-nginx-1":
        return
    if holder:
        raise CheckFailedError(
            f"Port {port} is in use by the container {holder}.", "Stop it, or set STACK_HTTP_PORT to another port in .env."
        )
    found = ports.check("127.0.0.1", port, "STACK_HTTP_PORT")
    if found.level == "fail":
        raise CheckFailedError(found.message, found.fix)


def memory(stack: Stack) -> None:
    """Warn of a size that is larger than this server."""
    for item in memory_checks.check(stack.catalogue.sizes, stack.settings.stack_servers_memory, host.memory()):
        console.warn(f"{item.message} {item.fix}")


def gpus(stack: Stack) -> tuple[str, ...]:
    """The ids of the GPUs for sizes that have some. Raises CheckFailedError when there are not enough."""
    sizes = stack.catalogue.sizes
    if not any(size.gpus for size in sizes):
        return ()
    found = host.gpus()
    for item in gpu_checks.check(sizes, stack.engine.runtimes, found):
        if item.level == "fail":
            raise CheckFailedError(item.message, item.fix)
    return found
