"""A public stack: https with a certificate of its own CA, and what browsers make of it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.stack.browser import in_lab, new_notebook, run_cell, sign_in
from tests.stack.kernel import Kernel
from tests.stack.person import Person
from tests.stack.running import HOST, Stack, Talk


@pytest.fixture(scope="module", autouse=True)
def said(stack: Stack) -> Iterator[Talk]:
    """What `up` said when the stack became public. Afterwards it is as before."""
    stack.configure(STACK_HOST=HOST)
    try:
        yield stack.ctl("up", "--yes")
    finally:
        stack.configure()
        stack.ctl("up", "--yes")


def served(stack: Stack) -> str:
    """The certificate that nginx serves now, as PEM, checked as a browser does."""
    context = ssl.create_default_context(cafile=stack.ca)
    with (
        socket.create_connection(("127.0.0.1", stack.https_port), 10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as wrapped,
    ):
        return ssl.DER_cert_to_PEM_cert(wrapped.getpeercert(binary_form=True) or b"")


def test_up_says_the_address_and_where_the_ca_is(stack: Stack, said: Talk) -> None:
    assert f"The stack is running: https://{HOST}:{stack.https_port}" in said.err
    file = f".stack/{stack.name}/tls/{HOST}/ca.crt"
    assert f"Browsers warn of its certificate until they trust the CA in {file}: docs/tls.md says how." in said.err
    assert (stack.root / file).stat().st_mode & 0o777 == 0o600
    assert "this machine only" not in said.err


def test_a_second_up_makes_nothing_new(stack: Stack) -> None:
    before = served(stack)
    assert "Nothing to change." in stack.ctl("up", "--yes").err
    assert served(stack) == before


def test_compose_by_itself_has_the_same_ports(stack: Stack) -> None:
    shown = stack.run("docker", "compose", "config", "--hash", "nginx").out.split()
    assert shown == ["nginx", stack.services()["nginx"].labels["com.docker.compose.config-hash"]]


def test_http_leads_to_https_with_path_and_query(stack: Stack) -> None:
    path = "/hub/login?next=%2Fhub%2Fhome"
    answer = stack.session().get(f"http://127.0.0.1:{stack.port}{path}", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{stack.url}{path}")


def test_a_notebook_runs_and_every_cookie_is_for_https_alone(alice: Person, page: Page) -> None:
    page.goto(f"http://{HOST}:{alice.stack.port}/")
    expect(page).to_have_url(f"{alice.stack.url}/hub/login?next=%2Fhub%2F")
    sign_in(page, alice)
    in_lab(page)
    new_notebook(page)
    expect(run_cell(page, "print(6 * 7)")).to_have_text("42\n")
    cookies = page.context.cookies()
    assert {item.get("name") for item in cookies} >= {"jupyterhub-session-id", "_xsrf"}
    assert [item.get("name") for item in cookies if not item.get("secure")] == []


def test_a_new_certificate_drops_no_websocket(stack: Stack, alice: Person) -> None:
    before = served(stack)
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        (stack.root / ".stack" / stack.name / "tls" / HOST / "site.pem").unlink()
        assert f"make a new certificate for {HOST}" in stack.ctl("up", "--dry-run").err
        assert f"nginx has a new certificate for {HOST}. Open connections go on." in stack.ctl("up", "--yes").err
        assert served(stack) != before
        assert kernel.run("print(remembered)") == "before", "the same websocket"
