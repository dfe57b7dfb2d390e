"""Checks of the stack: services, notebook servers, volumes, images, groups, sign-in."""

__all__ = ["checkout", "gitlab", "groups", "images", "secret_files", "servers", "services", "volumes"]
