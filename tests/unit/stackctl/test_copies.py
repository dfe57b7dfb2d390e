"""Facts that stand twice because Compose and people read them elsewhere: each copy against its source."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import cast, get_args

import pytest
import yaml

from stackctl import __version__
from stackctl.settings import DEFAULTS, Settings
from stackctl.stack import accounts
from stackhub.auth import membership
from stackhub.spawn.spawner import StackSpawner
from tests.support.checkout import ROOT

BUILT = ["compose.yaml", "singleuser/compose.yaml"]


def test_env_example_lists_every_setting_with_its_default() -> None:
    lines = re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert dict(lines) == DEFAULTS
    assert len(lines) == len(DEFAULTS)


def test_env_example_says_why_for_every_setting() -> None:
    paragraphs = (ROOT / ".env.example").read_text().split("\n\n")
    settings = [paragraph for paragraph in paragraphs if re.search(r"^# [A-Z_]+=", paragraph, re.MULTILINE)]
    assert [paragraph for paragraph in settings if not re.match(r"# [\w ]+[^=\n]+\.", paragraph)] == []


@pytest.mark.parametrize("path", [*BUILT, "nginx/ports.yaml"])
def test_defaults_in_compose_files(path: str) -> None:
    used = re.findall(r"\$\{((?:STACK|GITLAB)_\w+):-([^${}]*)\}", (ROOT / path).read_text())
    assert used
    public = Settings.model_validate({"stack_host": "hub.example.org"})
    port = {("STACK_HTTP_PORT", str(public.stack_http_port))} if path == "nginx/ports.yaml" else set()
    assert set(used) <= set(DEFAULTS.items()) | port


def test_every_way_to_sign_in_has_the_hubs_rights() -> None:
    rights = yaml.safe_load((ROOT / "hub" / "sign-in.yaml").read_text())["services"]
    assert set(rights) == {f"hub-{way}" for way in get_args(Settings.model_fields["stack_auth"].annotation)}


@pytest.mark.parametrize("path", BUILT)
def test_version_labels_in_compose_files(path: str) -> None:
    labels = re.findall(r"image\.version: (.*)", (ROOT / path).read_text())
    written = {label for label in labels if label != "*version"}
    assert {re.sub(r"&version |\"", "", label) for label in written} == {__version__}


@pytest.mark.parametrize("users", ["", ",", " , ", "alice", "id:1"])
def test_whether_anybody_may_enter(users: str) -> None:
    settings = Settings.model_construct(gitlab_allowed_users=users)
    assert settings.nobody_may_sign_in == membership.Rules.parse("false", "", "", users, "").nobody


@pytest.mark.parametrize("info", [None, {}, {"owner": "42#gitlab.example.org"}])
def test_under_what_files_stand(info: dict[str, str] | None) -> None:
    orm_user = SimpleNamespace(name="alice", user_info=info)
    owner = cast(property, StackSpawner.__dict__["owner"])
    assert owner.__get__(SimpleNamespace(user=orm_user)) == accounts.owner({"name": "alice", "user_info": info})
