"""A public stack: https with a certificate of its own CA, and what browsers make of it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pki import Issued, issue
from tests.stack.browser import in_lab, new_notebook, run_cell, sign_in
from tests.stack.kernel import Kernel
from tests.stack.person import Person
from tests.stack.running import HOST, Stack, Talk

CA = issue("Root")
BETWEEN = issue("Between", CA)


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
    """The certificate that nginx serves now, as PEM, checked as a browser does that trusts the CA."""
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


@pytest.fixture
def files(stack: Stack) -> Iterator[Path]:
    """A folder as certbot has it: a link to the certificate, another to its key. The stack uses them."""
    folder = stack.root / "live"
    folder.mkdir()
    (folder / "ca.pem").write_text(CA.pem)
    settings = {"STACK_TLS_CERTIFICATE": "live/fullchain.pem", "STACK_TLS_KEY": str(folder / "privkey.pem")}
    put(folder, "1", issue(HOST, BETWEEN, names=[HOST]))
    stack.configure(STACK_HOST=HOST, STACK_TLS="files", **settings)
    stack.ctl("up", "--yes")
    stack.other_ca = folder / "ca.pem"
    yield folder
    stack.other_ca = None


def put(folder: Path, version: str, site: Issued, key: Issued | None = None) -> None:
    """Have the links lead to a new certificate and its key."""
    for name, text in {"fullchain": site.pem + BETWEEN.pem + CA.pem, "privkey": (key or site).key_pem()}.items():
        (folder / f"{name}{version}.pem").write_text(text)
        (folder / f"{name}{version}.pem").chmod(0o600)
        (folder / f"{name}.pem").unlink(missing_ok=True)
        (folder / f"{name}.pem").symlink_to(f"{name}{version}.pem")


def test_files_are_served_and_taken_up_when_they_change(stack: Stack, alice: Person, files: Path) -> None:
    first = served(stack)
    with Kernel(alice.start()) as kernel:
        put(files, "2", issue(HOST, BETWEEN, names=["*.example.org"]))
        assert "bring nginx a new certificate" in stack.ctl("up", "--dry-run").err
        assert f"nginx has a new certificate for {HOST}. Open connections go on." in stack.ctl("up", "--yes").err
        second = served(stack)
        assert second != first
        assert kernel.run("print(6 * 7)") == "42", "the same websocket"
    put(files, "3", issue(HOST, BETWEEN, names=["hub.example.com"]))
    said = stack.ctl("up", "--yes", code=3)
    assert f"The certificate in {stack.root}/live/fullchain.pem is for hub.example.com, not for {HOST}." in said.err
    put(files, "4", issue(HOST, BETWEEN, names=[HOST]), key=issue("Another"))
    assert "does not belong to the certificate" in stack.ctl("up", "--yes", code=3).err
    assert served(stack) == second, "what was good goes on"
