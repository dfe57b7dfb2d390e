"""What hub, gate, firewall and stackctl must agree on, each fact once. Standard library only; Python 3.10 and later.

The images get it as a build context of its own (compose.yaml). What the gate refuses is not here: the gate states its own
limits, so that one mistake cannot change both what the hub asks for and what the gate allows.
"""

__all__ = ["catalogue", "container", "duration", "gitlab", "lists", "memory", "names", "network", "paths", "shared", "users"]
