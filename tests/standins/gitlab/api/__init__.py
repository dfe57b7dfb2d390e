"""The REST API, below /api/v4."""
