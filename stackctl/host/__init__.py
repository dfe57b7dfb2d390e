"""This server: what it is, what is installed on it, and what it can reach."""

__all__ = ["apt", "docker_daemon", "docker_packages", "kernel", "machine", "program", "shared_folders", "user_ids", "web"]
