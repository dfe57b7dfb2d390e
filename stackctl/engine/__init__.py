"""Docker: the Engine's API, Compose and buildx. Nothing else imports their libraries."""

from stackctl.engine.client import Engine
from stackctl.engine.containers import Container

__all__ = ["Container", "Engine", "compose", "endpoint", "errors", "networks", "reference", "temporary", "transfer"]
