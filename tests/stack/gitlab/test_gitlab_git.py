"""Git in a notebook: with the person's own rights, without asking, and with the token nowhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
import websocket
from playwright.sync_api import Page, expect

from tests.standins.gitlab.client import Control
from tests.support.browser import in_lab
from tests.support.gitlab_person import INTERVAL, GitlabPerson, sign_in_to_gitlab
from tests.support.running import Stack
from tests.support.waiting import wait_until

Members = Callable[..., GitlabPerson]


class Terminal:
    """A terminal of JupyterLab's, over its websocket."""

    def __init__(self, person: GitlabPerson) -> None:
        name = person.server("POST", "api/terminals").json()["name"]
        self._socket: websocket.WebSocket = person.websocket(f"{person.server_url}terminals/websocket/{name}")

    def run(self, command: str, seconds: float = 60) -> str:
        """What a command shows, up to its end. Fails after `seconds`, as when it asks for something."""
        self._socket.send(json.dumps(["stdin", f"{command}; echo e''nd $?\r"]))
        shown, deadline = "", time.monotonic() + seconds
        while not (end := re.search(r"\bend (\d+)\r", shown)):
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            kind, *rest = json.loads(self._socket.recv())
            shown += rest[0] if kind == "stdout" else ""
        assert end[1] == "0", shown
        return shown

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def coder(new_member: Members) -> Iterator[GitlabPerson]:
    person = new_member("coder-of-notebooks")
    yield person.start()  # type: ignore[misc]  # it is the same person
    person.stop()


def test_the_terminal_clones_and_pushes_with_the_persons_own_name(control: Control, coder: GitlabPerson) -> None:
    terminal = Terminal(coder)
    terminal.run(f"git clone {coder.gitlab.url}/data/lab/private.git")
    terminal.run("cd private && echo from a notebook > note.txt && git add . && git commit -m note && git push")
    assert control.read_file("data/lab/private", "note.txt") == "from a notebook\n"
    log = terminal.run("git log -1 --format='%an <%ae>'")
    assert f"{coder.username[:20].title()} Liddell <{len(coder.username)}-{coder.username[:20]}@example.org>" in log
    terminal.close()


@pytest.mark.full
def test_the_git_panel_clones(page: Page, control: Control, new_member: Members) -> None:
    person = new_member("panel")
    page.goto(person.stack.url)
    sign_in_to_gitlab(page, person)
    in_lab(page)
    page.get_by_role("tab", name="Git").click()
    page.get_by_role("button", name="Clone a Repository").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("textbox").first.fill(f"{person.gitlab.url}/data/lab/private.git")
    dialog.get_by_role("button", name="Clone").click()
    expect(page.get_by_text("Successfully cloned")).to_be_visible()
    assert person.read("private/README.md")


def test_the_token_is_in_no_file_and_no_setting_of_the_container(stack: Stack, coder: GitlabPerson) -> None:
    terminal = Terminal(coder)
    terminal.run(f"git clone {coder.gitlab.url}/data/lab/private.git again")
    terminal.close()
    answer = coder.server_token().get(f"{stack.url}/hub/api/users/{coder.name}/git-credential", timeout=10).json()
    container = stack.servers()[coder.name]
    assert answer["password"] not in json.dumps(container.attrs)
    script = "grep -rlF --exclude-dir=proc --exclude-dir=sys -f - / 2>/dev/null; true"
    found = container.exec_run(["sh", "-c", f"printf %s {answer['password']} | ({script})"], user="root").output
    assert found == b""


def test_nobody_else_gets_the_token(stack: Stack, coder: GitlabPerson, carol: GitlabPerson) -> None:
    address = f"{stack.url}/hub/api/users/{coder.name}/git-credential"
    assert coder.server_token().get(address, timeout=10).status_code == 200
    assert carol.http.get(address, timeout=10).status_code == 403
    session, _ = coder.sign_in()
    assert session.get(address, timeout=10).status_code == 403, "a browser, with the cookie"


def test_git_works_after_a_token_has_ended(control: Control, coder: GitlabPerson) -> None:
    control.clear_requests()
    control.advance(7300)
    wait_until(lambda: "POST /oauth/token" in control.requests(), 5 * INTERVAL, "the new token")
    terminal = Terminal(coder)
    assert "refs/heads/main" in terminal.run(f"git ls-remote {coder.gitlab.url}/data/lab/private.git")
    terminal.close()


def test_who_may_not_read_a_repository_still_may_not(control: Control, new_member: Members) -> None:
    control.add_group("secret")
    control.add_project("secret", "plans")
    person = new_member("curious")
    person.start()
    terminal = Terminal(person)
    printed = terminal.run(f"! git clone {person.gitlab.url}/secret/plans.git")
    assert "not found" in printed or "403" in printed
    terminal.close()
    person.stop()
