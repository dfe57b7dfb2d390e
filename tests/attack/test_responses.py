"""What nginx does with unusual requests and responses: upgrades, large headers, HEAD, old addresses, no route."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.front import Front, front

HOST = "hub.example.org"
PATH = "/Team.A/jupyter_1/"


@pytest.fixture(scope="module")
def site(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(images["nginx"], tmp_path_factory.mktemp("nginx")) as started:
        yield started


@pytest.fixture(autouse=True)
def plain(site: Front) -> None:
    site.behind.headers, site.behind.upgrades = [], []


def test_an_upgrade_is_a_get_without_a_body(site: Front) -> None:
    asked = [("GET", b"", "websocket"), ("GET", b"hello", "websocket"), ("POST", b"", "websocket"), ("GET", b"", "h2c")]
    for method, body, upgrade in asked:
        assert site.ask("/user/nobody/x", method, body, Upgrade=upgrade, Connection="upgrade").status == 200
    site.ask("/user/nobody/x", "GET", b"5\r\nhello\r\n0\r\n\r\n", Upgrade="WebSocket", Transfer_Encoding="chunked")
    assert site.behind.upgrades == [("GET", "websocket"), ("GET", None), ("POST", None), ("GET", None), ("GET", None)]


@pytest.mark.parametrize("name", ["Redirect", "Expires", "Limit-Rate", "Buffering", "Charset"])
def test_a_notebook_gives_nginx_no_orders(site: Front, name: str) -> None:
    site.behind.headers = [(f"X-Accel-{name}", {"Redirect": "/nginx/error.css", "Charset": "koi8-r"}.get(name, "1"))]
    answer = site.ask("/user/mallory/", "POST", b"x" * 300)
    assert (answer.status, answer.text, answer.all(f"X-Accel-{name}")) == (200, "300", [])
    assert "koi8" not in str(answer.headers)


def test_headers_of_a_response_may_have_16_kb(site: Front) -> None:
    site.behind.headers = [("X-Large", "x" * 2**14), ("Set-Cookie", "a=" + "b" * 4000)]
    for path in ("/hub/home", "/user/ada/"):
        answer = site.ask(path)
        assert (answer.status, answer.all("X-Large")) == (200, ["x" * 2**14])


def test_larger_ones_are_not_a_hub_that_starts(site: Front) -> None:
    site.behind.headers = [("X-Large", "x" * 2**15)]
    for path in ("/hub/home", "/user/ada/"):
        answer = site.ask(path)
        assert answer.status == 503
        assert "The response could not be read" in answer.text
        assert "无法读取响应" in answer.text
        assert "http-equiv" not in answer.text, "does not reload"


def test_head_is_a_get_without_a_body_for_the_hub(site: Front) -> None:
    answers = [site.ask(path, "HEAD") for path in ("/hub/login", "/hub/health")]
    assert [(answer.status, answer.text) for answer in answers] == [(200, "")] * 2
    assert [method for method, _ in site.behind.upgrades] == ["GET", "GET"]


@pytest.mark.parametrize("old", ["tree", "notebooks/a%20b.ipynb", "edit/x/%E4%B8%AD.py?line=1", "lab"])
def test_old_addresses_lead_to_ones_own_server(site: Front, old: str) -> None:
    answer = site.ask(f"/{old}")
    assert (answer.status, answer.all("Location")) == (302, [f"/hub/user-redirect/{old}"])
    assert site.behind.upgrades == []


def test_where_no_server_runs(site: Front) -> None:
    for path in ("/user/ada/lab/tree/a%20b?x=1", "/user/ada", "/services/x/", "/", "//elsewhere.example/"):
        answer = site.ask_no_route(path)
        assert (answer.status, answer.all("Location")) == (302, [f"/hub/{path[1:]}"]), path
    program = site.ask_no_route("/user/ada/api/kernels", "POST", b"x" * 2**21)
    assert (program.status, program.all("Content-Type")) == (424, ["application/json"])
    starting = site.ask_no_route("/hub/login")
    assert (starting.status, starting.all("Retry-After")) == (503, ["2"])
    assert "The hub is starting" in starting.text


def test_where_no_server_runs_with_a_host_for_each_person(images: dict[str, str], tmp_path: Path) -> None:
    settings = {"STACK_HOST": HOST, "STACK_SUBDOMAINS": "on", "STACK_BASE_URL": PATH}
    with front(images["nginx"], tmp_path, **settings) as site:
        for host, origin in ((f"ada.{HOST}", f"https://{HOST}"), (HOST, "")):
            answer = site.ask_no_route(f"{PATH}user/ada/lab?x", host=host)
            assert (answer.status, answer.all("Location")) == (302, [f"{origin}{PATH}hub/user/ada/lab?x"])
        site.behind.hosts.clear()
        assert site.ask(f"{PATH}hub/login", Host=f"{HOST.upper()}:8443").status == 200
        assert site.behind.hosts == [f"{HOST}:8443"]
