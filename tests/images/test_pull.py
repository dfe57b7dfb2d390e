"""Pulls from a real registry, and from one that goes wrong; the commands as somebody types them."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import docker.errors
import pytest

from stackctl.catalogue import IMAGES, LOCAL_IMAGES, SIZES, Image, edit
from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.images.lock import FILE, Lock, Locked
from stackctl.images.pull import pull
from tests.support.checkout import ROOT, STACK
from tests.support.machine import apt_install
from tests.support.registry import PROGRAM, Faults, Proxy, Registry, noise, proxy, registry
from tests.support.server import server

NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", ".stack", ".env", ".*_cache", "__pycache__", "docs", "tests")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Debian's registry, installed where it is missing."""
    if not Path(PROGRAM).exists():
        apt_install("docker-registry")
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def served(real: Registry) -> Iterator[Proxy]:
    """The registry as Docker sees it; what was pulled from there is gone afterwards."""
    with proxy(real) as front:
        yield front
    forget(front)


def forget(front: Proxy) -> None:
    """Remove every image that was pulled from a registry."""
    client = docker.from_env()
    for found in client.api.images():
        for name in [*(found["RepoTags"] or []), *(found["RepoDigests"] or [])]:
            if name.startswith(front.address):
                with contextlib.suppress(docker.errors.ImageNotFound):  # the last name took the others with it
                    client.images.remove(name)


@pytest.fixture
def engine(engine_ready: None) -> Engine:
    return Engine()


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    return Lock(tmp_path / "images.lock")


def image(server: Proxy, name: str, tag: str = "1") -> Image:
    return Image(name=name, reference=f"{server.address}/lab/{name}:{tag}", title={"en": name})


def test_several_at_once_and_one_that_fails_keeps_none_back(
    engine: Engine, real: Registry, served: Proxy, lock: Lock
) -> None:
    names = ["one", "two", "three", "four"]
    for name in names:
        real.push(f"lab/{name}", noise(300_000))
    served.faults = Faults(only="/lab/two/", status=404)
    failed = pull(engine, lock, [image(served, name) for name in names])
    assert list(failed) == ["two"]
    assert all(engine.has_image(image(served, name).reference) for name in ["one", "three", "four"])


def test_one_that_waits_for_another_on_a_slow_line_is_not_given_up(
    engine: Engine, real: Registry, served: Proxy, lock: Lock
) -> None:
    names = ["first", "second"]
    for name in names:
        real.push(f"lab/{name}", *(noise(300_000) for _ in range(3)))  # as many as Docker fetches at once
    served.faults = Faults(only="/blobs/", rate=50_000)
    assert pull(engine, lock, [image(served, name) for name in names], stall_timeout=3) == {}
    assert all(engine.has_image(image(served, name).reference) for name in names)


@pytest.mark.parametrize(
    ("faults", "sentence", "hint"),
    [
        (Faults(status=401), "denies access to", "docker login 127.0.0.1:"),
        (Faults(status=403), "denies access to", "docker login 127.0.0.1:"),
        (Faults(status=404), "has no 127.0.0.1:", "images search nb"),
        (Faults(status=429), "refuses more pulls", "docker login 127.0.0.1:"),
        (Faults(status=503), "returned a server error", "in a minute"),
        (Faults(silent=True), "does not answer", "Run this again"),
        (Faults(only="/blobs/", silent=True), "does not answer", "Run this again"),
        (Faults(only="/blobs/", cut=1), "broke off", "Run this again"),
    ],
    ids=lambda value: str(value) if isinstance(value, Faults) else "",
)
def test_what_a_registry_can_refuse(
    engine: Engine, real: Registry, served: Proxy, lock: Lock, faults: Faults, sentence: str, hint: str
) -> None:
    """In good time, whatever Docker does meanwhile, and without taking away what was here."""
    real.push("lab/nb", noise(200_000))
    assert pull(engine, lock, [image(served, "nb")]) == {}
    before = engine.image_id(image(served, "nb").reference)
    real.push("lab/nb", noise(200_000))
    served.faults = faults
    begun = time.monotonic()
    error = pull(engine, lock, [image(served, "nb")], stall_timeout=3)["nb"]
    assert time.monotonic() - begun < 20
    assert sentence in error.message
    assert hint in error.hint
    assert error.detail
    assert engine.image_id(image(served, "nb").reference) == before


def test_another_processors_image(engine: Engine, real: Registry, served: Proxy, lock: Lock) -> None:
    real.push_list("lab/arm", "arm64" if os.uname().machine == "x86_64" else "amd64")
    assert "kind of processor" in pull(engine, lock, [image(served, "arm")])["arm"].message


def test_no_registry_there(engine: Engine, lock: Lock) -> None:
    there = Image(name="nb", reference="127.0.0.1:9/lab/nb:1", title={"en": "nb"})
    error = pull(engine, lock, [there])["nb"]
    assert error.message == "127.0.0.1:9 cannot be reached from this server."
    assert "docker load" in error.hint


def test_what_is_locked_is_what_is_pulled_when_the_tag_has_moved(
    engine: Engine, real: Registry, served: Proxy, lock: Lock
) -> None:
    nb = image(served, "nb")
    locked = real.push("lab/nb", b"locked")
    lock.entries[nb.reference] = Locked(locked, "manifest")
    moved = real.push("lab/nb", b"moved")
    assert engine.served(nb.reference, 10)[0] == moved
    assert pull(engine, lock, [nb]) == {}
    assert engine.digests(nb.reference) == [locked]


def test_another_content_than_the_locked_one_is_refused_and_the_old_one_stays(
    engine: Engine, real: Registry, served: Proxy, lock: Lock
) -> None:
    nb = image(served, "nb")
    assert real.push("lab/nb", b"before")
    assert pull(engine, lock, [nb]) == {}
    before = engine.image_id(nb.reference)
    locked = real.push("lab/nb", b"never pulled")  # Docker asks no registry for a manifest that it has seen
    other = real.push("lab/nb", b"something else", tag="2")
    lock.entries[nb.reference] = Locked(locked, "manifest")
    served.faults = Faults(instead={f"/v2/lab/nb/manifests/{locked}": f"/v2/lab/nb/manifests/{other}"})
    error = pull(engine, lock, [nb])["nb"]
    assert "served an image with another digest" in error.message
    assert engine.image_id(nb.reference) == before


def test_a_layer_that_breaks_off_goes_on_where_it_was(engine: Engine, real: Registry, served: Proxy, lock: Lock) -> None:
    real.push("lab/nb", noise(150_000))
    served.faults = Faults(only="/blobs/", cut=100_000)
    assert pull(engine, lock, [image(served, "nb")], stall_timeout=20) == {}
    assert len(served.ranges) == 1
    assert re.fullmatch(r"bytes=[1-9]\d+-.*", served.ranges[0])


def test_a_second_pull_fetches_only_what_is_not_here(engine: Engine, real: Registry, served: Proxy, lock: Lock) -> None:
    shared = noise(50_000)
    for name in ("whole", "broken"):
        real.push(f"lab/{name}", shared, name.encode())
    served.faults = Faults(only="/lab/broken/", status=503)
    images = [image(served, name) for name in ("whole", "broken")]
    assert list(pull(engine, lock, images)) == ["broken"]
    layers = [layer["digest"] for layer in real.manifest("lab/broken", "1")["layers"]]
    assert layers[0] in served.blobs()
    served.asked.clear()
    served.faults = Faults()
    assert pull(engine, lock, images) == {}
    assert not [line for line in served.asked if "/lab/whole/blobs/" in line]
    assert layers[0] not in served.blobs(), "shared with the one that is whole"
    assert layers[1] in served.blobs()


def test_a_disk_that_is_full_in_the_middle(
    engine_ready: None, real: Registry, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.push("lab/large", noise(30_000_000))
    with server(disk="24m") as other_server, proxy(real, other_server.cable.machine) as served:
        monkeypatch.setenv("DOCKER_HOST", other_server.docker_host)
        real.push("lab/small", b"small")
        small, large = image(served, "small"), image(served, "large")
        other = Engine()
        failed = pull(other, lock, [small])
        assert failed == {}
        error = pull(other, lock, [large])["large"]
        assert error.message == f"There is no room on the disk for {large.reference}."
        assert "docker system df" in error.hint
        assert other.has_image(small.reference)
        assert not other.has_image(large.reference)


class Checkout:
    """A copy of the checkout whose catalogue has images of the registry, and its stackctl."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT, root, ignore=NOT_COPIED)
        if (ROOT / ".venv").exists():
            (root / ".venv").symlink_to(ROOT / ".venv")
        (root / SIZES).write_text("small: {title: S, cpu: 1, memory: 1G}\n")

    def catalogue(self, *images: Image) -> None:
        """Have the catalogue consist of images that are pulled."""
        entries = [
            f"  {image.name}: {{profiles: [singleuser], image: '{image.reference}', x-notebook: {{title: {image.name}}}}}"
            for image in images
        ]
        (self.root / IMAGES).write_text("\n".join(["services:", *entries, ""]))

    @property
    def text(self) -> str:
        return (self.root / IMAGES).read_text()

    def environment(self) -> dict[str, str]:
        return os.environ | STACK | {"TERM": "xterm", "COLUMNS": "120"}

    def ctl(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """What `stackctl images …` prints, and what it says. Fails when it does not end with `code`."""
        command = [str(self.root / "bin/stackctl"), "images", *arguments]
        ran = subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        return ran.stdout, ran.stderr


@pytest.fixture
def checkout(engine_ready: None, tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_pull_says_what_was_pulled_and_what_was_not(checkout: Checkout, real: Registry, served: Proxy) -> None:
    good, bad = image(served, "good"), image(served, "bad")
    real.push("lab/good", b"x")
    checkout.catalogue(good, bad)
    _, output = checkout.ctl("pull", code=1)
    assert f"good: {good.reference} pulled." in output
    assert f"bad: {served.address} has no {bad.reference}." in output
    assert "Not pulled: bad" in output
    assert f"To publish new images: {checkout.root}/bin/stackctl up" in output
    assert "is up to date" in checkout.ctl("pull", "good")[1]


def test_a_moved_tag_is_reported_and_never_silently_taken(checkout: Checkout, real: Registry, served: Proxy) -> None:
    nb = image(served, "nb")
    checkout.catalogue(nb)
    first = real.push("lab/nb", b"first")
    assert "is not locked" in checkout.ctl("verify")[0]
    checkout.ctl("lock")
    assert f"{nb.reference} {first} manifest\n" in (checkout.root / FILE).read_text()
    checkout.ctl("pull")
    assert f"is {first}, as locked" in checkout.ctl("verify")[0]
    second = real.push("lab/nb", b"second")
    assert f"its tag has moved to {second}" in checkout.ctl("verify", code=3)[0]
    checkout.ctl("pull")
    assert Engine().digests(nb.reference) == [first]
    assert f"was {first}" in checkout.ctl("lock", "nb")[1]
    (compared,) = json.loads(checkout.ctl("verify", "--json", code=3)[0])
    assert (compared["moved"], compared["differs_here"], compared["locked"]) == (False, True, second)
    checkout.ctl("pull")
    checkout.ctl("verify")
    assert second in (Engine().digests(nb.reference) or [])


def test_lock_keeps_what_it_cannot_ask_for(checkout: Checkout, real: Registry, served: Proxy) -> None:
    checkout.catalogue(image(served, "nb"))
    digest = real.push("lab/nb", b"x")
    checkout.ctl("lock")
    served.faults = Faults(status=429)
    _, output = checkout.ctl("lock", code=1)
    assert "Its entry was not changed." in output
    assert digest in (checkout.root / FILE).read_text()
    assert "refuses more pulls" in checkout.ctl("verify", code=1)[0]


def test_add_pulls_looks_and_writes(checkout: Checkout, real: Registry, served: Proxy) -> None:
    before, reference = checkout.text, f"{served.address}/lab/rooted:1"
    real.push("lab/rooted", b"x", user="root")
    _, output = checkout.ctl("add", reference, "--title", "T", code=3)
    assert "does not work as a notebook image: it runs as root" in output
    for wrong, words in {f"{served.address}/lab/none:1": "has no", "https://x/y": "is not an image reference"}.items():
        assert words in checkout.ctl("add", wrong, "--title", "T", code=3)[1]
    assert "There is already an image base" in checkout.ctl("add", reference, "--title", "T", "--name", "base", code=3)[1]
    assert "runs as root" in checkout.ctl("add", reference, "--title", "T", "--default", code=3)[1]
    assert not (checkout.root / LOCAL_IMAGES).exists()
    assert checkout.text == before


@pytest.fixture
def fit(images: dict[str, str], served: Proxy) -> str:
    """A reference of a notebook image that is here: the stack's own, as if it had been pulled."""
    reference = f"{served.address}/lab/own.nb:1"
    docker.from_env().images.get(images["base"]).tag(reference)
    return reference


def test_add_and_remove_leave_the_file_as_it_was(checkout: Checkout, fit: str) -> None:
    before = checkout.text
    _, output = checkout.ctl("add", fit, "--title", "Ours: best", "--group", "lab")
    assert "own-nb added to singleuser/compose.local.yaml" in output
    assert checkout.text == before
    assert 'title: "Ours: best"' in (checkout.root / LOCAL_IMAGES).read_text()
    config = ["docker", "compose", "--profile", "singleuser", "config", "--quiet"]
    environment = checkout.environment() | {"STACKCTL_LOCAL_IMAGES": LOCAL_IMAGES}
    subprocess.run(config, cwd=checkout.root, env=environment, check=True, timeout=60)
    assert f"{fit} is already in the catalogue, as own-nb" in checkout.ctl("add", fit, "--title", "T", code=3)[1]
    _, output = checkout.ctl("remove", "own-nb")
    assert "Servers that use it keep running" in output
    assert (checkout.root / LOCAL_IMAGES).read_text() == (checkout.root / edit.EXAMPLE).read_text()
    assert checkout.text == before


def test_remove_refuses_what_others_need(checkout: Checkout, served: Proxy) -> None:
    one, two = image(served, "one"), image(served, "two")
    checkout.catalogue(one, two)
    text = checkout.text.replace("title: two}}", "title: two}, depends_on: [one]}")
    (checkout.root / LOCAL_IMAGES).write_text(text)
    (checkout.root / IMAGES).write_text("services: {}\n")
    assert "two is based on one" in checkout.ctl("remove", "one", code=3)[1]
    assert "There is no image 'three'" in checkout.ctl("remove", "three", code=1)[1]
    checkout.ctl("remove", "two")
    assert "only image that people are offered" in checkout.ctl("remove", "one", code=3)[1]


def test_ctrl_c_says_what_is_left_and_the_rest_goes_on_from_there(
    checkout: Checkout, engine: Engine, real: Registry, served: Proxy
) -> None:
    nb = image(served, "nb")
    real.push("lab/nb", noise(2_000_000))
    checkout.catalogue(nb)
    served.faults = Faults(only="/blobs/", rate=100_000)
    command = [str(checkout.root / "bin/stackctl"), "images", "pull"]
    master, slave = pty.openpty()
    with subprocess.Popen(
        command, cwd=checkout.root, env=checkout.environment(), stderr=slave, start_new_session=True, preexec_fn=_heed
    ) as ran:
        os.close(slave)
        shown = b""
        while b" left" not in shown:
            assert select.select([master], [], [], 20)[0], shown
            shown += os.read(master, 4096)
        os.kill(ran.pid, signal.SIGINT)
        code = ran.wait(20)
        shown += os.read(master, 65536)
    os.close(master)
    assert code == 130
    assert b"Not pulled: nb" in shown
    assert b" MB" in shown
    assert not engine.has_image(nb.reference)
    served.faults = Faults()
    checkout.ctl("pull")
    assert engine.has_image(nb.reference)


def _heed() -> None:
    """What a shell runs in the background ignores Ctrl-C, and its children do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_search_says_which_one_is_out_of_reach(checkout: Checkout) -> None:
    """With an engine that has no network, and a proxy of ours that leads nowhere."""
    os.environ.update({"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"})
    with server(connected=False) as lonely:
        os.environ["DOCKER_HOST"] = lonely.docker_host
        _, output = checkout.ctl("search", "scipy", code=1)
    assert "Docker Hub could not be searched" in output
    assert "quay.io could not be searched: the proxy cannot reach it" in output
    assert "Neither Docker Hub nor quay.io could be reached." in output


def test_an_error_in_a_thread_is_an_error_of_its_image(engine: Engine, lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[dict[str, str]]:
        raise ValueError("unheard of")
        yield {}

    monkeypatch.setattr(engine, "pull", broken)
    failed = pull(engine, lock, [Image(name="nb", reference="x:1", title={"en": "x"})])
    assert isinstance(failed["nb"], StackError)
    assert "ValueError: unheard of" in failed["nb"].message
