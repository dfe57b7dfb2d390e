"""Checks of names, addresses, certificates and of what a notebook reaches."""

__all__ = ["certificate", "host_name", "networks", "notebook", "through_nginx"]
