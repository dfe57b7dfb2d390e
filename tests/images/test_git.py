"""Git in a notebook server, a real one: a private repository without being asked, and the token nowhere afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.images.gitserver import GitServer
from tests.images.notebook import EMAIL, NAME, Notebook, started, variables
from tests.unit.singleuser.hub import API_TOKEN, Hub, serving

TOKEN = "a-fresh-token-6f1d2c"
OWN = "uid=61100,gid=61100,mode=700"
REFUSED = "Your GitLab sign-in has ended: sign out of JupyterHub and in again."


@pytest.fixture(scope="module")
def hub(bridge: str) -> Iterator[Hub]:
    made = Hub(bridge, "alice", {"username": "oauth2", "password": TOKEN, "expires": int(time.time()) + 7200})
    with serving(made):
        yield made


@pytest.fixture(scope="module")
def gitlab(bridge: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    made = GitServer(bridge, tmp_path_factory.mktemp("gitlab"), TOKEN)
    with serving(made):
        yield made


@pytest.fixture
def notebook(images: dict[str, str], hub: Hub, gitlab: GitServer) -> Iterator[Notebook]:
    with started(images["base"], hub, variables(gitlab)) as made:
        hub.asked.clear()
        gitlab.seen.clear()
        yield made


@pytest.fixture
def panel(notebook: Notebook, browser: Browser) -> Iterator[Page]:
    """JupyterLab in a browser, with its Git panel open."""
    page = browser.new_page(extra_http_headers={"Authorization": f"token {API_TOKEN}"})
    page.goto(f"{notebook.url}/lab")
    page.get_by_role("tab", name="Git").click()
    yield page
    page.close()


def clone(panel: Page, gitlab: GitServer) -> None:
    panel.get_by_role("button", name="Clone a Repository").click()
    panel.get_by_placeholder("https://host.com").fill(f"{gitlab.url}/team/private.git")
    panel.get_by_role("button", name="Clone", exact=True).click()


def push(url: str, folder: str, size: int = 3_000_000) -> str:
    """A script that clones, commits and pushes `size` bytes."""
    grow = f"head -c {size} /dev/urandom >big && git add big && git commit --quiet -m 'From the terminal'"
    return f"git clone --quiet {url}/team/private.git {folder} && cd {folder} && {grow} && git push --quiet"


def test_the_terminal_clones_and_pushes_as_the_person(notebook: Notebook, gitlab: GitServer) -> None:
    assert notebook.shell(push(gitlab.url, "private")) == ""
    assert gitlab.log("%s|%an|%ae|%cn")[0] == f"From the terminal|{NAME}|{EMAIL}|{NAME}"


@pytest.mark.full
def test_a_push_may_be_larger_than_what_git_holds_in_memory(notebook: Notebook, gitlab: GitServer) -> None:
    notebook.shell(f"git config --global http.{gitlab.url}.postBuffer 1m")
    assert notebook.shell(push(gitlab.url, "private")) == ""


def test_the_git_panel_clones_pushes_and_pulls(notebook: Notebook, gitlab: GitServer) -> None:
    cloned = notebook.git_panel("clone", clone_url=f"{gitlab.url}/team/private.git", versioning=True, submodules=False)
    assert cloned.ok, cloned.text
    notebook.shell("cd private && touch new && git add new")
    committed = notebook.git_panel("private/commit", commit_msg="From the panel", amend=False)
    assert committed.ok, committed.text
    pushed = notebook.git_panel("private/push")
    assert pushed.ok, pushed.text
    assert gitlab.log("%s|%an|%ae")[0] == f"From the panel|{NAME}|{EMAIL}"
    pulled = notebook.git_panel("private/pull")
    assert pulled.ok, pulled.text


def test_the_panels_dialog_clones(panel: Page, notebook: Notebook, gitlab: GitServer) -> None:
    clone(panel, gitlab)
    expect(panel.get_by_text("Successfully cloned")).to_be_visible()
    assert notebook.shell("cd private && git log --format=%s").splitlines()[-1] == "First"  # not a mere copy of the files


def test_the_panel_shows_the_hubs_reason_and_asks_for_no_password(panel: Page, hub: Hub, gitlab: GitServer) -> None:
    with hub.refusing(403, {"message": REFUSED}):
        clone(panel, gitlab)
        panel.get_by_role("alert").get_by_role("button", name="Show").click()
    expect(panel.get_by_role("dialog")).to_contain_text(REFUSED)


@pytest.mark.full
def test_the_panel_shows_a_notebooks_changes_side_by_side(panel: Page, notebook: Notebook) -> None:
    def write(source: str) -> str:
        cell: Any = {
            "id": "a",
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
        return f"echo '{json.dumps(book)}' >a.ipynb"

    notebook.shell(f"git init -q book && cd book && {write('x = 1')} && git add . && git commit -qm x && {write('x = 2')}")
    panel.goto(f"{notebook.url}/lab/tree/book?reset")
    panel.get_by_role("tab", name="Git").click()
    changed = panel.locator("#jp-git-sessions").get_by_text("a.ipynb")
    changed.hover()
    panel.locator("#jp-git-sessions").get_by_title("Diff this file").click()
    sides = [panel.locator(".jp-Notebook-diff").get_by_text(text, exact=True).bounding_box() for text in ("x = 1", "x = 2")]
    before, after = [side for side in sides if side]
    assert before["y"] == after["y"]
    assert before["x"] + before["width"] < after["x"]


def test_the_token_is_nowhere_afterwards(notebook: Notebook, gitlab: GitServer) -> None:
    notebook.shell("git config --global credential.helper store")  # would keep any password that git was given
    notebook.shell(push(gitlab.url, "private"))
    assert TOKEN in notebook.shell(f"printf 'url={gitlab.url}/x\\n' | git credential fill")
    token, basic = TOKEN.encode(), gitlab.authorization.removeprefix("Basic ").encode()
    found = notebook.files_with(token, basic, NAME.encode())
    assert (found[token], found[basic]) == ([], [])
    assert "tmp/.stackhub/gitconfig" in found[NAME.encode()]
    outside = json.dumps(notebook.container.attrs).encode() + bytes(notebook.container.logs())
    assert NAME.encode("unicode_escape") in outside
    assert token not in outside
    assert basic not in outside


def test_nothing_else_gets_the_token(notebook: Notebook, hub: Hub, gitlab: GitServer, bridge: str, tmp_path: Path) -> None:
    elsewhere = GitServer(bridge, tmp_path, "of its own")
    trusted = "-c http.sslVerify=false"
    beside = [f"{elsewhere.url}/team/private.git", f"{gitlab.origin}/team/private.git", f"{gitlab.url}/../team/private.git"]
    with serving(elsewhere):
        for url in beside:
            assert "could not read Username" in notebook.shell(f"git {trusted} ls-remote {url}", code=128)
    assert hub.asked == []
    seen = gitlab.seen + elsewhere.seen
    assert len(seen) >= 3
    assert {authorization for _, authorization in seen} == {""}


def test_the_private_ca_is_trusted_for_gitlab_only(notebook: Notebook, bridge: str, gitlab: GitServer) -> None:
    elsewhere = GitServer(bridge, gitlab.folder, TOKEN)
    with serving(elsewhere):
        assert "certificate signer not trusted" in notebook.shell(f"git ls-remote {elsewhere.url}/x.git", code=128)


def test_a_persons_own_settings_win(notebook: Notebook, gitlab: GitServer, hub: Hub) -> None:
    own = "!f() { echo username=oauth2; echo password=mine; }; f"
    notebook.shell("git config --global user.name Al")
    notebook.shell(f"git config --global credential.{gitlab.url}.helper ''")
    notebook.shell(f"git config --global --add credential.{gitlab.url}.helper '{own}'")
    assert notebook.shell("git config user.name") == "Al\n"
    assert "Authentication failed" in notebook.shell(f"git ls-remote {gitlab.url}/team/private.git", code=128)
    assert hub.asked == []
    assert "name = Al" in notebook.shell("cat ~/work/.home/.gitconfig")  # the volume, which is there after the next start


def test_a_hub_that_refuses_is_one_clear_line(notebook: Notebook, hub: Hub, gitlab: GitServer) -> None:
    url = f"{gitlab.url}/team/private.git"
    with hub.refusing(403, {"message": REFUSED}):
        # a terminal, where git could ask
        output = notebook.shell(f"script -qec 'timeout 20 git ls-remote {url}' /dev/null", code=128)
        answer = notebook.git_panel("clone", clone_url=url, versioning=True, submodules=False)
    assert output.replace("\r", "").splitlines() == [REFUSED, "fatal: credential helper 'jupyterhub' told us to quit"]
    assert not answer.ok
    assert REFUSED in answer.json()["message"]
    assert "Username" not in answer.json()["message"]  # the panel would show a form for a password


def test_a_container_that_cannot_be_written_to(images: dict[str, str], hub: Hub, gitlab: GitServer) -> None:
    places = {"/tmp": "", "/home/jovyan": OWN, "/home/jovyan/work": OWN}
    given = variables(gitlab)
    with started(images["base"], hub, given, read_only=True, tmpfs=places, working_dir="/home/jovyan") as notebook:
        notebook.shell(f"git config --global x.y z && cd ~/work && {push(gitlab.url, 'private')}")
        assert "y = z" in notebook.shell("cat ~/work/.home/.gitconfig")


def test_without_git_sign_in_the_panel_makes_a_repository_all_the_same(images: dict[str, str], hub: Hub) -> None:
    """Its first commit needs an identity, and .gitignore, which the panel opens, is a hidden file."""
    with started(images["base"], hub, {}) as notebook:
        assert notebook.git_panel("made/init").status_code == 500, "there is no such folder"
        notebook.shell("mkdir made")
        made = notebook.git_panel("made/init")
        assert made.ok, made.text
        assert notebook.shell("cd made && git log --format='%an|%ae'") == "alice|alice@noreply.invalid\n"
        ignored = notebook.git_panel("made/ignore", file_path="x", use_extension=False)
        assert ignored.ok, ignored.text
        assert notebook.server("GET", "api/contents/made/.gitignore").json()["content"] == "x\n"
        notebook.shell("git config --global user.name Al")
        assert notebook.shell("git config user.name") == "Al\n"
        assert notebook.shell("git config credential.helper || true") == ""
