"""Checks of the server: Docker's version, disk, memory, ports, clock, GPUs, accounts."""

__all__ = ["clock", "gpus", "pam", "ports", "sizes", "space", "user_ids", "versions"]
