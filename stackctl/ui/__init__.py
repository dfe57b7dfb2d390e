"""The terminal: what stackctl prints and asks, and how it answers Ctrl-C."""

__all__ = ["check", "command", "console", "signals", "tables", "times", "units"]
