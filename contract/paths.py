"""Paths in the services' containers that more than one part of the stack uses."""

GATE_SOCKET = "/run/gate/gate.sock"
"""The gate's answer to Docker's socket; compose.yaml sets it as the hub's DOCKER_HOST."""

CATALOGUE = "/run/gate/catalogue.json"
"""What people may choose from: stackctl writes it, hub and gate read it (contract/catalogue.py)."""

HUB_DATA = "/srv/jupyterhub"
"""The hub's volume: database, cookie secret, tokens."""

HUB_SECRETS = f"{HUB_DATA}/secrets.json"
"""The operator's secrets by name, as stackctl brings them to the hub."""

STACKCTL_TOKEN = "stackctl-token"
"""In HUB_DATA: stackctl's token for the hub's API, made by the hub."""

PROXY = "/run/proxy"
"""The volume that hub and proxy share: `api.sock` and `token` of the proxy's API."""

TLS_PEM = "/run/tls/site.pem"
"""The certificate chain and its key, which stackctl writes and nginx reads."""
