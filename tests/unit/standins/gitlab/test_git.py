"""Git over HTTP, with the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import requests

from tests.standins.gitlab.running import Running, running
from tests.unit.standins.gitlab.client import Client
from tests.unit.standins.gitlab.conftest import example


def git(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git with no configuration but this and no way to ask."""
    given = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    named = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *named, *arguments],
        cwd=folder,
        env=given | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def with_password(url: str, password: str, name: str = "oauth2") -> str:
    return url.replace("://", f"://{name}:{password}@")


@pytest.fixture
def project(gitlab: Running) -> str:
    """The address of a private project."""
    return gitlab.control.add_project("data/lab", "private")


@pytest.mark.parametrize("prefix", ["", "/gitlab"])
def test_clone_commit_and_push(tmp_path: Path, prefix: str) -> None:
    with running(example(), prefix, tls=True) as gitlab:
        url = gitlab.control.add_project("data/lab", "private")
        assert url == f"{gitlab.url}/data/lab/private.git"
        value = gitlab.control.add_token("ada", ["write_repository"])
        trusted = {"GIT_SSL_CAINFO": str(gitlab.ca_file)}
        cloned = git("clone", with_password(url, value, "anything"), "work", folder=tmp_path, **trusted)
        assert cloned.returncode == 0, cloned.stderr
        assert (tmp_path / "work/README.md").read_text() == "# Data\n"
        (tmp_path / "work/data.bin").write_text("0123456789" * 200_000)  # a body in chunks
        for command in (["add", "."], ["commit", "-qm", "more"], ["push"]):
            ran = git(*command, folder=tmp_path / "work", **trusted)
            assert ran.returncode == 0, ran.stderr
        assert len(gitlab.control.read_file("data/lab/private", "data.bin")) == 2_000_000


def test_an_oauth_token_opens_what_its_scopes_say(client: Client, project: str, tmp_path: Path) -> None:
    value = client.tokens(scope="read_repository")["access_token"]
    assert git("clone", with_password(project, value), "work", folder=tmp_path).returncode == 0
    pushed = git("push", folder=tmp_path / "work")
    assert "You are not allowed to upload code." in pushed.stderr
    other = client.tokens(scope="read_api openid")["access_token"]
    assert git("ls-remote", with_password(project, other), folder=tmp_path).returncode == 0  # read_api reads code too


def refs(project: str, password: str, service: str = "git-upload-pack") -> tuple[int, str]:
    """The first request of a clone or, with git-receive-pack, of a push, and its answer."""
    answer = requests.get(f"{project}/info/refs?service={service}", auth=("oauth2", password), timeout=10)
    return answer.status_code, answer.text if answer.status_code != 200 else ""


def test_nobody_is_asked_for_a_password(project: str) -> None:
    for address in (project, project.replace("private", "other")):
        answer = requests.get(f"{address}/info/refs?service=git-upload-pack", timeout=10)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitLab"')
        assert answer.text.startswith("HTTP Basic: Access denied.")


def test_a_bad_token_and_a_blocked_person_get_no_access(project: str, gitlab: Running) -> None:
    value = gitlab.control.add_token("ada", ["read_repository"])
    expired = gitlab.control.add_token("ada", ["read_repository"], lifetime=-1)
    assert refs(project, value)[0] == 200
    assert [refs(project, password)[0] for password in ("wrong", "", expired)] == [401, 401, 401]
    gitlab.control.block("ada")
    assert refs(project, value)[0] == 401


def test_who_may_do_what(project: str, gitlab: Running) -> None:
    hidden = "The project you were looking for could not be found or you don't have permission to view it."
    bob, none = gitlab.control.add_token("bob", ["write_repository"]), gitlab.control.add_token("bob", ["read_user"])
    assert refs(project, none) == (403, "You are not allowed to download code.")
    assert refs(project, bob) == (404, hidden)
    gitlab.control.add_member("data", "bob", 10)
    assert refs(project, bob) == (403, "You are not allowed to download code from this project.")
    gitlab.control.add_member("data", "bob", 20)
    assert refs(project, bob) == (200, "")
    assert refs(project, bob, "git-receive-pack") == (403, "You are not allowed to push code to this project.")
    gitlab.control.add_member("data", "bob", 30)
    assert refs(project, bob, "git-receive-pack") == (200, "")
    assert refs(project, bob, "git-rm") == (403, "The command you're trying to execute is not allowed.")
    assert refs(project.replace("private", "other"), bob) == (404, hidden)
