"""The hub: JupyterHub with this stack's sign-in, notebook servers and pages."""

__all__ = ["app", "auth", "engine", "i18n", "names", "pages", "services", "settings", "spawn"]
