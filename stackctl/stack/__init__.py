"""The running stack: its services, the hub's and the proxy's API, accounts and status."""

from stackctl.stack.stack import Stack

__all__ = ["Stack", "accounts", "hub_secrets", "login_page", "plan", "proxy_api", "services", "status", "up"]
