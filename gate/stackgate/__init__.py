"""The Docker API gate: a proxy between the hub and Docker that allows only what notebook servers need."""

__all__ = ["body", "calls", "gate", "rules"]
