"""A public stack: https with a certificate of its own CA, and what browsers make of it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.stack.tls.testssl import findings, grave
from tests.support.browser import in_lab, new_notebook, run_cell, sign_in
from tests.support.checkout import ROOT
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.pki import Issued, issue
from tests.support.running import HOST, Stack
from tests.support.waiting import wait_until

OUTER = """
daemon off;
user root;
pid /tmp/nginx.pid;
events {}
http {
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    scgi_temp_path /tmp/scgi;
    uwsgi_temp_path /tmp/uwsgi;
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server {
        listen %d ssl;
        ssl_certificate /outer/site.pem;
        ssl_certificate_key /outer/site.pem;
        %s
    }
}
"""
CA = issue("Root")
BETWEEN = issue("Between", CA)


@pytest.fixture(scope="module")
def public(running: Stack) -> str:
    """What `up` prints when the stack becomes public."""
    return running.become({"STACK_HOST": HOST})


@pytest.fixture(scope="module")
def stack(running: Stack, public: str) -> Stack:
    return running


def served(stack: Stack, address: str = "127.0.0.1") -> str:
    """The certificate that nginx serves now, as PEM, checked as a browser does that trusts the CA."""
    context = ssl.create_default_context(cafile=stack.ca)
    with (
        socket.create_connection((address, stack.https_port), 10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as wrapped,
    ):
        return ssl.DER_cert_to_PEM_cert(wrapped.getpeercert(binary_form=True) or b"")


def test_up_says_the_address_and_where_the_ca_is(stack: Stack, public: str) -> None:
    assert f"The stack is running: https://{HOST}:{stack.https_port}" in public
    file = f".stack/{stack.name}/tls/{HOST}/ca.crt"
    assert f"Browsers warn about its certificate until they trust the CA in {file}: see docs/tls.md." in public
    assert (stack.root / file).stat().st_mode & 0o777 == 0o600
    assert "this machine only" not in public


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


def test_http_at_the_port_of_https_leads_there_too(stack: Stack) -> None:
    answer = stack.session().get(f"http://127.0.0.1:{stack.https_port}/hub/?a=b", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"{stack.url}/hub/?a=b")


def test_what_certbot_shows_stays_on_http(stack: Stack) -> None:
    token = stack.root / "nginx" / "acme" / ".well-known" / "acme-challenge" / "token"
    token.parent.mkdir(parents=True)
    token.write_text("proof")
    answer = stack.session().get(f"http://127.0.0.1:{stack.port}/.well-known/acme-challenge/token", timeout=10)
    assert (answer.status_code, answer.text) == (200, "proof")


def test_ipv6(stack: Stack) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    assert served(stack, "::1") == served(stack)


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
    assert {item.get("sameSite") for item in cookies} == {"Lax"}
    assert {item.get("name") for item in cookies if not item.get("httpOnly")} == {"_xsrf"}, "JavaScript sends it along"


@pytest.mark.parametrize(
    "path", ["/hub/login", "/hub/api/user", "/user/alice/lab", "/user/alice/static/favicons/favicon.ico"]
)
def test_every_answer_has_each_header_once(alice: Person, path: str) -> None:
    output = alice.start().http.get(f"{alice.stack.url}{path}", timeout=30).headers  # of doubled ones, with commas between
    assert (output["X-Content-Type-Options"], output["Referrer-Policy"]) == ("nosniff", "strict-origin-when-cross-origin")
    assert re.match("frame-ancestors '(none|self)'(;[^,]*)?$", output["Content-Security-Policy"])
    assert (output["Server"], output.get("X-JupyterHub-Version")) == ("nginx", None)


def test_a_new_certificate_drops_no_websocket(stack: Stack, alice: Person) -> None:
    before = served(stack)
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        (stack.root / ".stack" / stack.name / "tls" / HOST / "site.pem").unlink()
        assert f"create a new certificate for {HOST}" in stack.ctl("up", "--dry-run").err
        assert f"nginx has a new certificate for {HOST}. Open connections are not affected." in stack.ctl("up", "--yes").err
        assert served(stack) != before
        assert kernel.run("print(remembered)") == "before", "the same websocket"


def test_no_session_tickets(stack: Stack) -> None:
    """In TLS 1.2; in 1.3 what nginx hands out without tickets has their form, and is a session's number."""
    context = ssl.create_default_context(cafile=stack.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", stack.https_port), 10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        assert connection.session is not None
        assert not connection.session.has_ticket


@pytest.mark.full  # 45 s for what the next tests see of it: versions, chain, headers
def test_testssl_finds_nothing_grave(stack: Stack, tmp_path: Path) -> None:
    found = findings(stack, tmp_path / "report.json")
    assert (found["TLS1_1"]["finding"], found["TLS1_2"]["finding"]) == ("not offered", "offered")
    assert found["TLS1_3"]["finding"] == "offered with final"
    assert "h2" in found["ALPN_HTTP2"]["finding"]
    assert found["cert_chain_of_trust"]["finding"] == "passed."
    # no browser asks a CA of one's own whether it has revoked something
    assert grave(found) == {"cert_revocation": "Neither CRL nor OCSP URI provided"}


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
        assert f"nginx has a new certificate for {HOST}. Open connections are not affected." in stack.ctl("up", "--yes").err
        second = served(stack)
        assert second != first
        assert kernel.run("print(6 * 7)") == "42", "the same websocket"
    put(files, "3", issue(HOST, BETWEEN, names=["hub.example.com"]))
    output = stack.ctl("up", "--yes", code=3)
    assert f"The certificate in {stack.root}/live/fullchain.pem is for hub.example.com, not for {HOST}." in output.err
    put(files, "4", issue(HOST, BETWEEN, names=[HOST]), key=issue("Another"))
    assert "does not belong to the certificate" in stack.ctl("up", "--yes", code=3).err
    assert served(stack) == second, "what was good goes on"


@pytest.fixture
def behind(stack: Stack, tmp_path: Path) -> Iterator[None]:
    """Another nginx on this server has the TLS, set up as docs/tls.md says."""
    site = issue(HOST, CA, names=[HOST])
    (tmp_path / "site.pem").write_text(site.pem + site.key_pem())
    (tmp_path / "ca.pem").write_text(CA.pem)
    location = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "tls.md").read_text(), re.DOTALL)
    assert location
    location_here = location[1].replace("127.0.0.1:8000", f"127.0.0.1:{stack.port}")
    (tmp_path / "nginx.conf").write_text(OUTER % (stack.https_port, location_here))
    stack.configure(STACK_HOST=HOST, STACK_TLS="off", STACK_HTTPS_PORT=str(stack.https_port))
    stack.ctl("up", "--yes")
    outer = stack.docker.containers.run(
        f"{stack.name}-nginx",
        ["nginx", "-c", "/outer/nginx.conf"],
        name=f"{stack.name}-outer",
        user="root",
        network_mode="host",
        volumes={str(tmp_path): {"bind": "/outer", "mode": "ro"}},
        detach=True,
    )
    stack.other_ca = tmp_path / "ca.pem"
    try:
        stack.wait_until_ready()
        yield
    finally:
        stack.other_ca = None
        outer.remove(force=True)


def test_behind_a_proxy_that_has_the_tls(stack: Stack, alice: Person, behind: None) -> None:
    session, _ = alice.browse()
    assert [cookie.name for cookie in session.cookies if not cookie.secure] == []
    with Kernel(alice.start()) as kernel:
        assert kernel.run("print(6 * 7)") == "42"
    asked = {"X-Forwarded-For": "203.0.113.7"}
    stack.session().get(f"{stack.url}/hub/through", headers=asked, timeout=10)
    assert who_asked(stack, "/hub/through") == "127.0.0.1", "the proxy's word, not the browser's"
    stack.session().get(f"http://127.0.0.1:{stack.port}/hub/straight", headers=asked, timeout=10)
    assert who_asked(stack, "/hub/straight") == "203.0.113.7", "as a proxy on this server"


def test_nobody_but_the_proxy_that_is_named(stack: Stack) -> None:
    stack.configure(STACK_HOST=HOST, STACK_TLS="off", STACK_HTTPS_PORT="443", STACK_TRUSTED_PROXIES="10.9.9.9")
    assert f"It listens on 0.0.0.0:{stack.port} without TLS, for your reverse proxy." in stack.ctl("up", "--yes").err
    ask = ["bash", "-c", r"exec 3<>/dev/tcp/nginx/8080; printf 'GET /hub/login HTTP/1.0\r\n\r\n' >&3; cat <&3"]
    output = stack.docker.containers.run(f"{stack.name}-nginx", ask, network=f"{stack.name}_edge", remove=True).decode()
    assert output.startswith("HTTP/1.1 403 ")
    assert f" is not in STACK_TRUSTED_PROXIES. The address of this stack is https://{HOST}\n" in output
    asked = {"X-Forwarded-For": "203.0.113.7"}
    answer = stack.session().get(f"http://127.0.0.1:{stack.port}/hub/unnamed", headers=asked, timeout=10)
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert who_asked(stack, "/hub/unnamed") != "203.0.113.7", "this server is not named"


def who_asked(stack: Stack, path: str) -> str:
    """Whose address nginx has logged with a path."""
    lines: list[str] = []

    def logged() -> bool:
        lines[:] = bytes(stack.services()["nginx"].logs(tail=100)).decode().splitlines()
        lines[:] = [line for line in lines if f'"GET {path}"' in line]
        return bool(lines)

    wait_until(logged, 10, f"nginx has logged {path}")
    return lines[-1].split()[0]
