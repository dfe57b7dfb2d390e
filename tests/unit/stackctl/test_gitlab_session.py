"""Every way in which GitLab does not answer as it should: one sentence, and what to do."""

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

from stackctl import gitlab_session
from stackctl.errors import StackError
from stackctl.gitlab import GitLab
from stackctl.settings import Settings
from tests.standins.gitlab.running import Running, running
from tests.standins.gitlab.tls import make_context


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
        GitLab(settings(url, **more)).greet()
    return caught.value.message, caught.value.hint


@pytest.fixture(scope="module")
def tls() -> Iterator[Running]:
    with running(prefix="/gitlab", tls=True) as server:
        yield server


def test_a_private_ca_below_a_sub_path(tls: Running) -> None:
    GitLab(settings(tls.url, gitlab_ca_file=str(tls.ca_file))).greet()
    GitLab(settings(tls.url, stack_ca_bundle=str(tls.ca_file))).greet()


def test_an_unknown_ca(tls: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))  # of this process: does not count
    assert refusal(tls.url) == (
        f"The certificate of {tls.url} is signed by a CA that is not trusted here.",
        "Set GITLAB_CA_FILE in .env to the CA certificate (PEM) that GitLab's own was signed with.",
    )


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    with other(200, {}, tls=tmp_path) as place:
        assert refusal(f"https://{place}", gitlab_ca_file=str(tmp_path / "ca.pem")) == (
            f"The certificate of https://{place} is for another name.",
            "Set GITLAB_URL to a name that it holds, not 127.0.0.1.",
        )


def test_https_where_http_is_spoken(gitlab: Running) -> None:
    message, hint = refusal(gitlab.url.replace("http:", "https:"))
    assert message.startswith(f"{gitlab.url.replace('http:', 'https:')} does not speak TLS as it should (")
    assert hint == f"If GitLab is without TLS there: GITLAB_URL={gitlab.url}"


def test_http_where_https_is_meant(tls: Running) -> None:
    assert refusal(tls.url.replace("https:", "http:")) == (
        f"{tls.url.replace('https:', 'http:')} ends the connection without an answer.",
        "Is GITLAB_URL right, scheme and port too, and is GitLab running?",
    )
    body = "<html>The plain HTTP request was sent to HTTPS port</html>"
    with other(400, {"Content-Type": "text/html"}, body) as place:  # nginx
        assert refusal(f"http://{place}") == (f"http://{place} wants https.", f"Set GITLAB_URL=https://{place}")


@pytest.mark.parametrize("base", ["https://gitlab.example.org", "https://gitlab.example.org/gitlab"])
def test_a_redirect_names_the_address_to_set(base: str) -> None:
    with other(301, {"Location": f"{base}/api/v4/version"}) as place:
        assert refusal(f"http://{place}") == (f"http://{place} sends requests on to {base}.", f"Set GITLAB_URL={base}")


def test_a_sign_in_of_somebody_elses_before_gitlab() -> None:
    with other(302, {"Location": "https://sso.example.org/login?next=/api/v4/version&secret=x"}) as place:
        message, hint = refusal(f"http://{place}")
    assert message == f"http://{place}/api/v4/version sends on to https://sso.example.org/login, which is not GitLab's API."
    assert hint.startswith("Set GITLAB_URL to the address where GitLab itself answers")


def test_a_token_does_not_follow_a_redirect() -> None:
    with other(200, {"Content-Type": "application/json"}, "{}") as place:
        Other.answer = (302, {"Location": f"http://{place}/elsewhere"}, "")
        refusal(f"http://{place}")
        assert Other.seen == ["/api/v4/version"]


def test_a_wrong_sub_path(tls: Running) -> None:
    url = tls.url.removesuffix("/gitlab")
    assert refusal(url, gitlab_ca_file=str(tls.ca_file)) == (
        f"There is no GitLab at {url}: {url}/api/v4/version is not there (404).",
        "Set GITLAB_URL to the address of GitLab's front page, with its sub-path if it has one.",
    )


def test_a_page_in_place_of_json(gitlab: Running) -> None:
    gitlab.control.fault("html", "/api/")
    assert refusal(gitlab.url) == (
        f"{gitlab.url}/api/v4/version answered 200 with a page in place of JSON.",
        "Something else than GitLab answers there: another program, or a portal that wants a sign-in first.",
    )


def test_json_of_something_else() -> None:
    with other(403, {"Content-Type": "application/json"}, '{"message": "go away"}') as place:
        assert refusal(f"http://{place}") == (f"http://{place} refuses: go away", "See GITLAB_URL in .env.")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_gitlab_is_not_well(gitlab: Running, status: int) -> None:
    gitlab.control.fault("error", status=status)
    said = f"GitLab is not well: {gitlab.url}/api/v4/version answered {status}."
    assert refusal(gitlab.url) == (said, "Try again in a minute.")


def test_too_many_requests_are_waited_for_and_said(
    gitlab: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    gitlab.control.fault("rate_limited", times=2, retry_after=7)
    GitLab(settings(gitlab.url)).greet()
    assert (waited, len(gitlab.control.requests())) == ([7, 7], 3)
    assert capsys.readouterr().err == "  GitLab gets too many requests; waiting 7 s, as it asks.\n" * 2


def test_nobody_waits_for_an_hour(gitlab: Running) -> None:
    gitlab.control.fault("rate_limited", retry_after=3600)
    assert refusal(gitlab.url) == ("GitLab gets too many requests; it asks to wait 3600 seconds.", "Try again then.")


def test_no_answer_in_time(gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitlab_session, "READ_SECONDS", 0.1)
    gitlab.control.fault("slow", seconds=0.3)
    message, hint = refusal(gitlab.url)
    assert message == f"{gitlab.url} does not answer in time."
    assert hint.startswith("Is GITLAB_URL right")


def test_a_connection_that_is_closed_or_refused(gitlab: Running) -> None:
    gitlab.control.fault("closed")
    assert refusal(gitlab.url)[0] == f"{gitlab.url} ends the connection without an answer."
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refusal(f"http://127.0.0.1:{port}")[0] == f"http://127.0.0.1:{port} refuses connections."


def test_a_name_that_is_none() -> None:
    assert refusal("https://gitlab.invalid") == (
        "There is no host gitlab.invalid.",
        "Is GITLAB_URL=https://gitlab.invalid spelt right, and does this server's DNS know it?",
    )


def test_gitlab_com_is_asked_when_no_other_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refusal("https://gitlab.com") == (
        "There is no host gitlab.com.",
        "Set GITLAB_URL, if your GitLab is not https://gitlab.com, its default. "
        "Is GITLAB_URL=https://gitlab.com spelt right, and does this server's DNS know it?",
    )


def test_the_proxy_of_the_settings_is_asked(gitlab: Running) -> None:
    """And no other: not the one of the environment, and none for this machine itself or what NO_PROXY names."""
    with other(401, {"Content-Type": "application/json", "Date": "Mon, 23 Nov 2026 08:00:00 GMT"}, "{}") as place:
        GitLab(settings("http://gitlab.invalid", http_proxy=f"http://{place}")).greet()
        assert Other.seen == ["http://gitlab.invalid/api/v4/version"]
        os.environ["HTTP_PROXY"] = f"http://{place}"
        assert refusal("http://gitlab.invalid")[0] == "There is no host gitlab.invalid."
        given = {"http_proxy": f"http://{place}", "no_proxy": "gitlab.invalid"}
        assert refusal("http://gitlab.invalid", **given)[0] == "There is no host gitlab.invalid."
        GitLab(settings(gitlab.url, http_proxy=f"http://{place}")).greet()
        assert len(Other.seen) == 1


def test_a_proxy_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refusal("https://gitlab.invalid", https_proxy=f"http://alice:secret@127.0.0.1:{port}") == (
        "The proxy does not lead to https://gitlab.invalid.",
        "See HTTP_PROXY and HTTPS_PROXY in .env; to go around the proxy, add gitlab.invalid to NO_PROXY.",
    )
