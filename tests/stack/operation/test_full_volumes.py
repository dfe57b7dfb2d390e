"""No space left, on the hub's volume or a person's: what runs goes on, people read why, and with space all is as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import yaml

from contract.users import NOTEBOOK
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack

FULL = "The disk of this server is full, so notebook servers can’t be started or stopped."
FILLER = "/srv/jupyterhub/filler"


def make_volume(stack: Stack, name: str, size: str, user: int, **labels: str) -> None:
    """Make a volume in memory of a size such as "3m"."""
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={size},uid={user},gid={user},mode=700"}
    stack.docker.volumes.create(name, driver="local", driver_opts=options, labels=labels)


def test_a_full_volume_of_a_person_shows_when_they_save(stack: Stack, new_person: Callable[[str], Person]) -> None:
    caspar = new_person("caspar")
    labels = {"stackhub.stack": stack.name, "stackhub.user": "caspar"}
    make_volume(stack, f"{stack.name}-user-caspar", "2m", NOTEBOOK, **labels)
    with Kernel(caspar.start()) as kernel:
        caspar.write("late.txt", "late")
        kernel.run("open('filler', 'wb', 0).write(bytes(3_000_000))")
        document = {"type": "file", "format": "text", "content": "a" * 5000}
        refused = caspar.http.put(f"{caspar.server_url}api/contents/late.txt", json=document, timeout=30)
        assert refused.status_code == 500
        assert "No space left on device" in refused.json()["message"]
        assert caspar.read("late.txt") == "late"
        kernel.run("import os; os.remove('filler')")
        caspar.write("late.txt", "saved")
        assert caspar.read("late.txt") == "saved"
    caspar.stop()


@pytest.fixture
def hub_with_small_volume(stack: Stack) -> Iterator[None]:
    """The hub, with other accounts meanwhile, on a volume of 3 MB. The next `up` gives it its own again."""
    password, override = stack.root / ".stack" / stack.name / "admin-password", stack.root / "compose.override.yaml"
    own = password.read_text()
    make_volume(stack, small := f"{stack.name}-small", "3m", 990)
    override.write_text(yaml.safe_dump({"volumes": {"hub": {"name": small, "external": True}}}))
    try:
        stack.services()["hub"].remove(force=True)  # to Compose another name of a volume is no change
        stack.ctl("up", "--yes")
        yield
    finally:
        override.unlink()
        password.write_text(own)
        stack.services()["hub"].remove(force=True)
        stack.docker.volumes.get(small).remove()


@pytest.mark.full
@pytest.mark.usefixtures("hub_with_small_volume")
def test_a_full_hub_volume_ends_nothing_and_begins_nothing(stack: Stack) -> None:
    vera, walt = (Person(stack, name, stack.add_user(name)) for name in ("vera", "walt"))
    with Kernel(vera.start()) as kernel:
        kernel.run("remembered = 'before'")
        browser, xsrf = walt.browse()
        assert not walt.is_ready()
        stack.inside("hub", f"dd if=/dev/zero of={FILLER} bs=4k")
        for answer in (walt.hub("POST", "/server"), vera.hub("DELETE", "/server")):
            assert answer.status_code == 500
            assert answer.json()["message"].startswith(FULL)
        assert FULL in browser.post(f"{stack.url}/hub/spawn", {"_xsrf": xsrf}, timeout=30).text
        assert walt.sign_in()[1].status_code == 302
        with Kernel(vera, kernel.ident) as again:
            assert again.run("print(remembered)") == "before"
        stack.inside("hub", f"rm {FILLER}")
    vera.stop()
    walt.start().stop()
