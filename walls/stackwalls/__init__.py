"""The notebook firewall: nftables rules for what notebook servers, hub and proxy may reach."""

__all__ = ["check", "firewall", "kernel", "rules", "ruleset"]
