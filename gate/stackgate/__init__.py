"""The gate between the hub and Docker: it lets through what notebook servers need, and nothing else."""

SOCKET = "/run/gate/gate.sock"
"""Where the hub finds what it takes for Docker's: compose.yaml."""
