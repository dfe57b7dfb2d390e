"""A stack from before notebook servers had a user number that is nobody's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from contract.users import FORMER_NOTEBOOK, NOTEBOOK
from tests.support.person import Person
from tests.support.running import Stack

FORMER = f"""
cd /volume
rm -rf project && mkdir -p project/deep && echo mine > project/deep/data.txt
ln -s /etc/passwd project/link && echo root > root.txt
chown -R -h {FORMER_NOTEBOOK}:{FORMER_NOTEBOOK} . && chown 0:0 root.txt
"""
OWNERS = "find /volume -printf '%U:%G %P\\n'"


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    running.become()
    return running


def in_volume(stack: Stack, volume: str, script: str) -> str:
    """What a shell script prints as root, with the volume at /volume."""
    image, mount = f"{stack.name}-hub", {volume: {"bind": "/volume", "mode": "rw"}}
    options = {"entrypoint": ["sh", "-ec"], "user": "0", "remove": True, "network_mode": "none"}
    output = stack.docker.containers.run(image, [script], volumes=mount, **options)  # type: ignore[call-overload]
    return str(output.decode())


@pytest.fixture
def former(stack: Stack, new_person: Callable[[str], Person]) -> Iterator[tuple[Person, str]]:
    """Somebody whose files belong to the former user, and their volume."""
    person = new_person("veteran").start()
    person.stop()
    (volume,) = (name for name in stack.volumes() if name.endswith("-veteran"))
    in_volume(stack, volume, FORMER)
    yield person, volume
    if person.is_ready():
        person.stop()


def test_up_gives_the_files_to_the_new_user_once(stack: Stack, former: tuple[Person, str]) -> None:
    person, volume = former
    planned = stack.ctl("up", "--dry-run").err
    assert f"{volume}: give its files to user id {NOTEBOOK} (they belong to {FORMER_NOTEBOOK})" in planned
    assert "doctor" not in planned
    stack.ctl("up", "--yes")
    owners = {line.split()[0] for line in in_volume(stack, volume, OWNERS).splitlines()}
    assert owners == {f"{NOTEBOOK}:{NOTEBOOK}", "0:0"}, "root's file stays root's"
    assert person.start().read("project/deep/data.txt") == "mine\n"
    person.write("new.txt", "written")
    assert "Nothing to change." in stack.ctl("up", "--yes").err


def test_an_interrupted_change_goes_on(stack: Stack, former: tuple[Person, str]) -> None:
    """The top folder changes last: while it has its former owner, not all was done."""
    person, volume = former
    in_volume(stack, volume, f"chown -R {NOTEBOOK}:{NOTEBOOK} /volume/project/deep")
    stack.ctl("up", "--yes")
    assert f"{FORMER_NOTEBOOK}:" not in in_volume(stack, volume, OWNERS)
    assert person.start().read("project/deep/data.txt") == "mine\n"


def test_up_waits_for_servers_of_the_former_user(stack: Stack, former: tuple[Person, str]) -> None:
    _, volume = former
    labels = {"stackhub.stack": stack.name, "stackhub.user": "veteran", "stackhub.server": ""}
    image = f"{stack.name}-singleuser-base"
    server = stack.docker.containers.run(
        image, ["sleep", "600"], user=str(FORMER_NOTEBOOK), labels=labels, detach=True, init=True
    )
    try:
        told = stack.ctl("up", "--yes", code=3).err
        assert f"1 notebook server runs as user id {FORMER_NOTEBOOK}." in told
        assert f"{FORMER_NOTEBOOK}:{FORMER_NOTEBOOK}" in in_volume(stack, volume, OWNERS)
    finally:
        server.remove(force=True)
    stack.ctl("up", "--yes")


def test_the_servers_first_account_cannot_look_into_a_notebook_server(stack: Stack, former: tuple[Person, str]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can act as another account")
    person, _ = former
    stack.ctl("up", "--yes")
    person.start()
    server = stack.servers()["veteran"]
    pid = server.attrs["State"]["Pid"]
    command = ["setpriv", f"--reuid={FORMER_NOTEBOOK}", f"--regid={FORMER_NOTEBOOK}", "--clear-groups"]
    for attempt in (f"cat /proc/{pid}/environ", f"ls /proc/{pid}/root/home/jovyan/work", f"kill -0 {pid}"):
        ran = subprocess.run([*command, "sh", "-c", attempt], capture_output=True, text=True, check=False)
        assert ran.returncode != 0, attempt
        assert ran.stdout == ""
