"""Whether an image is fit to be a notebook image: real images, each unfit in its own way, looked at in real containers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import docker
import pytest

from stackctl import image_check, image_probe
from stackctl.engine import Engine
from stackctl.engine_throwaway import TRIAL
from stackctl.image_check import Verdict
from tests.checkout import ROOT
from tests.stack.waiting import wait_until
from tests.standins.docker_stacks.image import built

UNFIT = {
    "root": "it runs as root",
    "disguised": "it runs as root",
    "bare": "it has no jupyterhub",
    "old": "its jupyterhub 3.1.1 is too old: 4.1 or newer is needed",
    "no-lab": "it has no jupyterlab",
    "no-kernel": "no kernel runs in it",
    "no-folder": "its user may not write in /home/jovyan/work, where people's files are",
    "somebody": "its user has the number 1001, and people's files belong to number 1000",
    "broken": "its notebook server ended while it started (exit code 3)",
    "open": "its notebook server lets everybody in, without asking the hub",
    "no-python": "it has no python3, and so no jupyterhub",
    "foreign": "it is made for arm64, and this server is amd64",
}


@pytest.fixture(scope="module")
def engine(engine_ready: None) -> Engine:
    return Engine()


@pytest.fixture(autouse=True)
def _nothing_is_left(engine: Engine) -> Iterator[None]:
    """No container and no volume of a trial stays."""
    yield
    assert left(os.getpid()) == []


def left(process: int) -> list[str]:
    """The containers and volumes that a process's trials have left."""
    client, name = docker.from_env(), f"stackctl-trial-{process}-"
    containers = [str(item.name) for item in client.containers.list(all=True, filters={"name": name})]
    volumes = [item.attrs["Labels"][TRIAL] for item in client.volumes.list(filters={"label": TRIAL})]
    return containers + [label for label in volumes if label.startswith(name)]


def running(process: int) -> bool:
    """Whether a container of a process's trials runs."""
    return bool(docker.from_env().containers.list(filters={"name": f"stackctl-trial-{process}-"}))


def look(engine: Engine, target: str) -> Verdict:
    return image_check.check(engine, engine.image_id(built(target)))


def test_our_own_base_image_is_fit_and_lacks_nothing(engine: Engine, images: dict[str, str]) -> None:
    """Also where nothing can be written but people's work, /tmp and their home, as the catalogue may say."""
    verdict = image_check.check(engine, engine.image_id(images["base"]), read_only=True)
    assert (verdict.reason, verdict.missing, verdict.kernel) == ("", [], "python3"), verdict
    assert verdict.final
    assert 0 < verdict.seconds < 30
    levels = [item.level for item in image_check.findings("base", verdict)]
    assert levels == ["ok"]


def test_an_image_of_docker_stacks_is_fit_and_what_it_lacks_is_told(engine: Engine) -> None:
    verdict = look(engine, "good")
    assert (verdict.reason, verdict.missing, verdict.kernel) == ("", ["git", "stack_activity"], "python3"), verdict
    assert verdict.jupyterhub.startswith("5.")
    assert verdict.jupyterlab.startswith("4.")
    said = [item.message for item in image_check.findings("good", verdict) if item.level == "warn"]
    assert said[0] == f"good: Its jupyterhub is {verdict.jupyterhub}, and the hub's is 6."
    assert len(said) == 3


@pytest.mark.parametrize("target", UNFIT)
def test_an_unfit_image_is_refused_with_the_reason(engine: Engine, target: str) -> None:
    verdict = look(engine, target)
    assert verdict.reason == UNFIT[target], verdict
    assert verdict.final
    shown = image_check.findings(target, verdict)
    assert [(item.level, item.message) for item in shown] == [("fail", f"{target}: {UNFIT[target]}.")]


def test_why_a_server_ended_is_shown(engine: Engine) -> None:
    assert look(engine, "broken").detail == "out of ideas"


@pytest.mark.parametrize(("target", "line"), [("deaf", "still thinking"), ("stuck", "waiting for a licence")])
def test_a_server_that_never_opens_its_port_is_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, target: str, line: str
) -> None:
    monkeypatch.setattr(image_check, "START_SECONDS", 3)
    monkeypatch.setattr(image_probe, "HTTP_SECONDS", 0)
    monkeypatch.setattr(image_probe, "KERNEL_SECONDS", 0)
    verdict = look(engine, target)
    assert verdict.reason == "it did not open port 8888 within 3 seconds"
    assert line in verdict.detail
    assert not verdict.final, "the server may have been busy"


def test_ctrl_c_leaves_nothing_behind(engine: Engine) -> None:
    ident = engine.image_id(built("deaf"))
    code = f"from stackctl import engine, image_check; image_check.check(engine.Engine(), {ident!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=_heed_ctrl_c
    ) as process:
        wait_until(lambda: running(process.pid), 20, "a trial's container runs")
        assert len(left(process.pid)) == 2, "it has a volume"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert left(process.pid) == []


def _heed_ctrl_c() -> None:
    """What a shell runs in the background, these tests perhaps, ignores Ctrl-C, and its children do."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
