"""What everybody has: a volume of the stack's that all write in, and a folder of the server's that all read."""

from __future__ import annotations

from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack

TRY = """
import os
for change in ({changes}):
    try:
        change()
        print('done')
    except OSError as error:
        print(error.strerror)
"""


def tried(person: Person, *changes: str) -> list[str]:
    """What the system says to changes that a person's kernel tries."""
    with Kernel(person) as kernel:
        return kernel.run(TRY.format(changes=", ".join(f"lambda: {change}" for change in changes) + ",")).splitlines()


def listed(person: Person, path: str) -> set[str]:
    """The names that JupyterLab lists in a folder."""
    return {item["name"] for item in person.server("GET", f"api/contents/{path}").json()["content"]}


def test_people_share_files_in_jupyterlab(stack: Stack, alice: Person, bob: Person) -> None:
    alice.start().write("shared/team/plan.txt", "hers")
    assert "shared" in listed(alice, "")
    assert listed(alice, "shared") == {"team", "datasets"}
    assert bob.start().read("shared/team/plan.txt") == "hers"
    bob.write("shared/team/plan.txt", "his")
    assert alice.read("shared/team/plan.txt") == "his"
    bob.server("DELETE", "api/contents/shared/team/plan.txt")
    assert "plan.txt" not in listed(alice, "shared/team")


def test_what_is_read_only_nobody_changes(stack: Stack, alice: Person) -> None:
    (table := stack.datasets / "table.csv").write_text("a,b\n")
    table.chmod(0o666)  # so that it is the mount that keeps it
    stack.datasets.chmod(0o777)
    assert alice.start().read("shared/datasets/table.csv") == "a,b\n"
    document = {"type": "file", "format": "text", "content": "other"}
    for name in ("table.csv", "new.csv"):
        answer = alice.http.put(f"{alice.server_url}api/contents/shared/datasets/{name}", json=document, timeout=30)
        assert not answer.ok
    there = "/home/jovyan/shared/datasets"
    changes = (f"open('{there}/table.csv', 'a')", f"os.mkdir('{there}/new')", f"os.remove('{there}/table.csv')")
    assert set(tried(alice, *changes)) == {"Read-only file system"}
    assert [path.name for path in stack.datasets.iterdir()] == ["table.csv"]
    assert table.read_text() == "a,b\n"


def test_a_person_has_nothing_lead_elsewhere(stack: Stack, alice: Person) -> None:
    """Neither the folders on the way to what is shared, which are root's, nor for good the link to it, which is theirs."""
    alice.start().write("shared/team/kept.txt", "kept")
    home = "/home/jovyan/shared"
    changes = (f"os.rename('{home}/team', '{home}/x')", f"os.rmdir('{home}/datasets')", f"os.symlink('/etc', '{home}/x')")
    assert all(output in ("Permission denied", "Device or resource busy") for output in tried(alice, *changes))
    refused = alice.http.delete(f"{alice.server_url}api/contents/shared", timeout=30)
    assert "not empty" in refused.json()["message"], "a slip in JupyterLab deletes nothing"
    assert tried(alice, "os.remove('shared')") == ["done"]
    alice.stop()
    assert alice.start().read("shared/team/kept.txt") == "kept"
