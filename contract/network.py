"""Ports and MAC addresses on the network of hub, proxy and notebook servers."""

HUB_PORT = 8081
"""The hub's API and pages."""

NOTEBOOK_PORT = 8888
"""Every notebook server."""

HUB_MAC, PROXY_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
"""Set in compose.yaml; the firewall recognizes the two services by them. They must be unique on that network only."""

NEVER = ("169.254.0.0/16", "224.0.0.0/3")
"""What no notebook server reaches, whatever the settings say: link-local addresses, where cloud providers serve the server's
credentials; multicast and reserved addresses."""
