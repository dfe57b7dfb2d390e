"""The operator's own files in hub/conf.d, as upstream's pages have them, and what they may not say."""

from __future__ import annotations

import pytest

from tests.support.person import Person
from tests.support.running import Stack

ASSIGNED = """
c.JupyterHub.services = [{"name": "announcement", "api_token": "0123456789abcdef"}]
c.JupyterHub.load_roles = [{"name": "announcement", "scopes": ["list:users"], "services": ["announcement"]}]
c.DockerSpawner.environment = {"TEAM": "physics"}
"""


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    running.become(files={"hub/conf.d/own.py": ASSIGNED})
    return running


def test_lists_and_variables_are_added_to_ours(stack: Stack, alice: Person) -> None:
    assert "alice" in stack.ctl("users", "list").out, "stackctl's rights"
    log = stack.services()["hub"].logs().decode()
    assert "Starting managed service culler" in log
    assert "Adding external service announcement" in log
    alice.start()
    given = dict(entry.partition("=")[::2] for entry in stack.servers()["alice"].attrs["Config"]["Env"])
    assert (given["TEAM"], given["STACK_BUSY_LIMIT"]) == ("physics", "86400")


def test_what_has_no_effect_is_named_by_the_command(stack: Stack) -> None:
    limit = stack.root / "hub" / "conf.d" / "limit.py"
    limit.write_text("# more for everybody\nc.Spawner.mem_limit = '8G'\n")
    told = stack.ctl("restart", "hub", code=1).err
    assert "hub/conf.d/limit.py line 2: c.Spawner.mem_limit has no effect here." in told
    assert "singleuser/sizes.local.yaml" in told
    limit.unlink()
    stack.ctl("restart", "hub")


def test_a_provider_without_settings_does_not_come_up(stack: Stack) -> None:
    stack.configure(STACK_AUTH="github")
    assert "STACK_AUTH=github needs client_id and client_secret in hub/conf.d" in stack.ctl("up", "--yes", code=1).err
    own = stack.root / "hub" / "conf.d" / "own.py"
    own.write_text("c.GitHubOAuthenticator.client_id = c.GitHubOAuthenticator.client_secret = 'x'")
    assert "STACK_AUTH=github: nobody may sign in. Set allowed_users" in stack.ctl("restart", "hub", code=1).err
    own.write_text(own.read_text() + "\nc.GitHubOAuthenticator.allowed_users = {'alice'}\n")
    stack.ctl("restart", "hub")
    stack.become()
