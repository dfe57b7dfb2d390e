"""What leaves nginx, and what it does not let in: headers, cookies, hosts, closed paths, rates, sizes."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.attack.front import Answer, Front, front
from tests.support.waiting import wait_until

HOST = "hub.example.org"
PATH = "/Team.A/jupyter_1/"
TLS = {"STACK_HOST": HOST}
OFF = {"STACK_HOST": HOST, "STACK_TLS": "off"}
OURS = "frame-ancestors 'self'"
NOBODY = "frame-ancestors 'none'; report-uri /hub/security/csp-report"
SANDBOX = "sandbox allow-scripts"
REFERRER = "strict-origin-when-cross-origin"
HSTS = "max-age=63072000"


@pytest.fixture(scope="module")
def start(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Front]]:
    """Starts nginx with settings, once for each."""
    running: dict[str, Front] = {}
    with ExitStack() as ending:

        def begin(**settings: str) -> Front:
            key = str(settings)
            if key not in running:
                running[key] = ending.enter_context(front(images["nginx"], tmp_path_factory.mktemp("nginx"), **settings))
            running[key].behind.headers = []
            return running[key]

        yield begin


def policies(answer: Answer) -> dict[str, list[str]]:
    """What an answer says of itself to a browser."""
    names = ["X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security"]
    return {name: answer.all(name) for name in names}


def expected(*frames: str, referrer: str = REFERRER, hsts: bool = False) -> dict[str, list[str]]:
    return {
        "X-Content-Type-Options": ["nosniff"],
        "Content-Security-Policy": list(frames or [OURS]),
        "Referrer-Policy": [referrer],
        "Strict-Transport-Security": [HSTS] if hsts else [],
    }


@pytest.mark.parametrize("path", ["/hub/home", "/user/alice/lab", "/services/app/"])
@pytest.mark.parametrize("settings", [{}, TLS, OFF], ids=["http", "TLS", "TLS proxy"])
def test_headers_are_there_once(start: Callable[..., Front], settings: dict[str, str], path: str) -> None:
    site, hsts = start(**settings), bool(settings)
    assert policies(site.ask(path, Host=HOST)) == expected(hsts=hsts)
    jupyters = [("Server", "TornadoServer/6.5"), ("X-JupyterHub-Version", "6.1.1"), ("X-Content-Type-Options", "nosniff")]
    site.behind.headers = [*jupyters, ("Content-Security-Policy", NOBODY), ("Referrer-Policy", "no-referrer")]
    answer = site.ask(path, Host=HOST)
    assert policies(answer) == expected(NOBODY, referrer="no-referrer", hsts=hsts)
    assert (answer.all("X-JupyterHub-Version"), answer.all("Server")) == ([], ["nginx"])
    site.behind.headers = [("Content-Security-Policy", SANDBOX)]
    assert policies(site.ask(path, Host=HOST)) == expected(SANDBOX, OURS, hsts=hsts)


def test_nobodys_server_speaks_for_the_whole_host(start: Callable[..., Front]) -> None:
    site = start(**TLS)
    names = ["Strict-Transport-Security", "Service-Worker-Allowed", "Clear-Site-Data", "NEL"]
    site.behind.headers = [(name, "/") for name in names]
    answer = site.ask("/user/mallory/", Host=HOST)
    assert {name: answer.all(name) for name in names} == {name: [HSTS] * (name == names[0]) for name in names}


def test_pages_of_nginx_itself_have_the_headers_too(start: Callable[..., Front]) -> None:
    site = start(**TLS)
    asked = {
        404: site.ask("/metrics", Host=HOST),
        413: site.ask("/hub/login", "POST", b"x" * 2**19, Host=HOST),
        421: site.ask("/hub/login", Host="elsewhere.example.org"),
        400: site.ask("/hub/login", Host=HOST, X=40_000 * "x"),
    }
    for status, answer in asked.items():
        assert (answer.status, policies(answer)) == (status, expected(hsts=True))
        assert answer.all("Server") == ["nginx"]


def test_cookies_are_lax_and_secure_with_tls(start: Callable[..., Front]) -> None:
    cookies = [("Set-Cookie", "_xsrf=a; Path=/hub/"), ("Set-Cookie", "jupyterhub-session-id=b; HttpOnly; Path=/")]
    for settings, flags in (({}, "SameSite=Lax"), (TLS, "Secure; SameSite=Lax"), (OFF, "Secure; SameSite=Lax")):
        site = start(**settings)
        site.behind.headers = cookies
        answer = site.ask("/hub/login", Host=HOST)
        assert answer.all("Set-Cookie") == [f"{value}; {flags}" for _, value in cookies]
        site.behind.headers = [("Set-Cookie", "mine=c; SameSite=None; Secure")]
        assert site.ask("/hub/login", Host=HOST).all("Set-Cookie") == ["mine=c; SameSite=None; Secure"]


@pytest.mark.parametrize("base_url", ["/", PATH])
def test_closed_to_the_outside(start: Callable[..., Front], base_url: str) -> None:
    site = start(STACK_BASE_URL=base_url)
    names = ["health", "metrics"]
    closed = [
        f"{place}{name}" for place in ("", "api/", "hub/", "hub/api/") for name in names if place + name != "hub/health"
    ]
    closed += [
        "_chp_healthz",
        "_edge_healthz",
        "hub//metrics",
        "hub/%6detrics",
        "x/../hub/metrics",
        "hub/metrics?x",
        "hub/metrics/",
    ]
    answers = {path: site.ask(f"{base_url}{path}").status for path in closed}
    assert answers == dict.fromkeys(closed, 404)
    assert site.behind.hosts == []
    for path in ("hub/health", "hub/healthy", "user/alice/metrics", "hub/api/"):
        assert site.ask(f"{base_url}{path}").status == 200
    site.behind.hosts.clear()


def test_another_host_is_refused(start: Callable[..., Front]) -> None:
    site = start(**TLS)
    good = [HOST, HOST.upper(), f"{HOST}:443", f"{HOST}:8443", f"{HOST}."]
    bad = ["evil.example", f"{HOST}.evil.example", f"x{HOST}", "hubxexample.org", "127.0.0.1", f"{HOST}:x@evil.example"]
    statuses = {host: site.ask("/hub/login", Host=host).status for host in good + bad}
    assert statuses == dict.fromkeys(good, 200) | dict.fromkeys(bad, 421)
    assert site.ask("/hub/login", Host=bad[0]).text == f"This is https://{HOST}\n"
    six = start(STACK_HOST="fd00::5")
    assert [six.ask("/hub/", Host=host).status for host in ("[fd00::5]", "[fd00::6]", HOST)] == [200, 421, 421]


def test_without_a_name_no_dns_leads_in(start: Callable[..., Front]) -> None:
    """An ssh tunnel has any port; a web server of the operator's hands on its own name, on the usual port."""
    site = start()
    good = ["127.0.0.1:8000", "localhost:9999", "[::1]:8000", "10.1.2.3", "LOCALHOST", "www.example.org"]
    bad = ["evil.example:8000", "127.0.0.1.evil.example:8000", "localhost.evil.example:8000"]
    statuses = {host: site.ask("/hub/login", Host=host).status for host in good + bad}
    assert statuses == dict.fromkeys(good, 200) | dict.fromkeys(bad, 421)


SUBDOMAINS = {"STACK_SUBDOMAINS": "on"}


def test_persons_hosts(start: Callable[..., Front]) -> None:
    """On a person's own host there are notebooks and nothing of the hub's, which knows which host was asked for."""
    for settings, names in ((TLS, [f"ada.{HOST}", f"u-a1--b2.{HOST}:443"]), (OFF, [f"ada.{HOST}", f"ada.{HOST}:8000"])):
        site = start(**settings, **SUBDOMAINS, STACK_BASE_URL=PATH)
        for name in names:
            site.behind.hosts.clear()
            assert site.ask(f"{PATH}user/ada/lab", Host=name).status == 200
            assert site.behind.hosts == [name if settings is TLS else f"ada.{HOST}"]
            for path in ("", "/", "hub/login", "hub/api/users", "x/../hub/home", "user", "%68ub/"):
                answer = site.ask(f"{PATH}{path}?a=b", Host=name)
                assert (answer.status, answer.all("Location")) == (302, [f"https://{HOST}{PATH}{path}?a=b"]), path
            assert len(site.behind.hosts) == 1
        assert site.ask(f"{PATH}hub/login", Host=HOST).status == 200
    site = start(**TLS, **SUBDOMAINS, STACK_BASE_URL=PATH)
    assert site.ask(f"{PATH.replace('.', 'x')}hub/login", Host=HOST).status == 404, "a dot is a dot"
    assert site.ask(f"{PATH.replace('.', 'x')}user/ada/lab", Host=HOST).status == 404
    assert site.ask(f"{PATH}hub/x/..%2F..%2Fuser/y", Host=f"ada.{HOST}").status == 400, "what the hub would answer"
    assert policies(site.ask("/", Host=HOST))["Strict-Transport-Security"] == [f"{HSTS}; includeSubDomains"]
    bad = [f"a.b.{HOST}", f".{HOST}", f"a_b.{HOST}", f"{HOST}.evil.example", "adaxhub.example.org.evil.example"]
    assert {name: site.ask("/", Host=name).status for name in bad} == dict.fromkeys(bad, 421)
    assert start(**TLS).ask("/", Host=f"ada.{HOST}").status == 421


FETCHES = {
    ("same-origin", "cors", "POST"): 200,
    ("same-site", "navigate", "GET"): 200,
    ("cross-site", "navigate", "POST"): 200,  # with no cookies
    ("none", "navigate", "GET"): 200,
    ("same-site", "navigate", "POST"): 403,
    ("same-site", "no-cors", "POST"): 403,
    ("same-site", "no-cors", "GET"): 403,
    ("same-site", "websocket", "GET"): 403,
}


def test_a_page_on_another_persons_host_can_only_lead_here(start: Callable[..., Front]) -> None:
    for settings, expected_of in ((SUBDOMAINS, FETCHES), ({}, dict.fromkeys(FETCHES, 200))):
        site = start(**TLS, **settings)
        for path in ("/user/ada/proxy/5006/", "/hub/login"):
            statuses = {
                fetch: site.ask(path, fetch[2], Host=HOST, Sec_Fetch_Site=fetch[0], Sec_Fetch_Mode=fetch[1]).status
                for fetch in FETCHES
            }
            assert statuses == expected_of
        logo = site.ask("/hub/logo", Host=HOST, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors")
        assert logo.status == 200


def test_a_cookie_that_looks_like_one_of_the_hubs_own(start: Callable[..., Front]) -> None:
    site = start(**TLS)
    good = ["__Host-a=1", "a=b; __Host-a=1", "a=b;\t__Host-a=1", "n=\xe9; __Host-a=1"]
    bad = ["\xa0__Host-a=1", "a=b; \xa0__Host-a=1", "a=b; \xa0 __Host-a=1"]
    statuses = {cookie: site.ask("/hub/home", Host=HOST, Cookie=cookie).status for cookie in good + bad}
    assert statuses == dict.fromkeys(good, 200) | dict.fromkeys(bad, 400)


def test_behind_a_proxy_its_name_does_not_count(start: Callable[..., Front]) -> None:
    site = start(**OFF)
    site.behind.hosts.clear()
    assert [site.ask("/hub/login", Host=host).status for host in ("127.0.0.1:8000", "backend", HOST)] == [200] * 3
    assert site.behind.hosts == [HOST] * 3


RATES = {
    "signing in": ("POST", "hub/login", 60, 160),
    "starting": ("POST", "hub/api/users/a%2Fb/servers/x", 120, 220),
    "OAuth": ("GET", "hub/api/oauth2/authorize?client_id=x", 300, 400),
    "anything of the hub's": ("GET", "hub/home", 500, 1000),
}
"""A request, how many may come at once, how many come."""

SAME = {
    "signing in": [("POST", "hub/signup"), ("POST", "hub/change-password"), ("POST", "hub//%6cogin")],
    "starting": [("POST", "hub/spawn/alice"), ("GET", "hub/spawn"), ("POST", "hub/api/users/alice/server")],
    "OAuth": [("GET", "hub/oauth_login"), ("GET", "hub/oauth_callback?code=x"), ("POST", "hub/api/oauth2/token")],
    "anything of the hub's": [("GET", "hub/api/users"), ("GET", "")],
}


@pytest.mark.parametrize("base_url", ["/", PATH])
@pytest.mark.parametrize("what", RATES)
def test_too_many_requests_of_one_address(start: Callable[..., Front], what: str, base_url: str) -> None:
    """A whole class at once is not too many, and nobody else is kept waiting."""
    site = start(**OFF, STACK_BASE_URL=base_url)
    method, path, at_once, coming = RATES[what]
    client = f"203.0.113.{list(RATES).index(what) + 1}"
    answers = site.ask_often([(method, f"{base_url}{path}")] * coming, X_Forwarded_For=client)
    statuses = [answer.status for answer in answers]
    assert statuses[: at_once + 1] == [200] * (at_once + 1)
    assert statuses[-1] == 429
    page = answers[statuses.index(429)]
    assert "Too many requests" in page.text
    assert "请求过多" in page.text
    assert page.all("Retry-After") == ["10"]
    assert policies(page) == expected(hsts=True)
    for other in SAME[what]:
        full = [(method, f"{base_url}{path}")] * 20
        again = [(other[0], f"{base_url}{other[1]}")] * 3
        assert [answer.status for answer in site.ask_often(full + again, X_Forwarded_For=client)][-3:].count(429) > 0, other
    free = [("GET", "user/alice/lab"), ("GET", "user/alice/hub/login"), ("GET", "hub/static/x.js"), ("GET", "services/x/")]
    labs = [(method, f"{base_url}{path}") for method, path in free] * 250
    assert {answer.status for answer in site.ask_often(labs, X_Forwarded_For=client)} == {200}
    assert site.ask(f"{base_url}{path}", method, X_Forwarded_For="203.0.113.99").status == 200


def test_an_ipv6_network_counts_as_one(start: Callable[..., Front]) -> None:
    site = start(**OFF)
    asked = [site.ask("/hub/login", "POST", X_Forwarded_For=f"2001:db8::{host:x}").status for host in range(1, 81)]
    assert (asked[:60], asked[-1]) == ([200] * 60, 429)
    assert site.ask("/hub/login", "POST", X_Forwarded_For="2001:db8:0:1::1").status == 200


def test_bodies_are_small_but_for_notebooks(start: Callable[..., Front]) -> None:
    site = start()
    assert site.ask("/hub/api/users", "POST", b"x" * 2**17).text == str(2**17)
    assert site.ask("/hub/api/users", "POST", b"x" * 2**19).status == 413
    assert site.ask("/user/alice/api", "POST", b"x" * 2**24).text == str(2**24)


def _send(connections: list[socket.socket], data: bytes) -> None:
    """The same to each: the next piece of a body, for which nginx waits 10 s."""
    for connection in connections:
        connection.sendall(data)


def test_one_address_does_not_take_all_connections(start: Callable[..., Front]) -> None:
    site, most = start(**OFF), 2000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    head = b"POST /hub/static/x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.50\r\nContent-Length: 999\r\n\r\n"
    with ExitStack() as ending:
        try:
            slow: list[socket.socket] = []
            for number in range(most):
                slow.append(ending.enter_context(socket.create_connection((site.address, 8080), 10)))
                slow[-1].sendall(head)
                if number % 100 == 99:
                    _send(slow, b"x")
            refused = "the next is refused"
            wait_until(lambda: site.ask("/user/alice/", X_Forwarded_For="203.0.113.50").status == 429, 5, refused)
            assert site.ask("/user/alice/", X_Forwarded_For="203.0.113.51").status == 200
        finally:
            ending.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
