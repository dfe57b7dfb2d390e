"""The git configuration that a notebook server writes, read back by git itself."""

from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from singleuser.base import stack_git
from singleuser.base.git_credential_jupyterhub import HELPER
from tests.support.checkout import ROOT

URL = "https://gitlab.example.org"
BELOW = "https://example.org/gitlab"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


class Git:
    """Runs git with the configuration that a starting server writes as its system level."""

    def __init__(self, folder: Path) -> None:
        self.home, self.system = folder / "home", folder / "system"
        (self.home / "work").mkdir(parents=True)

    def started(self, **environ: str) -> None:
        stack_git.write(self.system, stack_git.gitconfig(environ))

    def __call__(self, *command: str, code: int = 0, **environ: str) -> list[str]:
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_SYSTEM": str(self.system), **environ}
        ran = subprocess.run(["git", *command], cwd=self.home, env=variables, capture_output=True, timeout=20, check=False)
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stdout.decode().splitlines()

    def for_url(self, option: str, url: str) -> list[str]:
        return self("config", "--get-urlmatch", option, url)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path)


def test_only_gitlabs_address_gets_our_helper(git: Git) -> None:
    git.started(STACK_GIT_URL=URL)
    assert git("config", "--get-all", f"credential.{URL}.helper") == ["", HELPER]
    assert git.for_url("credential.helper", f"{URL}/team/private.git") == [HELPER]
    for other in ("https://example.org/x.git", "http://gitlab.example.org/x.git", f"{URL}:8443/x.git", f"{URL}.org/x.git"):
        assert git("config", "--get-urlmatch", "credential.helper", other, code=1) == []


def test_a_push_is_sent_in_one_request_to_gitlab_only(git: Git) -> None:
    git.started(STACK_GIT_URL=URL)
    assert git("config", "--type=int", "--get-urlmatch", "http.postBuffer", f"{URL}/x.git") == [str(100 * 1024 * 1024)]
    assert git("config", "--get-urlmatch", "http.postBuffer", "https://example.org/x.git", code=1) == []


def test_below_a_path_the_helper_gets_the_path(git: Git) -> None:
    git.started(STACK_GIT_URL=BELOW)
    assert git.for_url("credential.useHttpPath", f"{BELOW}/team/private.git") == ["true"]
    for other in ("https://example.org/x.git", f"{BELOW}-2/x.git", f"{BELOW}/../x.git"):
        assert git("config", "--get-urlmatch", "credential.helper", other, code=1) == []


def test_the_ca_applies_to_gitlab_only(git: Git) -> None:
    git.started(STACK_GIT_URL=URL, STACK_GIT_CA=PEM)
    assert git.for_url("http.sslCAInfo", f"{URL}/x.git") == [str(stack_git.CA)]
    assert git("config", "--get-urlmatch", "http.sslCAInfo", "https://example.org/x.git", code=1) == []


@pytest.mark.parametrize(
    "name",
    ["Alice", "Alice O'Neil", 'Alice "the #1; best" \\', "李雷 😀", "  spaces  ", "a\\nb", "[user]\n\tx = y", "tab\there"],
)
def test_any_name_survives_quoting(git: Git, name: str) -> None:
    git.started(STACK_GIT_URL=URL, STACK_GIT_NAME=name, STACK_GIT_EMAIL="alice@example.org")
    assert git("config", "--null", "user.name") == (name + "\0").splitlines()
    assert git("config", "user.email") == ["alice@example.org"]


@pytest.mark.parametrize(
    ("user", "address"),
    [("alice", "alice@noreply.invalid"), ("a b<c>", "a-b-c-@noreply.invalid"), ("李雷", "李雷@noreply.invalid")],
)
def test_everybody_has_an_identity(git: Git, user: str, address: str) -> None:
    git.started(JUPYTERHUB_USER=user)
    assert git("config", "user.name") == [user]
    assert git("config", "user.email") == [address]
    git("init", "--quiet", "made")
    git("-C", "made", "commit", "--quiet", "--allow-empty", "--message", "First")


def test_what_gitlab_says_comes_before_the_account(git: Git) -> None:
    git.started(STACK_GIT_URL=URL, JUPYTERHUB_USER="alice", STACK_GIT_NAME="Alice")
    assert git("config", "user.name") == ["Alice"]
    assert git("config", "user.email") == ["alice@noreply.invalid"]


def test_the_users_own_settings_take_precedence(git: Git) -> None:
    git.started(STACK_GIT_URL=URL, JUPYTERHUB_USER="alice", STACK_GIT_NAME="Alice", STACK_GIT_CA=PEM)
    git("config", "--global", "user.name", "Al")
    git("config", "--global", f"http.{URL}.sslCAInfo", "/own.pem")
    assert git("config", "user.name") == ["Al"]
    assert git.for_url("http.sslCAInfo", f"{URL}/x.git") == ["/own.pem"]


def test_without_git_sign_in_there_is_only_an_identity(git: Git) -> None:
    git.started(STACK_GIT_URL=URL, STACK_GIT_NAME="Alice")
    git.started(JUPYTERHUB_USER="alice", STACK_GIT_CA=PEM)
    assert git("config", "--list") == ["user.name=alice", "user.email=alice@noreply.invalid"]


def test_without_anything_to_say_there_is_no_configuration(git: Git) -> None:
    git.started(STACK_GIT_URL=URL)
    git.started()
    assert not git.system.exists()


def test_the_image_includes_the_file_that_a_start_writes(git: Git) -> None:
    included = git("config", "--file", str(ROOT / "singleuser/base/gitconfig"), "--list")
    assert included == [f"include.path={stack_git.CONFIG}"]


def start(git: Git, folder: Path, monkeypatch: pytest.MonkeyPatch, **environ: str) -> None:
    """Load the extension as a server does; it writes to `folder`."""
    monkeypatch.setattr(stack_git, "CA", folder / "git-ca.pem")
    monkeypatch.setattr(stack_git, "CONFIG", folder / "gitconfig")
    monkeypatch.setenv("HOME", str(git.home))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    stack_git._load_jupyter_server_extension(SimpleNamespace(log=logging.getLogger("server")))


def test_a_start_writes_the_ca_and_the_setting_for_it(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(git, tmp_path / "new", monkeypatch, STACK_GIT_URL=URL, STACK_GIT_CA=PEM)
    assert (tmp_path / "new/git-ca.pem").read_text() == PEM
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["git-ca.pem", "gitconfig"]
    named = git("config", "--file", str(tmp_path / "new/gitconfig"), "--get-urlmatch", "http.sslCAInfo", URL)
    assert named == [str(tmp_path / "new/git-ca.pem")]


def test_a_start_that_cannot_write_logs_it_and_continues(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    start(git, tmp_path / "file", monkeypatch, STACK_GIT_URL=URL)
    assert "Cannot set up git: " in caplog.text
    assert "file" in caplog.text
