"""Notebook servers: what people may choose, what is available, and the container that a server runs in."""

__all__ = ["capacity", "catalogue", "choice", "disk", "errors", "spawner", "spawner_config", "steps"]
