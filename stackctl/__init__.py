"""stackctl: what Compose cannot do for the stack by itself."""

__version__ = "0.1.0"
