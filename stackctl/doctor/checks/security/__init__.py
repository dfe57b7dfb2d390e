"""Checks of who can use Docker, what containers may do, and how old images and packages are."""

__all__ = ["container_rights", "docker_daemon", "minimum_versions", "package_age", "unpinned_images"]
