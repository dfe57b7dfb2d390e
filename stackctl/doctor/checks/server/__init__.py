"""Checks of the server: Docker's version, disk, memory, ports, clock, GPUs, accounts."""

__all__ = ["clock", "gpus", "pam", "ports", "sizes", "space", "versions"]
