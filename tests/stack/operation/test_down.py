"""`down` keeps everything, every command says so meanwhile, and the next `up` brings it back."""

from __future__ import annotations

import json

from tests.support.person import Person
from tests.support.running import Stack


def test_down_and_up_keep_accounts_and_files(stack: Stack, alice: Person) -> None:
    alice.start().write("kept.txt", "kept")
    volumes = stack.volumes()
    output = stack.ctl("down")
    assert "All files and accounts are kept. Start again: bin/stackctl up" in output.err
    assert stack.services() == {}
    assert stack.servers() == {}
    assert stack.volumes() == volumes
    everything_says_that_it_is_not_running(stack)

    stack.docker.volumes.get(shared := f"{stack.name}-shared-team").remove()
    stack.run("docker", "compose", "create")  # as far as an `up` that was interrupted had come
    assert f"{shared}: create (a shared folder)" in stack.ctl("up", "--yes").err
    assert alice.sign_in()[1].status_code == 302
    assert alice.http.get(f"{stack.url}/hub/api/user", timeout=10).ok, "her token"
    assert alice.start().read("kept.txt") == "kept"
    alice.write("shared/team/new.txt", "in a new volume")


def everything_says_that_it_is_not_running(stack: Stack) -> None:
    assert json.loads(stack.ctl("status", "--json", code=4).out)["state"] == "stopped"
    assert f"{stack.name} is stopped" in stack.ctl("status", code=4).out
    for command in (("restart",), ("logs",), ("users", "list"), ("users", "add", "early")):
        assert "stackctl up" in stack.ctl(*command, code=4).err, command
    assert "Nothing to stop." in stack.ctl("down").err
