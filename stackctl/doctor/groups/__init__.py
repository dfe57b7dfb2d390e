"""What each check group reads, and the checks it runs on that; check_groups.py lists them in order."""

__all__ = ["network", "security", "server", "stack"]
