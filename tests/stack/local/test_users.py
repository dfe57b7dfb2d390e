"""`stackctl users`: list, add, passwd, remove."""

from __future__ import annotations

import json

import requests

from tests.support.person import Person
from tests.support.running import Stack


def listed(stack: Stack) -> dict[str, dict[str, object]]:
    return {item["name"]: item for item in json.loads(stack.ctl("users", "list", "--json").out)}


def test_a_generated_password_is_the_only_thing_on_stdout(stack: Stack) -> None:
    output = stack.ctl("users", "add", "gwen")
    assert output.out.count("\n") == 1
    assert output.out.strip() not in output.err
    assert Person(stack, "gwen", output.out.strip()).sign_in()[1].status_code == 302


def test_a_password_from_stdin_is_not_shown(stack: Stack) -> None:
    output = stack.ctl("users", "add", "piet", "--password-stdin", stdin="from a pipe: ünï\n")
    assert output.out == ""
    assert "from a pipe" not in output.err
    assert Person(stack, "piet", "from a pipe: ünï").sign_in()[1].status_code == 302
    stack.ctl("users", "passwd", "piet", "--password-stdin", stdin="another pass-phrase\n")
    assert Person(stack, "piet", "another pass-phrase").sign_in()[1].status_code == 302


def test_a_password_that_will_not_do_is_refused_with_the_rule(stack: Stack) -> None:
    for password in ("short\n", "x" * 73 + "\n"):
        output = stack.ctl("users", "add", "weak", "--password-stdin", stdin=password, code=1)
        assert "Passwords must have at least 8 characters and at most 72 bytes." in output.err
    assert "No password on standard input." in stack.ctl("users", "add", "weak", "--password-stdin", code=1).err
    assert "weak" not in listed(stack)


def test_list_shows_administrators_and_running_servers(stack: Stack, alice: Person) -> None:
    alice.start()
    stack.add_user("chief", "--admin")
    found = listed(stack)
    assert (found["admin"]["admin"], found["chief"]["admin"], found["alice"]["admin"]) == (True, True, False)
    assert found["alice"]["server"] == "running"
    assert "alice" in stack.ctl("users", "list").out


def test_an_unknown_user_is_named_with_those_there_are(stack: Stack, alice: Person) -> None:
    for command in ("passwd", "remove"):
        output = stack.ctl("users", command, "nobody", code=1)
        assert "There is no user 'nobody'." in output.err
        assert alice.name in output.err


def test_a_removed_user_is_out_and_a_new_one_of_that_name_hears_of_the_files(stack: Stack) -> None:
    person = Person(stack, "leaver", stack.add_user("leaver")).start()
    person.write("left.txt", "left")
    output = stack.ctl("users", "remove", "leaver")
    assert "The files are kept in the volume" in output.err
    assert "leaver" not in stack.servers()
    assert person.sign_in()[1].status_code == 403
    assert person.http.get(f"{person.server_url}api/contents", timeout=10, allow_redirects=False).status_code != 200

    again = stack.ctl("users", "add", "leaver")
    assert "Files of a deleted user leaver exist" in again.err
    assert Person(stack, "leaver", again.out.strip()).start().read("left.txt") == "left"


def test_removing_the_files_too_takes_the_name(stack: Stack) -> None:
    Person(stack, "gone", stack.add_user("gone")).start()
    volume = f"{stack.name}-user-gone"
    assert "--confirm gone" in stack.ctl("users", "remove", "gone", "--delete-files", code=3).err
    output = stack.ctl("users", "remove", "gone", "--delete-files", "--confirm", "alice", code=3)
    assert "the name is 'gone', not 'alice'" in output.err
    assert "gone" in listed(stack)
    assert volume in stack.volumes()
    stack.ctl("users", "remove", "gone", "--delete-files", "--confirm", "gone")
    assert "gone" not in listed(stack)
    assert volume not in stack.volumes()


def test_the_file_with_the_first_password_goes_when_it_is_no_longer_right(stack: Stack) -> None:
    file = stack.root / ".stack" / stack.name / "admin-password"
    first = file.read_text()
    stack.ctl("users", "passwd", "admin")
    assert not file.exists()
    stack.ctl("users", "passwd", "admin", "--password-stdin", stdin=first)
    file.write_text(first)  # other tests read it
    file.chmod(0o600)


def test_the_last_administrator_stays(stack: Stack) -> None:
    for name in [name for name, user in listed(stack).items() if user["admin"] and name != "admin"]:
        stack.ctl("users", "remove", name)
    assert "admin is the only administrator." in stack.ctl("users", "remove", "admin", code=1).err
    assert listed(stack)["admin"]["admin"]


def test_an_offer_of_http2_is_answered_as_http1(stack: Stack) -> None:
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAA"}
    assert requests.get(f"{stack.url}/hub/login", headers=offer, timeout=10).status_code == 200
