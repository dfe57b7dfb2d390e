"""Every way in which a request to GitLab can fail: one clear message, and what to do."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.gitlab import GitLab, session
from stackctl.settings import Settings
from tests.standins.gitlab.running import Running, running
from tests.standins.gitlab.tls import make_context
from tests.support.machine import free_port


class Other(BaseHTTPRequestHandler):
    """Something that is not GitLab: answers `answer`, (status, headers, body)."""

    answer: tuple[int, dict[str, str], str]
    seen: list[str]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(self.path)
        status, headers, body = self.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def other(status: int, headers: dict[str, str], body: str = "", tls: Path | None = None) -> Iterator[str]:
    """The address, without a scheme, of such a server. `tls`: a folder for the CA of its certificate for example.org."""
    Other.answer, Other.seen = (status, headers, body), []
    server = HTTPServer(("127.0.0.1", 0), Other)
    if tls:
        server.socket = make_context(tls, ["gitlab.example.org"]).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def settings(url: str, **more: str) -> Settings:
    return Settings.model_validate({"gitlab_url": url, **more})


def refusal(url: str, **more: str) -> tuple[str, str]:
    """What greeting GitLab fails with: the message and the hint."""
    with pytest.raises(StackError) as caught:
        GitLab(settings(url, **more)).ping()
    return caught.value.message, caught.value.hint


@pytest.fixture(scope="module")
def tls() -> Iterator[Running]:
    with running(prefix="/gitlab", tls=True) as server:
        yield server


def test_a_private_ca_below_a_sub_path(tls: Running) -> None:
    GitLab(settings(tls.url, gitlab_ca_file=str(tls.ca_file))).ping()
    GitLab(settings(tls.url, stack_ca_bundle=str(tls.ca_file))).ping()


def test_an_unknown_ca(tls: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))  # of this process: does not count
    assert refusal(tls.url) == (
        f"The certificate of {tls.url} is signed by a CA that this server does not trust.",
        "Set GITLAB_CA_FILE in .env to the CA certificate (PEM) that signed GitLab's certificate.",
    )


def test_a_certificate_for_a_different_name(tmp_path: Path) -> None:
    with other(200, {}, tls=tmp_path) as place:
        assert refusal(f"https://{place}", gitlab_ca_file=str(tmp_path / "ca.pem")) == (
            f"The certificate of https://{place} is for a different name.",
            "Set GITLAB_URL to a name in the certificate, not 127.0.0.1.",
        )


def test_https_to_a_server_without_tls(gitlab: Running) -> None:
    message, hint = refusal(gitlab.url.replace("http:", "https:"))
    assert message.startswith(f"TLS with {gitlab.url.replace('http:', 'https:')} failed (")
    assert hint == f"If GitLab has no TLS there, set GITLAB_URL={gitlab.url}"


def test_http_to_a_server_with_tls(tls: Running) -> None:
    assert refusal(tls.url.replace("https:", "http:")) == (
        f"{tls.url.replace('https:', 'http:')} closed the connection without an answer.",
        "Check GITLAB_URL, its scheme and port too, and that GitLab is running.",
    )
    body = "<html>The plain HTTP request was sent to HTTPS port</html>"
    with other(400, {"Content-Type": "text/html"}, body) as place:  # nginx
        assert refusal(f"http://{place}") == (f"http://{place} requires https.", f"Set GITLAB_URL=https://{place}")


@pytest.mark.parametrize("base", ["https://gitlab.example.org", "https://gitlab.example.org/gitlab"])
def test_a_redirect_names_the_address_to_set(base: str) -> None:
    with other(301, {"Location": f"{base}/api/v4/version"}) as place:
        assert refusal(f"http://{place}") == (f"http://{place} redirects to {base}.", f"Set GITLAB_URL={base}")


def test_a_company_sign_in_page_in_front_of_gitlab() -> None:
    with other(302, {"Location": "https://sso.example.org/login?next=/api/v4/version&secret=x"}) as place:
        message, hint = refusal(f"http://{place}")
    assert message == f"http://{place}/api/v4/version redirects to https://sso.example.org/login, which is not GitLab's API."
    assert hint.startswith("Set GITLAB_URL to GitLab's own address")


def test_a_token_does_not_follow_a_redirect() -> None:
    with other(200, {"Content-Type": "application/json"}, "{}") as place:
        Other.answer = (302, {"Location": f"http://{place}/elsewhere"}, "")
        refusal(f"http://{place}")
        assert Other.seen == ["/api/v4/version"]


def test_a_wrong_sub_path(tls: Running) -> None:
    url = tls.url.removesuffix("/gitlab")
    assert refusal(url, gitlab_ca_file=str(tls.ca_file)) == (
        f"There is no GitLab at {url}: {url}/api/v4/version was not found (404).",
        "Set GITLAB_URL to the address of GitLab's home page, including its sub-path if it has one.",
    )


def test_a_page_instead_of_json(gitlab: Running) -> None:
    gitlab.control.fault("html", "/api/")
    assert refusal(gitlab.url) == (
        f"{gitlab.url}/api/v4/version answered 200 with a page instead of JSON.",
        "Something other than GitLab answers there: another program, or a portal with a sign-in page.",
    )


def test_json_that_is_not_gitlabs() -> None:
    with other(403, {"Content-Type": "application/json"}, '{"message": "go away"}') as place:
        assert refusal(f"http://{place}") == (f"http://{place} rejected the request: go away", "Check GITLAB_URL in .env.")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_gitlab_returns_a_server_error(gitlab: Running, status: int) -> None:
    gitlab.control.fault("error", status=status)
    message = f"GitLab returned a server error: {gitlab.url}/api/v4/version answered {status}."
    assert refusal(gitlab.url) == (message, "Try again in a minute.")


def test_a_rate_limit_is_obeyed_and_reported(
    gitlab: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    gitlab.control.fault("rate_limited", times=2, retry_after=7)
    GitLab(settings(gitlab.url)).ping()
    assert (waited, len(gitlab.control.requests())) == ([7, 7], 3)
    assert capsys.readouterr().err == "  GitLab limits the rate of requests: waiting 7 s.\n" * 2


def test_a_rate_limit_of_an_hour_is_an_error(gitlab: Running) -> None:
    gitlab.control.fault("rate_limited", retry_after=3600)
    assert refusal(gitlab.url) == ("GitLab limits the rate of requests and asks to wait 3600 s.", "Try again then.")


def test_no_answer_in_time(gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "READ_SECONDS", 0.1)
    gitlab.control.fault("slow", seconds=0.3)
    message, hint = refusal(gitlab.url)
    assert message == f"{gitlab.url} did not answer in time."
    assert hint.startswith("Check GITLAB_URL")


def test_a_connection_that_is_closed_or_refused(gitlab: Running) -> None:
    gitlab.control.fault("closed")
    assert refusal(gitlab.url)[0] == f"{gitlab.url} closed the connection without an answer."
    port = free_port()
    assert refusal(f"http://127.0.0.1:{port}")[0] == f"http://127.0.0.1:{port} refused the connection."


def test_an_unknown_host() -> None:
    assert refusal("https://gitlab.invalid") == (
        "Host not found: gitlab.invalid",
        "Check GITLAB_URL=https://gitlab.invalid, and that this server's DNS knows the name.",
    )


def test_the_default_gitlab_is_named_as_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refusal("https://gitlab.com") == (
        "Host not found: gitlab.com",
        "If your GitLab is not https://gitlab.com, the default, set GITLAB_URL. "
        "Check GITLAB_URL=https://gitlab.com, and that this server's DNS knows the name.",
    )


def test_the_proxy_of_the_settings_is_used(gitlab: Running) -> None:
    """And no other: not the one of the environment, and none for this machine itself or what NO_PROXY names."""
    with other(401, {"Content-Type": "application/json", "Date": "Mon, 23 Nov 2026 08:00:00 GMT"}, "{}") as place:
        GitLab(settings("http://gitlab.invalid", http_proxy=f"http://{place}")).ping()
        assert Other.seen == ["http://gitlab.invalid/api/v4/version"]
        os.environ["HTTP_PROXY"] = f"http://{place}"
        assert refusal("http://gitlab.invalid")[0] == "Host not found: gitlab.invalid"
        given = {"http_proxy": f"http://{place}", "no_proxy": "gitlab.invalid"}
        assert refusal("http://gitlab.invalid", **given)[0] == "Host not found: gitlab.invalid"
        GitLab(settings(gitlab.url, http_proxy=f"http://{place}")).ping()
        assert len(Other.seen) == 1


def test_a_proxy_that_does_not_answer_is_named_without_its_password() -> None:
    port = free_port()
    assert refusal("https://gitlab.invalid", https_proxy=f"http://alice:secret@127.0.0.1:{port}") == (
        "The proxy cannot reach https://gitlab.invalid.",
        "Check HTTP_PROXY and HTTPS_PROXY in .env. To bypass the proxy, add gitlab.invalid to NO_PROXY.",
    )
