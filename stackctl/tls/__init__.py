"""Certificates: reading and checking them, the local CA, and the one that nginx serves."""

__all__ = ["certificates", "nginx_certificate"]
