"""Files: whose they are, where they stay, and big ones on their way through nginx."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Page

from tests.support.browser import sign_in
from tests.support.person import Person
from tests.support.waiting import wait_until

MEGABYTE = 1024 * 1024


def test_a_file_written_in_a_terminal_is_there_after_stop_and_start(alice: Person) -> None:
    alice.start()
    type_in_terminal(alice, "echo from the terminal > terminal.txt")
    wait_until(lambda: "terminal.txt" in names(alice), 20, "the file of the terminal")
    alice.write("browser.txt", "from the browser")
    alice.stop()
    alice.start()
    assert alice.read("terminal.txt") == "from the terminal\n"
    assert alice.read("browser.txt") == "from the browser"


def test_nobody_sees_the_files_of_another(alice: Person, bob: Person) -> None:
    alice.start().write("private.txt", "hers")
    for path in ("api/contents/private.txt", "files/private.txt", "lab", "api/kernels"):
        answer = bob.http.get(alice.server_url + path, timeout=30)
        assert answer.status_code in (403, 404), path
        assert "hers" not in answer.text
    assert "private.txt" not in names(bob.start()), "what he sees at home"


def test_another_is_kept_out_in_the_browser_too(alice: Person, bob: Person, page: Page) -> None:
    alice.start().write("private.txt", "hers")
    sign_in(page, bob)
    page.wait_for_url("**/user/bob/lab**")
    for path in ("lab", "files/private.txt"):
        answer = page.goto(alice.server_url + path)
        assert answer is not None
        assert answer.status in (403, 404)
        assert "hers" not in page.content()


@pytest.mark.parametrize("path", ["../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2f..%2fetc%2fpasswd"])
def test_no_path_leads_out_of_the_work_folder(alice: Person, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", alice.stack.port, timeout=30)  # sends the path as it is
    token = str(alice.start().http.headers["Authorization"])
    connection.request("GET", f"/user/alice/files/{path}", headers={"Authorization": token})
    answer = connection.getresponse()
    assert answer.status != 200
    assert b"root:" not in answer.read()


@pytest.mark.parametrize("megabytes", [60, pytest.param(300, marks=pytest.mark.full)])
def test_a_big_file_comes_back_as_it_was_sent(alice: Person, megabytes: int) -> None:
    """Sent in pieces of a megabyte, as JupyterLab does; at no time is more than one in memory here."""
    alice.start()
    sent, received = hashlib.sha256(), hashlib.sha256()
    for number, piece in enumerate(pieces(megabytes), start=1):
        sent.update(piece)
        file = {"type": "file", "format": "base64", "content": base64.b64encode(piece).decode()}
        alice.server("PUT", "api/contents/big.bin", json=file | {"chunk": -1 if number == megabytes else number})
    with alice.server("GET", "files/big.bin", stream=True) as answer:
        for data in answer.iter_content(MEGABYTE):
            received.update(data)
    alice.server("DELETE", "api/contents/big.bin")
    assert received.hexdigest() == sent.hexdigest()


def test_one_request_may_be_big_too(alice: Person) -> None:
    alice.start()
    content = "x" * (40 * MEGABYTE)
    alice.write("one.txt", content)
    with alice.server("GET", "files/one.txt", stream=True) as answer:
        assert sum(len(data) for data in answer.iter_content(MEGABYTE)) == len(content)
    alice.server("DELETE", "api/contents/one.txt")


def pieces(number: int) -> Iterator[bytes]:
    """The same random megabytes in every run."""
    source = random.Random(1)
    return (source.randbytes(MEGABYTE) for _ in range(number))


def names(person: Person) -> set[str]:
    """The files that JupyterLab lists."""
    return {item["name"] for item in person.server("GET", "api/contents").json()["content"]}


def type_in_terminal(person: Person, line: str) -> None:
    """Open a terminal and type a line into it, once its prompt is there."""
    name = person.server("POST", "api/terminals").json()["name"]
    socket = person.websocket(f"{person.server_url}terminals/websocket/{name}")
    while "$" not in str(json.loads(socket.recv())[1:]):
        pass
    socket.send(json.dumps(["stdin", f"{line}\r"]))
    socket.close()
