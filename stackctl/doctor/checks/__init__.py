"""What `doctor` checks, one subject a file, without input or output: facts in, findings out."""

__all__ = ["network", "security", "server", "stack"]
