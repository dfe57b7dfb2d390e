"""The steps of `up`: each says what it would do, and does it."""

__all__ = ["docker", "images", "report", "server", "services", "step"]
