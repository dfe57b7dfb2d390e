"""The walls around notebook servers, as stackctl sees to them: walls/ keeps them."""

from __future__ import annotations

from stackctl.engine import Container, Engine
from stackctl.errors import CheckFailedError, StackError

MACS = {"hub": "02:00:00:00:00:01", "proxy": "02:00:00:00:00:02"}
"""By which the rules know them: compose.yaml."""

CHECK = ["python3", "-m", "stackwalls.check"]


def check_kernel(engine: Engine, stack: str) -> None:
    """Have the kernel try the rules, in a container's own network. Raises CheckFailedError where it takes none."""
    try:
        engine.once(f"{stack}-walls", [*CHECK, "try"], stack=stack, user="0", cap_add=["NET_ADMIN"])
    except StackError as error:
        raise CheckFailedError(
            "This server's kernel cannot keep notebook servers from each other and from the server: nftables does not work.",
            "Load it (modprobe nf_tables), or take a kernel that has it. To go on without, where you trust everybody: "
            "stackctl config set STACK_ISOLATION off",
            detail=error.message,
        ) from error


def trouble(engine: Engine, container: str) -> str:
    """ "" when the walls stand, or are not to; else what is said of them. `container`: the service's."""
    code, said = engine.execute(container, CHECK)
    return f"the walls around notebook servers do not stand {said}".strip() if code else ""


def known(container: Container) -> bool:
    """Whether a service has the MAC address that the rules know it by: `docker network connect` gives it another."""
    return all(mac == MACS.get(container.service, mac) for mac in container.macs.values())


def make_room(engine: Engine, network: str, bridge: str) -> None:
    """Remove a users' network that was made before there were walls, on another bridge, from under all that is on it."""
    if engine.bridge_of(network) not in ("", bridge):
        engine.remove_network(network)
