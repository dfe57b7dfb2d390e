"""git-credential-jupyterhub, run as git runs it, against a small server that answers as the hub does."""

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
from tests.checkout import ROOT
from tests.unit.singleuser.hub import API_TOKEN, Hub, serving

SCRIPT = ROOT / "singleuser/base/git_credential_jupyterhub.py"
URL = "https://gitlab.example.org"
TOKEN = "a-fresh-token"
EXPIRES = int(time.time()) + 7200
ASKED = "protocol=https\nhost=gitlab.example.org\n"
NOBODY = "http://127.0.0.1:9"
"""Where no server is: the port for discarding things."""


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
    """What the helper prints on stdout and stderr. It never fails: git would show that as a fault of its own."""
    notebook = {"JUPYTERHUB_API_URL": hub.api, "JUPYTERHUB_API_TOKEN": API_TOKEN, "JUPYTERHUB_USER": hub.user}
    plain_git = {"GIT_CONFIG_SYSTEM": "/dev/null", "GIT_DIR": "/dev/null"}
    given = {"PATH": os.environ["PATH"], "STACK_GIT_URL": URL, **plain_git, **notebook, **environment}
    given = {name: value for name, value in given.items() if value}
    command = [sys.executable, "-I", str(SCRIPT), operation]
    ran = subprocess.run(command, input=text, env=given, capture_output=True, text=True, timeout=20, check=True)
    return ran.stdout, ran.stderr


def test_git_gets_a_fresh_token_that_it_knows_the_end_of(hub: Hub) -> None:
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
def test_where_another_helper_would_keep_a_password_git_gets_none(
    hub: Hub, tmp_path: Path, option: str, value: str, ephemeral: bool
) -> None:
    subprocess.run(["git", "config", "--file", str(tmp_path / ".gitconfig"), option, value], check=True)
    out, err = ask(hub, f"capability[]=authtype\ncapability[]=state\n{ASKED}", HOME=str(tmp_path))
    basic = base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()
    header = f"capability[]=authtype\nauthtype=Basic\ncredential={basic}\nephemeral=1\n"
    expected = header if ephemeral else f"username=oauth2\npassword={TOKEN}\n"
    assert (out, err) == (f"{expected}password_expiry_utc={EXPIRES}\n", "")


def test_a_git_that_knows_no_header_gets_a_password_all_the_same(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    assert f"password={TOKEN}\n" in ask(hub, ASKED, HOME=str(tmp_path))[0]


@pytest.mark.parametrize("operation", ["store", "erase", "capability", "--help"])
def test_it_only_answers_get(hub: Hub, operation: str) -> None:
    assert ask(hub, ASKED + f"username=oauth2\npassword={TOKEN}\n", operation) == ("", "")
    assert hub.asked == []


def test_it_is_nothing_without_git_sign_in(hub: Hub) -> None:
    assert ask(hub, ASKED, STACK_GIT_URL="") == ("", "")
    assert hub.asked == []


def test_another_host_gets_nothing_and_the_hub_is_not_asked(hub: Hub) -> None:
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
def test_it_is_for_gitlabs_address_and_below_only(url: str, asked: str, ours: bool) -> None:
    wanted = {name: [value] for name, value in zip(("protocol", "host", "path"), asked.split(" "), strict=False)}
    assert is_ours(wanted, url) is ours


def test_an_address_with_a_user_name_is_for_that_account(hub: Hub) -> None:
    assert ask(hub, f"{ASKED}username=gitlab+deploy-token-1\n") == ("", "")
    assert hub.asked == []


def test_what_git_asks_is_read_to_the_end() -> None:
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
def test_any_name_is_one_part_of_the_path(hub: Hub, name: str, path: str) -> None:
    assert TOKEN in ask(hub, ASKED, JUPYTERHUB_USER=name)[0]
    assert hub.asked == [f"/hub/api/users/{path}/git-credential"]


def test_the_hub_is_reached_without_a_proxy(hub: Hub) -> None:
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), NOBODY)
    assert TOKEN in ask(hub, ASKED, **proxies)[0]


def test_no_module_of_the_users_sees_the_token(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    first_line = SCRIPT.read_text().splitlines()[0]
    assert first_line == "#!/usr/bin/python3 -I"
    assert TOKEN in ask(hub, ASKED, PYTHONPATH=str(tmp_path))[0]


def test_git_can_run_it() -> None:
    assert SCRIPT.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (403, {"message": "Your sign-in has ended:\n sign out and in again."}, "sign-in has ended: sign out and in again."),
        (404, {"message": "登录已过期"}, "登录已过期"),
        (502, {"message": "GitLab does not answer."}, "GitLab does not answer."),
        (502, b"<html>Bad gateway</html>", "the hub answered 502 without a reason. Try again in a minute."),
        (403, [], "the hub answered 403 without a reason"),
        (500, {}, "the hub answered 500 without a reason"),
        (200, b"<html>Sign in</html>", "the hub's answer is not one"),
        (200, {"username": "oauth2"}, "the hub's answer is not one"),
        (200, {"username": "oauth2", "password": "x", "expires": None}, "the hub's answer is not one"),
        (200, [], "the hub's answer is not one"),
    ],
)
def test_a_hub_that_gives_none_is_one_line_and_git_stops(hub: Hub, status: int, answer: object, said: str) -> None:
    with hub.refusing(status, answer):
        out, err = ask(hub, ASKED, LANG="C.UTF-8")
    assert out == "quit=1\n"
    assert said in err
    assert err.count("\n") == 1


def test_a_hub_that_is_not_there(hub: Hub) -> None:
    out, err = ask(hub, ASKED, JUPYTERHUB_API_URL=f"{NOBODY}/hub/api")
    assert out == "quit=1\n"
    assert err.startswith("git has no sign-in: the hub did not answer (")
    assert err.endswith("Connection refused). Try again in a minute.\n")


def test_a_hub_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_credential_jupyterhub, "SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/hub/api"
        with pytest.raises(NoCredentialError, match=r"the hub did not answer \(timed out\)\. Try again"):
            ask_hub({"JUPYTERHUB_API_URL": api, "JUPYTERHUB_API_TOKEN": API_TOKEN, "JUPYTERHUB_USER": "alice"})


@pytest.mark.parametrize("name", ["JUPYTERHUB_USER", "JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN"])
def test_a_variable_that_is_missing_is_named(hub: Hub, name: str) -> None:
    assert ask(hub, ASKED, **{name: ""}) == ("quit=1\n", f"git gets its sign-in from the hub, and {name} is not set here.\n")


def test_a_hub_that_does_not_know_the_notebook_server(hub: Hub) -> None:
    assert ask(hub, ASKED, JUPYTERHUB_API_TOKEN="another") == ("quit=1\n", "Missing or invalid credentials.\n")
