"""The operator's files in hub/conf.d: what counts beside ours, and what is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from traitlets.config import Config

from contract.container import COMMAND
from stackhub import conf_d
from stackhub.spawn import spawner_config
from stackhub.spawn.spawner import StackSpawner

OURS: Any = SimpleNamespace(
    **{"name": "lab", "named_servers": 0, "servers_memory": "90%", "ca_bundle": "/ca.pem", "shared_folders": ""},
    **{"notebook_environment": {}, "activity_interval": 60, "busy_limit": 0, "lang": "en", "start_timeout": 50},
    process_limit=1000,
)


def configured(folder: Path, *files: str, auth: str = "local") -> Config:
    """Our configuration with these files read after it."""
    c = Config()
    c.JupyterHub.services, c.JupyterHub.load_roles = [], []
    spawner_config.configure(c, OURS)
    for number, text in enumerate(files):
        (folder / f"{number}-own.py").write_text(text)
    conf_d.load(c, auth, folder)
    return c


def spawner(c: Config, option: str) -> Any:
    """What the spawner would have: its own section's before a more general one's."""
    return getattr(StackSpawner(config=c), option)


@pytest.mark.parametrize("section", conf_d.SPAWNERS)
@pytest.mark.parametrize("change", ["environment = {'X': 'y'}", "environment.update({'X': 'y'})"])
def test_variables_are_added_to_ours(tmp_path: Path, section: str, change: str) -> None:
    environment = spawner(configured(tmp_path, f"c.{section}.{change}"), "environment")
    assert environment["X"] == "y"
    assert environment["STACK_LANG"] == "en"


def test_ours_can_be_changed_by_name_and_files_add_up(tmp_path: Path) -> None:
    first, second = "c.Spawner.environment = {'A': '1', 'STACK_LANG': 'zh-CN'}", "c.StackSpawner.environment = {'B': '2'}"
    environment = spawner(configured(tmp_path, first, second), "environment")
    assert (environment["A"], environment["B"], environment["STACK_LANG"]) == ("1", "2", "zh-CN")


@pytest.mark.parametrize("section", conf_d.SPAWNERS)
@pytest.mark.parametrize(("option", "value"), [("default_url", "/tree"), ("start_timeout", 300), ("debug", True)])
def test_what_ours_sets_in_a_more_special_class_gives_way(tmp_path: Path, section: str, option: str, value: Any) -> None:
    assert spawner(configured(tmp_path, f"c.{section}.{option} = {value!r}"), option) == value


@pytest.mark.parametrize("second", ["c.Spawner.environment.update({'B': '2'})", "c.Spawner.environment = {'B': '2'}"])
def test_a_second_file_adds_to_the_same_option(tmp_path: Path, second: str) -> None:
    first = "c.Spawner.environment.update({'A': '1'})\nc.Spawner.args.append('--debug')"
    c = configured(tmp_path, first, second + "\nc.Spawner.args.append('--more')")
    environment = spawner(c, "environment")
    assert (environment["A"], environment["B"], environment["STACK_LANG"]) == ("1", "2", "en")
    assert spawner(c, "args") == [*COMMAND[1:], "--debug", "--more"]


def test_the_special_class_wins(tmp_path: Path) -> None:
    text = "c.StackSpawner.start_timeout = 200\nc.Spawner.start_timeout = 100"
    assert spawner(configured(tmp_path, text), "start_timeout") == 200


def test_a_list_is_extended(tmp_path: Path) -> None:
    c = configured(tmp_path, "c.Spawner.args.append('--debug')")
    assert spawner(c, "args") == [*COMMAND[1:], "--debug"]


def test_a_hook_counts(tmp_path: Path) -> None:
    c = configured(tmp_path, "def hook(spawner): pass\nc.Spawner.pre_spawn_hook = hook")
    assert spawner(c, "pre_spawn_hook").__name__ == "hook"


@pytest.mark.parametrize("section", conf_d.SPAWNERS)
@pytest.mark.parametrize("option", ["mem_limit", "image", "volumes", "extra_host_config", "remove", "network_name"])
def test_what_would_have_no_effect_is_refused(tmp_path: Path, section: str, option: str) -> None:
    with pytest.raises(SystemExit, match=rf"^hub/conf.d/1-own.py line 2: c.{section}.{option} has no effect here. \w"):
        configured(tmp_path, "c.Spawner.debug = True", f"# limits\nc.{section}.{option} = 'x'")


@pytest.mark.parametrize(
    ("auth", "text", "setting"),
    [
        ("gitlab", "c.GitLabOAuthenticator.allowed_users = {'alice'}", "GITLAB_ALLOWED_USERS"),
        ("gitlab", "c.Authenticator.admin_users = {'alice'}", "GITLAB_ADMIN_USERS"),
        ("gitlab", "c.OAuthenticator.allowed_groups.add('x')", "GITLAB_ALLOWED_GROUPS"),
        ("pam", "c.Authenticator.allowed_users = {'alice'}", "STACK_PAM_GROUP"),
        ("gitlab", "c.JupyterHub.authenticator_class = 'dummy'", "STACK_AUTH"),
    ],
)
def test_who_may_sign_in_is_a_setting(tmp_path: Path, auth: str, text: str, setting: str) -> None:
    with pytest.raises(SystemExit, match=rf"has no effect here. Set {setting} in .env.$"):
        configured(tmp_path, text, auth=auth)
    if "class" not in text:
        configured(tmp_path, text, auth="generic-oauth")


def test_another_spawner_is_refused_unless_it_is_made_from_ours(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"line 1: c.JupyterHub.spawner_class has no effect here. The Docker"):
        configured(tmp_path, "c.JupyterHub.spawner_class = 'dockerspawner.DockerSpawner'")
    made = "class Own(c.JupyterHub.spawner_class): pass\nc.JupyterHub.spawner_class = Own"
    assert configured(tmp_path, made).JupyterHub.spawner_class.__name__ == "Own"


def test_a_file_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(NameError) as caught:
        configured(tmp_path, "\nc.x = nonsense")
    assert caught.traceback[-1].path == tmp_path / "0-own.py"
    assert caught.traceback[-1].lineno == 1
