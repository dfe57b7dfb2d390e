"""The authenticator that STACK_AUTH names."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from oauthenticator import oauth2
from oauthenticator.generic import GenericOAuthenticator
from tornado import web
from traitlets.config import Config

from stackhub import settings
from stackhub.auth import authenticator
from stackhub.auth.authenticator import with_our_pages
from stackhub.pages.handlers import HANDLERS
from tests.unit.stackhub.test_settings import ENVIRON


def test_a_provider_of_oauthenticator_has_our_pages() -> None:
    provider = with_our_pages("generic-oauth")
    assert issubclass(provider, GenericOAuthenticator)
    assert provider(client_id="x").get_handlers(None)[: len(HANDLERS)] == HANDLERS


@pytest.mark.parametrize("owner", ["", "alice#github", "42#gitlab.example.org"])
def test_a_user_of_another_authenticator_is_not_taken_over(monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
    async def authenticate(*_: object, **__: object) -> dict[str, str]:
        return {"name": "Alice"}

    monkeypatch.setattr(GenericOAuthenticator, "authenticate", authenticate)
    provider = with_our_pages("generic-oauth")(client_id="x")
    there = SimpleNamespace(name="alice", user_info={"owner": owner} if owner else {}, last_activity="2026-11-23")
    with pytest.raises(web.HTTPError, match="This name belongs to another account"):
        asyncio.run(provider.authenticate(SimpleNamespace(find_user=lambda _: there)))
    assert not asyncio.run(provider.refresh_user(there))
    own = SimpleNamespace(name="alice", user_info={"owner": "alice#generic-oauth"}, last_activity="2026-11-23")
    model = asyncio.run(provider.authenticate(SimpleNamespace(find_user=lambda _: own)))
    assert model == {"name": "Alice", "user_info": own.user_info}
    assert asyncio.run(provider.refresh_user(own))
    named = SimpleNamespace(name="alice", user_info=None, last_activity=None)
    assert asyncio.run(provider.authenticate(SimpleNamespace(find_user=lambda _: named))) == model


def test_an_unknown_authenticator_is_refused() -> None:
    with pytest.raises(ValueError, match="STACK_AUTH=ldap: JupyterHub has no such authenticator"):
        with_our_pages("ldap")


def test_secrets_come_from_stackctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECRETS", tmp_path / "secrets.json")
    assert settings.secret("client-secret", default="none") == "none"
    (tmp_path / "secrets.json").write_text(json.dumps({"client-secret": "xyz\n"}))
    assert settings.secret("client-secret") == "xyz"
    with pytest.raises(FileNotFoundError, match=r"Secret other is missing: put it into \.stack/NAME/hub/other"):
        settings.secret("other")


@pytest.mark.parametrize("subdomains", ["on", "off"])
def test_a_users_host_cannot_set_the_state_of_a_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subdomains: str
) -> None:
    monkeypatch.setattr(authenticator, "DATA", tmp_path)
    monkeypatch.setattr(oauth2, "STATE_COOKIE_NAME", oauth2.STATE_COOKIE_NAME)
    authenticator.configure(Config(), settings.Settings.from_environ(ENVIRON | {"STACK_SUBDOMAINS": subdomains}))
    assert oauth2.STATE_COOKIE_NAME.startswith("__Host-") == (subdomains == "on")
