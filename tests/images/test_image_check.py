"""Whether an image is fit to be a notebook image: real images, each unfit in its own way, looked at in real containers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import docker
import pytest

from stackctl.engine import Engine
from stackctl.engine.temporary import LABEL, PREFIX
from stackctl.images import check, probe
from stackctl.images.check import Verdict
from tests.standins.docker_stacks.image import built
from tests.support.checkout import ROOT
from tests.support.waiting import wait_until

UNFIT = {
    "root": "it runs as root",
    "bare": "it has no jupyterhub",
    "old": "its jupyterhub 3.1.1 is too old: 4.1 or newer is needed",
    "no-lab": "it has no jupyterlab",
    "no-kernel": "no kernel runs in it",
    "no-folder": "notebook servers run as user id 61100, which cannot write to /home/jovyan/work",
    "private": "notebook servers run as user id 61100, which cannot write to /home/jovyan",
    "homeless": "notebook servers run as user id 61100, which cannot write to /",
    "broken": "its notebook server stopped while starting (exit code 3)",
    "open": "its notebook server lets everybody in, without asking the hub",
    "no-python": "it has no python3, and so no jupyterhub",
    "foreign": "it is built for arm64, but this server is amd64",
}


SELDOM = {"old", "no-lab", "no-folder", "homeless", "open"}
"""Each a step or two of the check that another target goes through as well."""
TARGETS = [pytest.param(name, marks=pytest.mark.full) if name in SELDOM else name for name in UNFIT]


@pytest.fixture(scope="module")
def engine(engine_ready: None) -> Engine:
    return Engine()


@pytest.fixture(autouse=True)
def _nothing_is_left(engine: Engine) -> Iterator[None]:
    """No temporary container and none of their volumes is left."""
    yield
    assert left(os.getpid()) == []


def left(process: int) -> list[str]:
    """The temporary containers of a process, and their volumes."""
    client = docker.from_env()
    containers = client.containers.list(all=True, filters={"name": f"{PREFIX}{process}-"})
    volumes = client.volumes.list(filters={"label": f"{LABEL}={process}"})
    return [str(item.name) for item in containers] + [str(item.name) for item in volumes]


def running(process: int) -> bool:
    """Whether a temporary container of a process runs."""
    return bool(docker.from_env().containers.list(filters={"name": f"{PREFIX}{process}-"}))


def look(engine: Engine, target: str) -> Verdict:
    return check.check(engine, engine.image_id(built(target)))


def test_our_own_base_image_is_fit_and_lacks_nothing(engine: Engine, images: dict[str, str]) -> None:
    """Also where nothing can be written but people's work, /tmp and their home, as the catalogue may say."""
    verdict = check.check(engine, engine.image_id(images["base"]), read_only=True)
    assert (verdict.reason, verdict.missing, verdict.kernel) == ("", [], "python3"), verdict
    assert verdict.final
    assert 0 < verdict.seconds < 30
    levels = [item.level for item in check.findings("base", verdict)]
    assert levels == ["ok"]


def test_an_image_of_docker_stacks_is_usable_and_the_check_says_what_it_lacks(engine: Engine) -> None:
    verdict = look(engine, "good")
    assert (verdict.reason, verdict.missing, verdict.kernel) == ("", ["git", "stack_activity"], "python3"), verdict
    assert verdict.jupyterhub.startswith("5.")
    assert verdict.jupyterlab.startswith("4.")
    output = [item.message for item in check.findings("good", verdict) if item.level == "warn"]
    assert output[0] == f"good: It has jupyterhub {verdict.jupyterhub}, but the hub has 6."
    assert len(output) == 3


@pytest.mark.parametrize("target", TARGETS)
def test_an_unfit_image_is_refused_with_the_reason(engine: Engine, target: str) -> None:
    verdict = look(engine, target)
    assert verdict.reason == UNFIT[target], verdict
    assert verdict.final
    shown = check.findings(target, verdict)
    assert [(item.level, item.message) for item in shown] == [("fail", f"{target}: {UNFIT[target]}.")]


def test_why_a_server_ended_is_shown(engine: Engine) -> None:
    assert look(engine, "broken").detail == "out of ideas"


@pytest.mark.parametrize(
    ("target", "line"), [("deaf", "still thinking"), pytest.param("stuck", "waiting for a licence", marks=pytest.mark.full)]
)
def test_a_server_that_never_opens_its_port_is_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, target: str, line: str
) -> None:
    monkeypatch.setattr(check, "START_SECONDS", 3)
    monkeypatch.setattr(probe, "HTTP_SECONDS", 0)
    monkeypatch.setattr(probe, "KERNEL_SECONDS", 0)
    verdict = look(engine, target)
    assert verdict.reason == "it did not open port 8888 within 3 seconds"
    assert line in verdict.detail
    assert not verdict.final, "the server may have been busy"


def test_ctrl_c_leaves_nothing_behind(engine: Engine) -> None:
    ident = engine.image_id(built("deaf"))
    code = f"from stackctl.engine import Engine; from stackctl.images import check; check.check(Engine(), {ident!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=_heed_ctrl_c
    ) as process:
        wait_until(lambda: running(process.pid), 20, "a temporary container runs")
        assert len(left(process.pid)) == 2, "it has a volume"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert left(process.pid) == []


def _heed_ctrl_c() -> None:
    """What a shell runs in the background, these tests perhaps, ignores Ctrl-C, and its children do."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
