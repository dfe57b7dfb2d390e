"""The hub's address, files and services: the idle culler, and stackctl with its API token."""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from traitlets.config import Config

from contract.network import HUB_PORT
from contract.paths import STACKCTL_TOKEN
from stackhub.http_server import HubServer
from stackhub.names import host
from stackhub.settings import DATA, PROXY, Settings

OWN = ("culler", "stackctl")


def configure(c: Config, settings: Settings) -> None:
    """Configure the hub behind its proxy."""
    hub = c.JupyterHub
    hub.base_url = settings.base_url
    hub.hub_routespec = f"{settings.base_url}hub/"  # nginx answers where no server runs: nginx/templates/no-route.conf
    if settings.subdomains:
        hub.subdomain_host = settings.public_url.removesuffix(settings.base_url.rstrip("/"))
        hub.subdomain_hook = host
        hub.hub_routespec = f"{urlsplit(settings.public_url).hostname}{hub.hub_routespec}"
        # without it, a page on a user's host could set the hub's cookies
        hub.cookie_host_prefix_enabled = True
    HTTPServer.configure(HubServer, base_url=settings.base_url)
    hub.hub_ip = "0.0.0.0"
    hub.hub_port = HUB_PORT
    hub.hub_connect_ip = "hub"
    hub.db_url = f"sqlite:///{DATA}/jupyterhub.sqlite"
    hub.cookie_secret_file = str(DATA / "cookie-secret")
    hub.upgrade_db = True  # keeps a backup next to the database
    hub.cleanup_servers = False
    hub.init_spawners_timeout = 1  # one hanging notebook server must not delay the hub's start
    hub.last_activity_interval = 5  # seconds; this also restores the routes of a proxy that has restarted
    # a restarted server may have a new address within seconds; see overrides.txt
    c.JupyterHubHTTPClient.connector_options = {"use_dns_cache": False}
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http+unix://{str(PROXY / 'api.sock').replace('/', '%2F')}"
    c.ConfigurableHTTPProxy.auth_token = wait_for_file(PROXY / "token", seconds=30)


def add_own(c: Config, settings: Settings) -> None:
    """Add the idle culler and stackctl to the services, and their roles. Raises SystemExit where their names are taken."""
    for kind in ("services", "load_roles"):
        entries = c.JupyterHub[kind] = list(c.JupyterHub[kind])
        for entry in entries:
            if entry.get("name") in OWN:
                raise SystemExit(f"hub/conf.d: c.JupyterHub.{kind} may have no {entry['name']!r}; it is the stack's own.")
    _culler(c, settings)
    _stackctl(c, settings)


def _culler(c: Config, settings: Settings) -> None:
    if not settings.idle_timeout:  # 0 means never; the culler would take it as at once
        return
    command = [sys.executable, "-m", "jupyterhub_idle_culler"]
    options = [f"--timeout={settings.idle_timeout}", f"--cull-every={settings.activity_interval}"]
    c.JupyterHub.services.append({"name": "culler", "command": command + options})
    scopes = ["list:users", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles.append({"name": "culler", "scopes": scopes, "services": ["culler"]})


def _stackctl(c: Config, settings: Settings) -> None:
    c.JupyterHub.services.append({"name": "stackctl", "api_token": token(DATA / STACKCTL_TOKEN)})
    scopes = ["list:users", "read:users", "read:servers", "delete:users", "list:groups", "read:groups", "proxy"]
    if settings.auth == "local":  # otherwise the hub owns no accounts, and admin:users could read GitLab tokens
        scopes += ["admin:users", "admin:groups"]
    c.JupyterHub.load_roles.append({"name": "stackctl", "scopes": scopes, "services": ["stackctl"]})


def token(path: Path) -> str:
    """The token in `path`; created if the file is missing, with mode 0600 and atomically."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        new.rename(path)
    return path.read_text().strip()


def wait_for_file(path: Path, seconds: float) -> str:
    """The text of `path`, which another service writes when it starts. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            reason = f"{path} is still missing after {seconds:.0f} s: is the proxy running?"
            raise TimeoutError(f"{reason} See: docker compose logs proxy")
        time.sleep(0.05)
    return path.read_text().strip()
