"""Where the operator's GitLab token is read from, and where it never goes."""

from __future__ import annotations

import getpass
import io
import sys
from pathlib import Path

import pytest

from stackctl.errors import CheckFailedError, Exit
from stackctl.gitlab.token import TokenSource
from stackctl.settings import Settings
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import Checkout

SETTINGS = Settings.model_validate({})


@pytest.fixture
def source(checkout: Checkout) -> TokenSource:
    return TokenSource(checkout.root, SETTINGS)


def file_with(folder: Path, text: str) -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(0o600)
    return path


def value(source: TokenSource) -> str:
    found = source.find()
    return found.get_secret_value() if found else ""


def test_a_file_overrides_the_environment_which_overrides_a_saved_token(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = TokenSource(checkout.root, SETTINGS)
    assert (value(source), source.is_available) == ("", False)
    given = TokenSource(checkout.root, SETTINGS, file_with(checkout.root, "glpat-file\n")).find()
    assert given
    source.save(given)
    assert (value(source), source.is_available) == ("glpat-file", True)
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-environment")
    assert value(source) == "glpat-environment"
    assert value(TokenSource(checkout.root, SETTINGS, file_with(checkout.root, " glpat-other \n"))) == "glpat-other"
    monkeypatch.setattr(sys, "stdin", io.StringIO("glpat-stdin\nmore\n"))
    assert value(TokenSource(checkout.root, SETTINGS, stdin=True)) == "glpat-stdin"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_file_that_others_can_read_is_refused(checkout: Checkout, mode: int) -> None:
    path = file_with(checkout.root, "glpat-x")
    path.chmod(mode)
    ran = checkout.stackctl("gitlab", "register", "--token-file", str(path))
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        f"error: {path} is a secret that other users of this server can read.\n\nhint: chmod 600 {path}\n",
    )


def test_a_saved_token_that_others_can_read_is_refused(checkout: Checkout, source: TokenSource) -> None:
    source.saved.parent.mkdir(parents=True)
    source.saved.write_text("glpat-x")
    with pytest.raises(CheckFailedError, match="other users of this server can read"):
        source.find()


@pytest.mark.parametrize("text", ["", "\n", "two words", "-----BEGIN CERTIFICATE-----\nabc\n", "tökén"])
def test_only_a_plausible_token_is_sent(checkout: Checkout, text: str) -> None:
    path = file_with(checkout.root, text)
    with pytest.raises(CheckFailedError) as caught:
        TokenSource(checkout.root, SETTINGS, path).find()
    assert caught.value.message == f"No token found in {path}."


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_file_that_cannot_be_read(checkout: Checkout, name: str) -> None:
    with pytest.raises(CheckFailedError, match="cannot be read: "):
        TokenSource(checkout.root, SETTINGS, checkout.root / name).find()


def test_without_a_terminal_there_is_no_prompt_for_a_token(checkout: Checkout, gitlab: Running) -> None:
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert ran.code == Exit.CHECK_FAILED
    assert "error: This needs a GitLab token. Can't prompt: not a terminal.\n" in ran.err
    assert "hint: Use --token-file FILE, --token-stdin or GITLAB_TOKEN.\n" in ran.err


def test_on_a_terminal_the_token_is_typed_unseen(source: TokenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: "glpat-typed")
    assert source.need().get_secret_value() == "glpat-typed"


def test_a_token_is_saved_only_on_request_and_deleted_by_revoke(checkout: Checkout, gitlab: Running) -> None:
    saved = checkout.root / ".stack" / "stackhub" / "gitlab-token"
    token = gitlab.control.add_token("root", ["api"])
    words = ("gitlab", "register", "--url", gitlab.url, "--token-stdin", "--save-token")
    assert checkout.stackctl(*words, stdin=token).code == Exit.DONE
    assert (saved.read_text(), saved.stat().st_mode & 0o777) == (token + "\n", 0o600)
    assert checkout.stackctl("gitlab", "rotate").code == Exit.DONE
    assert checkout.stackctl("gitlab", "revoke", "--confirm", "stackhub").code == Exit.DONE
    assert not saved.exists()
