"""STACK_AUTH=generic-oauth, as docs/sign-in.md sets it up. The stand-in GitLab is an OpenID Connect provider too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.checkout import ROOT
from tests.stack.browser import go, in_lab
from tests.stack.gitlab_person import PASSWORD
from tests.stack.running import Stack
from tests.standins.gitlab.container import Gitlab


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
        .replace('allowed_users = {"alice"', 'allowed_users = {"dora"')
    )
    file = stack.root / "hub" / "conf.d" / "sign-in.py"
    file.write_text(text)
    hidden = stack.root / ".stack" / stack.name / "hub" / "client-secret"
    hidden.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    hidden.write_text(secret)
    hidden.chmod(0o600)
    bundle = tmp_path / "bundle.pem"
    assert server.ca_file
    bundle.write_text(Path("/etc/ssl/certs/ca-certificates.crt").read_text() + server.ca_file.read_text())
    before = (stack.root / ".env").read_text()
    private = f"{urlsplit(server.url).hostname}:443"
    stack.configure(
        STACK_AUTH="generic-oauth",
        STACK_TITLE="A team",
        STACK_CA_BUNDLE=str(bundle),
        STACK_EGRESS_EXCEPTIONS=private,
    )
    try:
        stack.ctl("up", "--yes")
        yield server
    finally:
        file.unlink()
        hidden.unlink()
        (stack.root / ".env").write_text(before)
        stack.ctl("up", "--yes")


def _address(found: re.Match[str]) -> str:
    return {"auth": "BASE/oauth/authorize", "token": "BASE/oauth/token", "userinfo": "BASE/oauth/userinfo"}[found[1]]


def test_people_sign_in_through_openid_connect(stack: Stack, provider: Gitlab, page: Page) -> None:
    provider.control.add_user("dora", name="Dora", password=PASSWORD)
    go(page, stack.url)
    expect(page.get_by_role("heading", name="A team")).to_be_visible()
    page.get_by_role("button", name="Sign in with Keycloak").click()
    page.get_by_label("Username or primary email").fill("dora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Authorize").click()
    in_lab(page)
    assert "/user/dora/lab" in page.url
