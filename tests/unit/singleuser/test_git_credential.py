"""Runs git-credential-jupyterhub as git does, against a small server that answers like the hub."""

from __future__ import annotations

import base64
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from singleuser.base import git_credential_jupyterhub
from singleuser.base.git_credential_jupyterhub import HELPER, NoCredentialError, ask_hub, is_ours, parse
from tests.support.checkout import ROOT
from tests.unit.singleuser.hub import API_TOKEN, Hub, serving

SCRIPT = ROOT / "singleuser/base/git_credential_jupyterhub.py"
URL = "https://gitlab.example.org"
TOKEN = "a-fresh-token"
EXPIRES = int(time.time()) + 7200
ASKED = "protocol=https\nhost=gitlab.example.org\n"
NOBODY = "http://127.0.0.1:9"
"""An address where no server listens."""


@pytest.fixture(scope="module")
def running() -> Iterator[Hub]:
    made = Hub("127.0.0.1", "alice", {"username": "oauth2", "password": TOKEN, "expires": EXPIRES})
    with serving(made):
        yield made


@pytest.fixture
def hub(running: Hub) -> Hub:
    running.asked.clear()
    return running


def ask(hub: Hub, text: str, operation: str = "get", **environment: str) -> tuple[str, str]:
    """The helper's stdout and stderr. It never fails, because git would report that as an error of its own."""
    notebook = {"JUPYTERHUB_API_URL": hub.api, "JUPYTERHUB_API_TOKEN": API_TOKEN, "JUPYTERHUB_USER": hub.user}
    plain_git = {"GIT_CONFIG_SYSTEM": "/dev/null", "GIT_DIR": "/dev/null"}
    variables = {"PATH": os.environ["PATH"], "STACK_GIT_URL": URL, **plain_git, **notebook, **environment}
    variables = {name: value for name, value in variables.items() if value}
    command = [sys.executable, "-I", str(SCRIPT), operation]
    ran = subprocess.run(command, input=text, env=variables, capture_output=True, text=True, timeout=20, check=True)
    return ran.stdout, ran.stderr


def test_git_gets_a_fresh_token_and_its_expiry(hub: Hub) -> None:
    assert ask(hub, ASKED) == (f"username=oauth2\npassword={TOKEN}\npassword_expiry_utc={EXPIRES}\n", "")
    assert hub.asked == ["/hub/api/users/alice/git-credential"]


@pytest.mark.parametrize(
    ("option", "value", "ephemeral"),
    [
        ("credential.helper", "store", True),
        ("credential.https://gitlab.example.org.helper", "cache --timeout=60", True),
        ("credential.helper", "", False),
        ("credential.https://gitlab.example.org.helper", HELPER, False),
        ("credential.username", "alice", False),
    ],
)
def test_git_gets_a_header_and_no_password_if_another_helper_would_store_it(
    hub: Hub, tmp_path: Path, option: str, value: str, ephemeral: bool
) -> None:
    subprocess.run(["git", "config", "--file", str(tmp_path / ".gitconfig"), option, value], check=True)
    out, err = ask(hub, f"capability[]=authtype\ncapability[]=state\n{ASKED}", HOME=str(tmp_path))
    basic = base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()
    header = f"capability[]=authtype\nauthtype=Basic\ncredential={basic}\nephemeral=1\n"
    expected = header if ephemeral else f"username=oauth2\npassword={TOKEN}\n"
    assert (out, err) == (f"{expected}password_expiry_utc={EXPIRES}\n", "")


def test_an_old_git_that_accepts_no_header_gets_a_password(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    assert f"password={TOKEN}\n" in ask(hub, ASKED, HOME=str(tmp_path))[0]


@pytest.mark.parametrize("operation", ["store", "erase", "capability", "--help"])
def test_the_helper_only_answers_get(hub: Hub, operation: str) -> None:
    assert ask(hub, ASKED + f"username=oauth2\npassword={TOKEN}\n", operation) == ("", "")
    assert hub.asked == []


def test_the_helper_prints_nothing_without_git_sign_in(hub: Hub) -> None:
    assert ask(hub, ASKED, STACK_GIT_URL="") == ("", "")
    assert hub.asked == []


def test_a_different_host_gets_nothing_and_the_hub_is_not_asked(hub: Hub) -> None:
    assert ask(hub, "protocol=https\nhost=elsewhere.example.org\n") == ("", "")
    assert hub.asked == []


@pytest.mark.parametrize(
    ("url", "asked", "ours"),
    [
        (URL, "https gitlab.example.org", True),
        (URL, "https gitlab.example.org team/private.git", True),
        (URL, "HTTPS GitLab.Example.ORG", True),
        (URL, "https gitlab.example.org:443", True),
        (f"{URL}:443", "https gitlab.example.org", True),
        ("http://10.0.0.1:8929", "http 10.0.0.1:8929", True),
        ("http://[::1]:8929", "http [::1]:8929", True),
        (URL, "http gitlab.example.org", False),
        (URL, "http gitlab.example.org:443", False),
        (URL, "ssh gitlab.example.org", False),
        (URL, "https gitlab.example.org:8443", False),
        (URL, "https gitlab.example.org.evil.org", False),
        (URL, "https evil.org", False),
        (URL, "https gitlab.example.org@evil.org", False),
        (URL, "https evil-gitlab.example.org", False),
        ("http://10.0.0.1:8929", "http 10.0.0.1", False),
        ("http://10.0.0.1", "http 10.0.0.1:8080", False),
        (f"{URL}/git/lab", "https gitlab.example.org git/lab/team/private.git", True),
        (f"{URL}/git/lab", "https gitlab.example.org /git/lab/team/private.git", True),
        (f"{URL}/git/lab", "https gitlab.example.org git/lab/a/../private.git", True),
        (f"{URL}/git/lab", "https gitlab.example.org", False),
        (f"{URL}/git/lab", "https gitlab.example.org git/laboratory/private.git", False),
        (f"{URL}/git/lab", "https gitlab.example.org team/private.git", False),
        (f"{URL}/git/lab", "https gitlab.example.org git/lab/../private.git", False),
        (f"{URL}/git/lab", "https gitlab.example.org //git/lab/../../private.git", False),
        ("", " ", False),
        ("", "https gitlab.example.org", False),
    ],
)
def test_the_helper_answers_for_gitlabs_address_and_below_only(url: str, asked: str, ours: bool) -> None:
    request = {name: [value] for name, value in zip(("protocol", "host", "path"), asked.split(" "), strict=False)}
    assert is_ours(request, url) is ours


def test_an_address_with_a_user_name_gets_nothing(hub: Hub) -> None:
    assert ask(hub, f"{ASKED}username=gitlab+deploy-token-1\n") == ("", "")
    assert hub.asked == []


def test_gits_request_is_parsed_completely() -> None:
    assert parse("protocol=https\nhost=h\npath=a=b\ncapability[]=x\ncapability[]=y\n") == {
        "protocol": ["https"],
        "host": ["h"],
        "path": ["a=b"],
        "capability": ["x", "y"],
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [("A Smith", "A%20Smith"), ("a/../b", "a%2F..%2Fb"), ("李", "%E6%9D%8E"), ("a?b#c", "a%3Fb%23c"), ("a%2f", "a%252f")],
)
def test_any_user_name_is_one_segment_of_the_path(hub: Hub, name: str, path: str) -> None:
    assert TOKEN in ask(hub, ASKED, JUPYTERHUB_USER=name)[0]
    assert hub.asked == [f"/hub/api/users/{path}/git-credential"]


def test_the_hub_is_reached_without_a_proxy(hub: Hub) -> None:
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), NOBODY)
    assert TOKEN in ask(hub, ASKED, **proxies)[0]


def test_modules_of_the_user_are_not_imported(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    first_line = SCRIPT.read_text().splitlines()[0]
    assert first_line == "#!/usr/bin/python3 -I"
    assert TOKEN in ask(hub, ASKED, PYTHONPATH=str(tmp_path))[0]


def test_the_script_is_executable() -> None:
    assert SCRIPT.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (403, {"message": "Your sign-in has ended:\n sign out and in again."}, "sign-in has ended: sign out and in again."),
        (404, {"message": "登录已过期"}, "登录已过期"),
        (502, {"message": "GitLab does not answer."}, "GitLab does not answer."),
        (502, b"<html>Bad gateway</html>", "the hub answered 502 without a reason. Try again in a minute."),
        (403, [], "the hub answered 403 without a reason"),
        (500, {}, "the hub answered 500 without a reason"),
        (200, b"<html>Sign in</html>", "the hub sent an invalid answer"),
        (200, {"username": "oauth2"}, "the hub sent an invalid answer"),
        (200, {"username": "oauth2", "password": "x", "expires": None}, "the hub sent an invalid answer"),
        (200, [], "the hub sent an invalid answer"),
    ],
)
def test_an_error_of_the_hub_is_one_line_and_git_stops(hub: Hub, status: int, answer: object, reason: str) -> None:
    with hub.refusing(status, answer):
        out, err = ask(hub, ASKED, LANG="C.UTF-8")
    assert out == "quit=1\n"
    assert reason in err
    assert err.count("\n") == 1


def test_a_hub_that_cannot_be_reached(hub: Hub) -> None:
    out, err = ask(hub, ASKED, JUPYTERHUB_API_URL=f"{NOBODY}/hub/api")
    assert out == "quit=1\n"
    assert err.startswith("git cannot sign in: the hub did not answer (")
    assert err.endswith("Connection refused). Try again in a minute.\n")


def test_a_hub_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_credential_jupyterhub, "SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/hub/api"
        with pytest.raises(NoCredentialError, match=r"the hub did not answer \(timed out\)\. Try again"):
            ask_hub({"JUPYTERHUB_API_URL": api, "JUPYTERHUB_API_TOKEN": API_TOKEN, "JUPYTERHUB_USER": "alice"})


@pytest.mark.parametrize("name", ["JUPYTERHUB_USER", "JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN"])
def test_a_missing_variable_is_named(hub: Hub, name: str) -> None:
    assert ask(hub, ASKED, **{name: ""}) == ("quit=1\n", f"git signs in through the hub, but {name} is not set here.\n")


def test_a_token_that_the_hub_does_not_know(hub: Hub) -> None:
    assert ask(hub, ASKED, JUPYTERHUB_API_TOKEN="another") == ("quit=1\n", "Missing or invalid credentials.\n")
