"""What compose.yaml hands to the hub."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackhub.settings import Settings
from tests.checkout import ROOT

ENVIRON = {
    "STACK_NAME": "team",
    "STACK_LANG": "zh-CN",
    "STACK_BASE_URL": "/jupyter/",
    "STACK_SUBDOMAINS": "off",
    "STACKCTL_PUBLIC_URL": "http://127.0.0.1:8000/jupyter/",
    "STACK_AUTH": "local",
    "GITLAB_URL": "https://gitlab.example.org/gitlab",
    "GITLAB_CA_FILE": "",
    "GITLAB_ALLOW_ALL": "false",
    "GITLAB_ALLOWED_GROUPS": "data/lab:developer",
    "GITLAB_ADMIN_GROUPS": "ops",
    "GITLAB_ALLOWED_USERS": "alice",
    "GITLAB_ADMIN_USERS": "id:42",
    "GITLAB_GIT": "true",
    "STACK_PAM_GROUP": "lab",
    "STACK_PAM_ADMIN_GROUP": "sudo",
    "STACK_CA_BUNDLE": "/etc/company.pem",
    "STACK_SERVERS_MEMORY": "90%",
    "STACK_NAMED_SERVERS": "3",
    "STACK_PROCESS_LIMIT": "300",
    "STACK_SHARED_FOLDERS": "team,/srv/datasets:ro",
    "STACK_START_TIMEOUT": "60",
    "STACK_IDLE_TIMEOUT": "0",
    "STACK_BUSY_LIMIT": "86400",
    "STACKCTL_NOTEBOOK_ENVIRONMENT": '{"HTTP_PROXY": "http://proxy:3128"}',
}


def test_values_have_their_types() -> None:
    assert Settings.from_environ(ENVIRON) == Settings(
        name="team",
        lang="zh-CN",
        base_url="/jupyter/",
        subdomains=False,
        public_url="http://127.0.0.1:8000/jupyter",
        auth="local",
        gitlab_url="https://gitlab.example.org/gitlab",
        gitlab_own_ca=False,
        gitlab_rules={
            "allow_all": "false",
            "allowed_groups": "data/lab:developer",
            "admin_groups": "ops",
            "allowed_users": "alice",
            "admin_users": "id:42",
        },
        gitlab_git=True,
        pam_group="lab",
        pam_admin_group="sudo",
        ca_bundle="/etc/company.pem",
        servers_memory="90%",
        named_servers=3,
        process_limit=300,
        shared_folders="team,/srv/datasets:ro",
        start_timeout=60,
        idle_timeout=0,
        busy_limit=86400,
        notebook_environment={"HTTP_PROXY": "http://proxy:3128"},
    )


@pytest.mark.parametrize("empty", [{"STACKCTL_NOTEBOOK_ENVIRONMENT": ""}, {}])
def test_without_stackctl_notebooks_get_no_environment(empty: dict[str, str]) -> None:
    given = {name: value for name, value in ENVIRON.items() if name != "STACKCTL_NOTEBOOK_ENVIRONMENT"}
    assert Settings.from_environ(given | empty).notebook_environment == {}


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="STACK_AUTH"):
        Settings.from_environ({name: value for name, value in ENVIRON.items() if name != "STACK_AUTH"})


def test_compose_hands_over_each_of_them() -> None:
    hub = re.split(r"^  (?=\w+:$)", Path(ROOT / "compose.yaml").read_text(), flags=re.MULTILINE)
    (service,) = (part for part in hub if part.startswith("hub:\n    <<"))
    assert set(ENVIRON) <= set(re.findall(r"^      ((?:STACK|GITLAB)\w+):", service, re.MULTILINE))
