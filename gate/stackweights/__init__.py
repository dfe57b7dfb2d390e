"""CPU weights of notebook servers: lower the CPU shares of servers that compute continuously.

It runs in the gate's container, where Docker's socket is; the gate's rules neither import it nor depend on it.
"""

__all__ = ["weights"]
