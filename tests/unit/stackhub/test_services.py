"""The hub's files and services."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from stackhub import services
from stackhub.settings import Settings
from tests.unit.stackhub.test_settings import ENVIRON


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("of-the-proxy\n")
    monkeypatch.setattr(services, "DATA", tmp_path)
    monkeypatch.setattr(services, "PROXY", tmp_path)


def configured(idle_timeout: int = 600, auth: str = "local", **more: Any) -> Config:
    made = Config()
    made.JupyterHub.services = []
    made.JupyterHub.load_roles = []
    environ = {"STACK_IDLE_TIMEOUT": str(idle_timeout), "STACK_AUTH": auth} | more
    settings = Settings.from_environ(ENVIRON | environ)
    services.configure(made, settings)
    services.add_own(made, settings)
    return made


@pytest.mark.parametrize("kind", ["services", "load_roles"])
def test_ours_are_added_to_the_operators(kind: str) -> None:
    made = Config()
    made.JupyterHub.services, made.JupyterHub.load_roles = [], []
    made.JupyterHub[kind] = ({"name": "announcement"},)  # as upstream's pages assign them
    services.add_own(made, Settings.from_environ(ENVIRON | {"STACK_IDLE_TIMEOUT": "600"}))
    assert [item["name"] for item in made.JupyterHub[kind]] == ["announcement", "culler", "stackctl"]
    made.JupyterHub.services, made.JupyterHub.load_roles = [], []
    made.JupyterHub[kind] = [{"name": "stackctl"}]
    with pytest.raises(SystemExit, match=f"c.JupyterHub.{kind} may have no 'stackctl'"):
        services.add_own(made, Settings.from_environ(ENVIRON))


@pytest.fixture
def config() -> Config:
    return configured()


def test_the_proxy_is_reached_by_its_socket_and_token(config: Config, tmp_path: Path) -> None:
    assert config.ConfigurableHTTPProxy.auth_token == "of-the-proxy"
    assert config.ConfigurableHTTPProxy.api_url == f"http+unix://{str(tmp_path).replace('/', '%2F')}%2Fapi.sock"
    assert config.ConfigurableHTTPProxy.should_start is False
    assert config.JupyterHub.cleanup_servers is False


@pytest.mark.parametrize("base_url", ["/", "/jupyter/", "/a/b/"])
def test_users_have_hosts_below_the_hubs(base_url: str) -> None:
    where: dict[str, Any] = {"STACKCTL_PUBLIC_URL": f"https://hub.example.org:8443{base_url}", "STACK_BASE_URL": base_url}
    hub = configured(**where, STACK_SUBDOMAINS="on").JupyterHub
    assert hub.hub_routespec == f"hub.example.org{base_url}hub/"
    assert configured(**where).JupyterHub.hub_routespec == f"{base_url}hub/", "nothing else reaches the hub"
    assert (hub.subdomain_host, hub.cookie_host_prefix_enabled) == ("https://hub.example.org:8443", True)
    assert not {"subdomain_host", "cookie_host_prefix_enabled"} & set(configured(**where).JupyterHub)


def test_the_culler_stops_servers_after_the_idle_timeout(config: Config) -> None:
    (culler,) = (service for service in config.JupyterHub.services if service["name"] == "culler")
    assert culler["command"][:3] == [sys.executable, "-m", "jupyterhub_idle_culler"]
    assert culler["command"][3:] == ["--timeout=600", "--cull-every=150"]


def test_without_an_idle_timeout_there_is_no_culler() -> None:
    config = configured(idle_timeout=0)
    names = [item["name"] for item in config.JupyterHub.services + config.JupyterHub.load_roles]
    assert names == ["stackctl", "stackctl"]


READS = {"list:users", "read:users", "read:servers", "list:groups", "read:groups"}


@pytest.mark.parametrize(("auth", "more"), [("local", {"admin:users", "admin:groups"}), ("gitlab", set()), ("pam", set())])
def test_each_service_has_exactly_the_scopes_it_needs(auth: str, more: set[str]) -> None:
    """In particular, none may read GitLab tokens (admin:auth_state, part of admin:users) or create tokens for users."""
    roles = {role["name"]: (role["services"], set(role["scopes"])) for role in configured(auth=auth).JupyterHub.load_roles}
    assert roles == {
        "culler": (["culler"], {"list:users", "read:servers", "delete:servers"}),
        "stackctl": (["stackctl"], READS | {"delete:users", "proxy"} | more),
    }


def test_stackctls_token_is_created_once_and_private(config: Config, tmp_path: Path) -> None:
    (stackctl,) = (service for service in config.JupyterHub.services if service["name"] == "stackctl")
    path = tmp_path / "stackctl-token"
    assert len(stackctl["api_token"]) == 64
    assert path.read_text() == services.token(path) == stackctl["api_token"]
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_an_interrupted_token_is_created_again(tmp_path: Path) -> None:
    (tmp_path / "stackctl-token.new").write_text("half")
    assert len(services.token(tmp_path / "stackctl-token")) == 64
    assert not (tmp_path / "stackctl-token.new").exists()


def test_the_hub_waits_for_another_services_file(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("text\n")
    writer = threading.Timer(0.1, new.rename, [tmp_path / "late-token"])
    writer.start()
    assert services.wait_for_file(tmp_path / "late-token", seconds=10) == "text"
    writer.join()


def test_a_file_that_never_appears_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no-token"
    with pytest.raises(TimeoutError) as caught:
        services.wait_for_file(path, seconds=0)
    assert str(caught.value) == f"{path} is still missing after 0 s: is the proxy running? See: docker compose logs proxy"
