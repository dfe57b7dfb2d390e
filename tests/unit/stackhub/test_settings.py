"""The hub's settings from compose.yaml."""

from __future__ import annotations

import re

import pytest
import yaml

from stackctl.settings import DEFAULTS
from stackhub.settings import Settings
from tests.support.checkout import ROOT

ENVIRON = DEFAULTS | {
    "STACK_NAME": "team",
    "STACK_LANG": "zh-CN",
    "STACK_BASE_URL": "/jupyter/",
    "STACKCTL_PUBLIC_URL": "http://127.0.0.1:8000/jupyter/",
    "GITLAB_URL": "https://gitlab.example.org/gitlab",
    "GITLAB_ALLOWED_GROUPS": "data/lab:developer",
    "GITLAB_ADMIN_GROUPS": "ops",
    "GITLAB_ALLOWED_USERS": "alice",
    "GITLAB_ADMIN_USERS": "id:42",
    "STACK_PAM_GROUP": "lab",
    "STACK_PAM_ADMIN_GROUP": "sudo",
    "STACK_CA_BUNDLE": "/etc/company.pem",
    "STACK_NAMED_SERVERS": "3",
    "STACK_PROCESS_LIMIT": "300",
    "STACK_SHARED_FOLDERS": "team,/srv/datasets:ro",
    "STACK_IDLE_TIMEOUT": "0",
    "STACKCTL_NOTEBOOK_ENVIRONMENT": '{"HTTP_PROXY": "http://proxy:3128"}',
}


def test_values_have_their_types() -> None:
    settings = Settings.from_environ(ENVIRON)
    assert (settings.name, settings.base_url, settings.lang) == ("team", "/jupyter/", "zh-CN")
    assert (settings.named_servers, settings.idle_timeout, settings.busy_limit) == (3, 0, 86400)
    assert Settings.from_environ(ENVIRON | {"STACK_IDLE_TIMEOUT": "8h"}).idle_timeout == 8 * 3600
    assert (settings.subdomains, settings.gitlab_git) == (False, True)
    assert Settings.from_environ(ENVIRON | {"STACK_SUBDOMAINS": "on", "GITLAB_GIT": "False"}).subdomains is True
    assert Settings.from_environ(ENVIRON | {"STACK_SUBDOMAINS": "on", "GITLAB_GIT": "False"}).gitlab_git is False
    assert settings.public_url == "http://127.0.0.1:8000/jupyter"
    assert settings.notebook_environment == {"HTTP_PROXY": "http://proxy:3128"}
    assert settings.gitlab_rules == {
        "allow_all": "false",
        "allowed_groups": "data/lab:developer",
        "admin_groups": "ops",
        "allowed_users": "alice",
        "admin_users": "id:42",
    }


@pytest.mark.parametrize("empty", [{"STACKCTL_NOTEBOOK_ENVIRONMENT": ""}, {}])
def test_without_stackctl_notebooks_get_no_environment(empty: dict[str, str]) -> None:
    environ = {name: value for name, value in ENVIRON.items() if name != "STACKCTL_NOTEBOOK_ENVIRONMENT"}
    assert Settings.from_environ(environ | empty).notebook_environment == {}


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="STACK_AUTH"):
        Settings.from_environ({name: value for name, value in ENVIRON.items() if name != "STACK_AUTH"})


def test_compose_passes_all_of_them_with_stackctls_defaults() -> None:
    variables = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["hub"]["environment"]
    passed = {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value) for name, value in variables.items()}
    assert Settings.from_environ(passed | {"STACKCTL_NOTEBOOK_ENVIRONMENT": ""}).busy_limit == 86400
    assert {name: value for name, value in passed.items() if name in DEFAULTS} == {
        name: DEFAULTS[name] for name in passed if name in DEFAULTS
    }
