"""STACK_AUTH=generic-oauth, as docs/sign-in.md sets it up. The stand-in GitLab is an OpenID Connect provider too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.standins.gitlab.container import Gitlab
from tests.support.browser import in_lab
from tests.support.checkout import ROOT
from tests.support.gitlab_person import PASSWORD
from tests.support.running import Stack


@pytest.fixture
def provider(stack: Stack, server: Gitlab, tmp_path: Path) -> Iterator[Gitlab]:
    """The stack set up with the documentation's own example, its addresses exchanged for the stand-in's."""
    uid, secret = server.control.add_application("A team", f"{stack.url}/hub/oauth_callback", ["openid", "profile", "email"])
    example = re.search(
        r"```python\n(# hub/conf\.d/sign-in\.py\n.*?)```", (ROOT / "docs" / "sign-in.md").read_text(), re.DOTALL
    )
    assert example
    text = re.sub(
        r"https://keycloak\.example\.org/realms/team/protocol/openid-connect/(auth|token|userinfo)", _address, example[1]
    )
    text = (
        text.replace("BASE", server.url)
        .replace('"jupyterhub"', f'"{uid}"')
        .replace('allowed_users = {"alice"', 'allowed_users = {"dorothea"')
    )
    hidden = stack.root / ".stack" / stack.name / "hub" / "client-secret"
    hidden.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    hidden.write_text(secret)
    hidden.chmod(0o600)
    bundle = tmp_path / "bundle.pem"
    assert server.ca_file
    bundle.write_text(Path("/etc/ssl/certs/ca-certificates.crt").read_text() + server.ca_file.read_text())
    settings = {"STACK_AUTH": "generic-oauth", "STACK_TITLE": "A team", "STACK_CA_BUNDLE": str(bundle)}
    exceptions = f"{urlsplit(server.url).hostname}:443"
    stack.become(settings | {"STACK_EGRESS_EXCEPTIONS": exceptions}, files={"hub/conf.d/sign-in.py": text})
    yield server
    hidden.unlink()


def _address(found: re.Match[str]) -> str:
    return {"auth": "BASE/oauth/authorize", "token": "BASE/oauth/token", "userinfo": "BASE/oauth/userinfo"}[found[1]]


@pytest.mark.full
def test_people_sign_in_through_openid_connect(stack: Stack, provider: Gitlab, page: Page) -> None:
    provider.control.add_user("dorothea", name="Dorothea", password=PASSWORD)
    page.goto(stack.url)
    expect(page.get_by_role("heading", name="A team")).to_be_visible()
    page.get_by_role("button", name="Sign in with Keycloak").click()
    page.get_by_label("Username or primary email").fill("dorothea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Authorize").click()
    in_lab(page)
    assert "/user/dorothea/lab" in page.url
