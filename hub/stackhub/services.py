"""The hub's network, its files, and what runs beside it: the culler, and stackctl's own access to the API."""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path

from traitlets.config import Config

from .names import host
from .settings import DATA, PROXY, Settings

PORT = 8081


def configure(c: Config, settings: Settings) -> None:
    """Set up the hub behind its proxy, the culler, and the token that stackctl uses."""
    hub = c.JupyterHub
    hub.base_url = settings.base_url
    if settings.subdomains:
        hub.subdomain_host = settings.public_url.removesuffix(settings.base_url.rstrip("/"))
        hub.subdomain_hook = host
        # a page on a person's host could set the hub's cookies, if not for this
        hub.cookie_host_prefix_enabled = True
    hub.hub_ip = "0.0.0.0"
    hub.hub_port = PORT
    hub.hub_connect_ip = "hub"
    hub.db_url = f"sqlite:///{DATA}/jupyterhub.sqlite"
    hub.cookie_secret_file = str(DATA / "cookie-secret")
    hub.upgrade_db = True  # keeps a copy of the old one beside it
    hub.cleanup_servers = False
    hub.init_spawners_timeout = 1  # one notebook server that hangs must not keep everybody waiting when the hub starts
    hub.last_activity_interval = 5  # then it also tells the proxy its routes again, which one that restarted has lost
    # a server that is started again may have another address than seconds ago; overrides.txt is for the same
    c.JupyterHubHTTPClient.connector_options = {"use_dns_cache": False}
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http+unix://{str(PROXY / 'api.sock').replace('/', '%2F')}"
    c.ConfigurableHTTPProxy.auth_token = wait_for_file(PROXY / "token", seconds=30)
    _culler(c, settings)
    _stackctl(c, settings)


def _culler(c: Config, settings: Settings) -> None:
    if not settings.idle_timeout:  # never; to the culler, 0 means at once
        return
    command = [sys.executable, "-m", "jupyterhub_idle_culler"]
    options = [f"--timeout={settings.idle_timeout}", f"--cull-every={settings.activity_interval}"]
    c.JupyterHub.services.append({"name": "culler", "command": command + options})
    scopes = ["list:users", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles.append({"name": "culler", "scopes": scopes, "services": ["culler"]})


def _stackctl(c: Config, settings: Settings) -> None:
    c.JupyterHub.services.append({"name": "stackctl", "api_token": token(DATA / "stackctl-token")})
    scopes = ["list:users", "read:users", "read:servers", "delete:users", "list:groups", "read:groups", "proxy"]
    if settings.auth == "local":  # else accounts and groups are not the hub's; and admin:users would see GitLab's tokens
        scopes += ["admin:users", "admin:groups"]
    c.JupyterHub.load_roles.append({"name": "stackctl", "scopes": scopes, "services": ["stackctl"]})


def token(path: Path) -> str:
    """The token in `path`, made when it is not there. The file is 0600 and appears whole or not at all."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        new.rename(path)
    return path.read_text().strip()


def wait_for_file(path: Path, seconds: float) -> str:
    """The text of `path`, which another service writes as it starts. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            reason = f"{path} is not there after {seconds:.0f} s: is the proxy running?"
            raise TimeoutError(f"{reason} See: docker compose logs proxy")
        time.sleep(0.05)
    return path.read_text().strip()
