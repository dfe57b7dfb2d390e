"""The switches for faults, the log, and the control itself."""

from __future__ import annotations

import time

import pytest
import requests

from tests.standins.gitlab.client import Control, StandInError
from tests.standins.gitlab.running import Running
from tests.support.waiting import wait_until
from tests.unit.standins.gitlab.client import Client

VERSION = "/api/v4/version"


def status(gitlab: Running, path: str = VERSION) -> int:
    return requests.get(gitlab.url + path, timeout=10).status_code


def answers(gitlab: Running) -> bool:
    try:
        return status(gitlab) == 401
    except requests.ConnectionError:
        return False


def test_slow_answers_late(gitlab: Running) -> None:
    gitlab.control.fault("slow", seconds=0.4)
    started = time.monotonic()
    assert status(gitlab) == 401
    assert time.monotonic() - started >= 0.4


def test_rate_limited_says_when_to_try_again(gitlab: Running) -> None:
    gitlab.control.fault("rate_limited", retry_after=7)
    answer = requests.get(gitlab.url + VERSION, timeout=10)
    assert (answer.status_code, answer.headers["Retry-After"], answer.text) == (429, "7", "Retry later\n")


def test_an_error_is_a_page(gitlab: Running) -> None:
    gitlab.control.fault("error", status=503)
    answer = requests.get(gitlab.url + VERSION, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")


def test_html_in_place_of_json(gitlab: Running) -> None:
    gitlab.control.fault("html")
    answer = requests.get(gitlab.url + VERSION, timeout=10)
    assert (answer.status_code, answer.text[:9]) == (200, "<!DOCTYPE")


def test_closed_does_nothing(client: Client) -> None:
    code = client.come_back()["code"]
    client.gitlab.control.fault("closed", "/oauth/token", times=1)
    with pytest.raises(requests.ConnectionError):
        client.exchange(code)
    assert client.exchange(code).status_code == 200


def test_lost_has_used_the_refresh_token_up(client: Client) -> None:
    value = client.tokens()["refresh_token"]
    client.gitlab.control.fault("lost", "/oauth/token", times=1)
    with pytest.raises(requests.ConnectionError):
        client.refresh(value)
    assert client.refresh(value).json()["error"] == "invalid_grant"


def test_a_refused_port_opens_again(gitlab: Running) -> None:
    with requests.Session() as kept:
        assert kept.get(gitlab.url + VERSION, timeout=10).status_code == 401
        gitlab.control.refuse(1)
        with pytest.raises(requests.ConnectionError):  # a connection that was open
            kept.get(gitlab.url + VERSION, timeout=10)
        with pytest.raises(requests.ConnectionError, match="refused"):
            status(gitlab)
    wait_until(lambda: answers(gitlab), 10, "the port is open again")
    assert gitlab.control.requests() == [f"GET {VERSION}"] * 2


def test_a_fault_is_for_a_path_and_for_so_many_requests(gitlab: Running) -> None:
    gitlab.control.fault("error", "/api/v4/version", times=2)
    assert [status(gitlab, path) for path in (VERSION, "/api/v4/groups", VERSION, VERSION)] == [502, 200, 502, 401]
    gitlab.control.fault("error")
    assert status(gitlab) == 502
    gitlab.control.clear_faults()
    assert status(gitlab) == 401


def test_the_log_has_paths_as_they_were_sent(gitlab: Running) -> None:
    status(gitlab, "/api/v4/groups/data%2Flab?private_token=secret")
    status(gitlab, "/nothing")
    assert gitlab.control.requests() == ["GET /api/v4/groups/data%2Flab", "GET /nothing"]
    gitlab.control.clear_requests()
    assert gitlab.control.requests() == []


def test_the_control_says_what_it_cannot_do(gitlab: Running) -> None:
    for wrong in (
        lambda: gitlab.control.block("nobody"),
        lambda: gitlab.control.add_user("ada"),
        lambda: gitlab.control.rename("bob", "ADA"),
        lambda: gitlab.control.add_member("nowhere", "ada"),
        lambda: gitlab.control.add_group("nowhere/lab"),
        lambda: gitlab.control.fault("fire"),
        lambda: gitlab.control.change_user("ada", id="7"),
        lambda: gitlab.control.settings(colour="red"),
        lambda: gitlab.control.read_file("data/none", "README.md"),
    ):
        with pytest.raises(StandInError):
            wrong()
    assert requests.post(f"{gitlab.url}/-/standin/_application", json={}, timeout=10).status_code == 404


def test_settings_are_kept_and_shown(gitlab: Running) -> None:
    shown = Control(gitlab.url).settings(version="17.1.0")
    assert (shown["version"], shown["token_lifetime"], shown["admin_mode"]) == ("17.1.0", 7200, False)
    value = gitlab.control.add_token("ada", ["read_user"])
    answer = requests.get(gitlab.url + VERSION, headers={"PRIVATE-TOKEN": value}, timeout=10)
    assert answer.json()["version"] == "17.1.0"
