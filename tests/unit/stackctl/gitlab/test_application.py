"""The stored application at GitLab."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from stackctl.gitlab import application
from stackctl.gitlab.application import Application, DesiredApplication
from stackctl.settings import Settings

SETTINGS = Settings.model_validate({"gitlab_url": "https://gitlab.example.org/git", "stack_title": "Data Lab"})
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)


def made(**changes: object) -> Application:
    desired = DesiredApplication.of(SETTINGS)
    values = {
        "client_id": "abc",
        "client_secret": SecretStr("gloas-secret"),
        "accounts": "gitlab.example.org/git",
        "url": SETTINGS.gitlab_url,
        "id": 7,
        "kind": "instance",
        "name": desired.name,
        "callback": desired.callback,
        "scopes": desired.scopes,
        "created": NOW,
        "renewed": NOW,
    }
    return Application.model_validate(values | changes)


def test_an_application_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    assert application.load(tmp_path, SETTINGS) is None
    application.save(tmp_path, SETTINGS, made())
    assert application.load(tmp_path, SETTINGS) == made()
    assert (tmp_path / ".stack/stackhub/hub/gitlab.json").exists()


def test_the_secret_is_not_printed() -> None:
    assert "gloas-secret" not in f"{made()!r} {made()} {made().model_dump()} {made().shown()}"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"gitlab_url": "https://gitlab.example.org"}, ["GITLAB_URL"]),
        ({"stack_http_port": 9000}, ["the callback"]),
        ({"gitlab_git": False, "stack_title": "Lab"}, ["the scopes", "the name"]),
    ],
)
def test_what_differs_from_the_settings(changes: dict[str, object], names: list[str]) -> None:
    assert made().differences(SETTINGS.model_copy(update=changes)) == names


def test_the_order_of_scopes_does_not_matter() -> None:
    assert made(scopes=("write_repository", "read_user", "openid")).differences(SETTINGS) == []


@pytest.mark.parametrize("before", [None, made(client_id="before")])
def test_a_failed_block_restores_the_previous_application(tmp_path: Path, before: Application | None) -> None:
    if before:
        application.save(tmp_path, SETTINGS, before)

    def fail() -> None:
        with application.saved(tmp_path, SETTINGS, made()):
            assert application.load(tmp_path, SETTINGS) == made()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert application.load(tmp_path, SETTINGS) == before


def test_forgetting_an_application_keeps_which_gitlab_it_was(tmp_path: Path) -> None:
    application.save(tmp_path, SETTINGS, made())
    application.forget(tmp_path, SETTINGS)
    assert application.load(tmp_path, SETTINGS) is None
    assert application.last_gitlab(tmp_path, SETTINGS) == (SETTINGS.gitlab_url, "gitlab.example.org/git")
    assert "secret" not in (tmp_path / ".stack/stackhub/gitlab-previous.json").read_text()


@pytest.mark.parametrize(
    ("url", "accounts"),
    [
        ("https://gitlab.example.org", "gitlab.example.org"),
        ("http://GitLab.example.org:8080/Git/", "gitlab.example.org:8080/Git"),
    ],
)
def test_accounts_are_a_gitlabs_address_without_its_scheme(url: str, accounts: str) -> None:
    assert application.accounts(url) == accounts
