"""The hub, asked by somebody with a notebook server, or by somebody who has learnt a password."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from docker.models.containers import Container

from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

NEW = "a-new-pass-phrase"
ASK = """
import json, os, socket, sys
from urllib.parse import urlsplit
hub, token = urlsplit(os.environ["JUPYTERHUB_API_URL"]), os.environ["JUPYTERHUB_API_TOKEN"]
def connect():
    return socket.create_connection((hub.hostname, hub.port), 60)
def ask(method, path, body=b"", headers="", length=None):
    head = f"{method} {path} HTTP/1.1\\r\\nHost: hub\\r\\nConnection: close\\r\\nContent-Length: {length or len(body)}\\r\\n"
    with connect() as connection:
        connection.sendall(f"{head}{headers}\\r\\n".encode() + body)
        return connection.makefile("rb").read().decode()
OWN = f"Authorization: token {token}\\r\\n"
"""
CONNECTIONS = """
import select
held = [connect() for _ in range(150)]
closed = set()
while ready := select.select([connection for connection in held if connection not in closed], [], [], 2)[0]:
    closed.update(ready)
print(len(held) - len(closed))
"""


@pytest.fixture
def server(stack: Stack, alice: Person) -> Container:
    alice.start()
    return stack.servers()["alice"]


def inside(server: Container, script: str) -> str:
    """What a script prints in a notebook server. It has `ask`, which asks the hub past nginx and the proxy."""
    done = server.exec_run(["python3", "-c", ASK + script])
    assert isinstance(done.output, bytes)
    assert done.exit_code == 0, done.output.decode()
    return done.output.decode()


def test_a_notebook_server_reaches_the_hubs_api_alone(server: Container) -> None:
    assert "200 OK" in inside(server, "print(ask('GET', '/hub/api/user', headers=OWN))")
    for path in ("/hub/login", "/hub/home", "/hub/api/../login", "/user/bob/", "/"):
        assert "404 Not Found" in inside(server, f"print(ask('GET', {path!r}, headers=OWN))")
        assert "404 Not Found" in inside(server, f"print(ask('POST', {path!r}, b'username=bob&password=x'))")


def test_a_large_body_is_not_read(server: Container) -> None:
    told = inside(server, "print(ask('POST', '/hub/api/users/alice/activity', b'{', OWN, 95_000_000)[:200])")
    assert told.startswith("HTTP/1.1 400 ")


def test_a_notebook_server_keeps_at_most_a_hundred_connections(server: Container, stack: Stack) -> None:
    assert 90 <= int(inside(server, CONNECTIONS)) <= 100, "its own requests count too"
    assert stack.answer() == 200


def test_names_neither_fill_the_hubs_log_nor_colour_it(server: Container, stack: Stack) -> None:
    name = "\x1b]0;owned\x07" + "x" * 100_000
    body = json.dumps({"auth": {"username": name, "password": "x"}})
    inside(server, f"print(ask('POST', '/hub/api/users/bob/tokens', {body.encode()!r}))")
    inside(server, "print(ask('GET', '/hub/api/users/' + '%1b' * 20_000, headers=OWN))")
    log = stack.services()["hub"].logs(tail=50).decode()
    assert "\x1b" not in log
    assert max(len(line) for line in log.splitlines()) < 2200


def test_activity_of_the_future_is_now(stack: Stack, server: Container, alice: Person) -> None:
    future = (datetime.now(timezone.utc) + timedelta(minutes=50)).isoformat()
    body = json.dumps({"last_activity": future, "servers": {"": {"last_activity": future}}})
    assert "200 OK" in inside(server, f"print(ask('POST', '/hub/api/users/alice/activity', {body.encode()!r}, OWN))")
    told = alice.hub("GET").json()
    for seen in (told["last_activity"], told["servers"][""]["last_activity"]):
        assert datetime.fromisoformat(seen) < datetime.now(timezone.utc) + timedelta(seconds=5)


def change(session: requests.Session, stack: Stack, old: str, new: str = NEW) -> requests.Response:
    """Fill in the page for a new password."""
    address = f"{stack.url}/hub/change-password"
    page = session.get(address, timeout=30)
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert xsrf, page.text
    form = {"old_password": old, "new_password": new, "new_password_confirmation": new, "_xsrf": xsrf[1]}
    return session.post(address, form, timeout=30)


def signed_in(stack: Stack, session: requests.Session) -> bool:
    return session.get(f"{stack.url}/hub/home", allow_redirects=False, timeout=30).status_code == 200


def opens_lab(session: requests.Session, person: Person) -> bool:
    """Whether JupyterLab's page comes, after OAuth's redirects."""
    answer = session.get(f"{person.server_url}lab", timeout=30)
    return answer.status_code == 200 and answer.url.partition("?")[0] == f"{person.server_url}lab"


@pytest.mark.parametrize("by", ["page", "operator"])
def test_a_new_password_ends_what_was_signed_in_with_the_old_one(new_person: Callable[[str], Person], by: str) -> None:
    person = new_person(f"robbed-{by}").start()
    stack, thief = person.stack, person.http
    (own, _), (stolen, _) = person.browse(), person.browse()
    note = {"note": f"Server at /user/{person.name}/"}  # as JupyterHub calls the token of a server
    hidden = person.hub("POST", "/tokens", json=note).json()["token"]
    assert opens_lab(stolen, person)
    if by == "page":
        assert "changed successfully" in change(own, stack, person.password).text
        assert signed_in(stack, own), "the session that changed it"
        assert "incorrect" in change(own, stack, person.password).text, "the page goes on working"
        password = NEW
    else:
        password = stack.ctl("users", "passwd", person.name).out.strip()
        assert not signed_in(stack, own)
    assert not signed_in(stack, stolen)
    for token in (str(thief.headers["Authorization"]), f"token {hidden}"):
        answer = requests.get(f"{stack.url}/hub/api/user", headers={"Authorization": token}, timeout=30)
        assert answer.status_code == 403
    assert "200 OK" in inside(stack.servers()[person.name], "print(ask('GET', '/hub/api/user', headers=OWN))")
    person.password = password
    session, answer = person.sign_in()
    assert answer.status_code == 302
    assert opens_lab(session, person), "the server runs on"


def test_guessing_on_the_page_for_a_new_password_locks_the_account(new_person: Callable[[str], Person]) -> None:
    person = new_person("guessed")
    session, _ = person.browse()
    for _ in range(5):
        assert "incorrect" in change(session, person.stack, "wrong-password").text
    assert change(session, person.stack, person.password).status_code == 403
    assert person.sign_in()[1].status_code == 403


def test_a_right_password_does_not_wait_behind_many_wrong_ones(stack: Stack, server: Container, bob: Person) -> None:
    """From a notebook server, past nginx: names that do not exist, so that no lock ends it."""
    wrong = """
import threading
def guess(number):
    body = json.dumps({"auth": {"username": f"nobody-{number}", "password": "x"}}).encode()
    answers.append(ask("POST", "/hub/api/users/bob/tokens", body).split()[1])
answers = []
threads = [threading.Thread(target=guess, args=(number,)) for number in range(90)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(answers))
"""

    def refused() -> int:
        return int(stack.services()["hub"].logs().count(b" 403 POST /hub/api/users/bob/tokens"))

    before = refused()
    answers: list[Any] = []
    guessing = threading.Thread(target=lambda: answers.extend(json.loads(inside(server, wrong))))
    guessing.start()
    wait_until(lambda: refused() > before, 30, "the first guess is refused, and the others wait")
    began = time.monotonic()
    assert bob.sign_in()[1].status_code == 302
    seconds = time.monotonic() - began
    still_guessing = guessing.is_alive()
    guessing.join()
    assert still_guessing, "else it shows nothing"
    assert seconds < 5
    assert set(answers) == {"403"}, "JupyterHub's answer here, whatever a sign-in fails for"
