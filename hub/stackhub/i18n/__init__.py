"""Languages: which one a page is in, and the translations."""

__all__ = ["jupyterhub_texts", "language", "translations"]
