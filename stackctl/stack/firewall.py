"""The notebook firewall as stackctl checks it; the service `walls` keeps it in place."""

from __future__ import annotations

from contract.network import HUB_MAC, PROXY_MAC
from stackctl.engine import Container, Engine
from stackctl.errors import CheckFailedError, StackError

MACS = {"hub": HUB_MAC, "proxy": PROXY_MAC}

CHECK = ["python3", "-m", "stackwalls.check"]


def check_kernel(engine: Engine, stack: str) -> None:
    """Load the rules once in a container's own network. Raises CheckFailedError when the kernel rejects them."""
    try:
        engine.once(f"{stack}-walls", [*CHECK, "try"], stack=stack, user="0", cap_add=["NET_ADMIN"])
    except StackError as error:
        raise CheckFailedError(
            "The notebook firewall does not work on this server: its kernel has no working nftables.",
            "Load it (modprobe nf_tables), or use another kernel. To run without the firewall, if you trust everybody: "
            "stackctl config set STACK_ISOLATION off",
            detail=error.message,
        ) from error


def problem(engine: Engine, container: str) -> str:
    """Why the firewall is not in place; "" when it is, or is switched off. `container`: the service's."""
    code, output = engine.execute(container, CHECK)
    return f"the notebook firewall is not in place {output}".strip() if code else ""


def has_its_mac(container: Container) -> bool:
    """Whether a service has the MAC address that the rules know; after `docker network connect` it has another one."""
    return all(mac == MACS.get(container.service, mac) for mac in container.macs.values())
