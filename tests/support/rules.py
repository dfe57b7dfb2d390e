"""The network rules of this machine's kernel."""

from __future__ import annotations

from tests.support.running import Stack


def nft(stack: Stack, *commands: str) -> str:
    """What nft says to commands in this machine's own network."""
    script = "; ".join(f"nft {command}" for command in commands)
    output = stack.docker.containers.run(
        f"{stack.name}-walls",
        ["sh", "-c", script],
        remove=True,
        network_mode="host",
        user="0",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN"],
    )
    return bytes(output).decode()
