"""The stack on the newest Docker, Compose and Python that Debian has, on a server that has nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from packaging.version import Version

from tests.support.debian import newest_debian
from tests.support.kernel import Kernel
from tests.support.moved import stack_on_a_server
from tests.support.person import Person
from tests.support.running import Stack


@pytest.fixture(scope="module")
def newest(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running stack."""
    with stack_on_a_server(tmp_path_factory.mktemp("newest"), newest_debian()) as stack:
        yield stack


@pytest.fixture(scope="module")
def person(newest: Stack) -> Person:
    """Somebody with an account there."""
    return Person(newest, "alice", newest.add_user("alice"))


def test_docker_compose_and_python_are_newer_than_most_servers_have(newest: Stack) -> None:
    engine = newest.run("docker", "version", "--format", "{{.Server.Version}}").out
    compose = newest.run("docker", "compose", "version", "--short").out
    python = newest.run(".venv/bin/python", "--version").out.split()[1]
    print(f"Docker {engine.strip()}, Compose {compose.strip()}, Python {python}")
    assert Version(engine.partition("+")[0]) >= Version("28.5")
    assert Version(compose.strip().partition("-")[0]) >= Version("2.40")
    assert Version(python) >= Version("3.14")


def test_up_builds_nothing_and_prints_the_address(newest: Stack) -> None:
    assert "Building" not in newest.first_up.err
    assert "The stack is running: " in newest.first_up.err
    assert "Nothing to change." in newest.ctl("up", "--yes").err


def test_people_sign_in_and_run_code(newest: Stack, person: Person) -> None:
    with Kernel(person.start()) as kernel:
        assert kernel.run("print(6 * 7)") == "42"


def test_a_kernel_goes_on_through_a_restart(newest: Stack, person: Person) -> None:
    with Kernel(person.start()) as kernel:
        kernel.run("kept = 'kept'")
        assert "Restarted: gate, hub, nginx, proxy, walls." in newest.ctl("restart").err
        again = Kernel(person, ident=kernel.ident)
        assert again.run("print(kept)") == "kept"
        again.leave()


def test_doctor_finds_no_fault(newest: Stack) -> None:
    output = newest.ctl("doctor")
    assert "✓ Docker Engine 2" in str(output)
    assert "✓ A notebook reaches no other notebook server" in str(output)


@pytest.mark.full
def test_down_and_up_keep_accounts_and_files(newest: Stack, person: Person) -> None:
    person.start().write("kept.txt", "kept")
    newest.ctl("down")
    assert newest.services() == {}
    assert newest.servers() == {}
    newest.ctl("up", "--yes")
    assert person.start().read("kept.txt") == "kept"
