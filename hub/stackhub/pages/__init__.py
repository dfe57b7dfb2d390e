"""The hub's own pages, and the changes to JupyterHub's pages and API."""

__all__ = ["handlers", "sign_in", "sign_in_errors", "start", "templates"]
