"""What is made of what a probe found, and of what an image says of itself."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from stackctl import image_check, image_probe
from stackctl.engine_throwaway import Trial
from stackctl.image_check import Verdict, findings, judge, unfit
from stackhub import box, spawner
from tests.checkout import ROOT

FIT: dict[str, Any] = {
    "user": 1000,
    "writable": True,
    "missing": [],
    "server": True,
    "jupyterhub": "6.1.1",
    "jupyterlab": "4.6.6",
    "activity": True,
    "opened": True,
    "seconds": 1.2,
    "ended": None,
    "strangers": 403,
    "owner": 200,
    "kernel": "python3",
    "kernel_error": "",
    "log": "a line",
}


def said(**found: Any) -> Trial:
    return Trial(0, f"Running hooks\n{image_probe.MARK}{json.dumps(FIT | found)}\n")


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("", "it runs as root"),
        ("0", "it runs as root"),
        ("00", "it runs as root"),
        ("root", "it runs as root"),
        ("root:users", "it runs as root"),
        ("0:100", "it runs as root"),
        ("1000", ""),
        ("1000:100", ""),
        ("jovyan", ""),
    ],
)
def test_an_image_that_says_it_runs_as_root_is_unfit(user: str, reason: str) -> None:
    assert unfit({"Os": "linux", "Architecture": "amd64", "Config": {"User": user}}, "amd64") == reason


@pytest.mark.parametrize(
    ("system", "architecture", "reason"),
    [
        ("linux", "arm64", "it is made for arm64, and this server is amd64"),
        ("windows", "amd64", "it is made for windows, and this server is amd64"),
        ("linux", "amd64", ""),
        ("", "", ""),
    ],
)
def test_an_image_for_another_machine_is_unfit(system: str, architecture: str, reason: str) -> None:
    assert unfit({"Os": system, "Architecture": architecture, "Config": {"User": "1000"}}, "amd64") == reason


def test_an_image_in_which_all_is_well_is_fit() -> None:
    verdict = judge(said())
    assert verdict == Verdict("", "6.1.1", jupyterlab="4.6.6", seconds=1.2, kernel="python3", probe=image_check.PROBE)
    assert [item.message for item in findings("base", verdict)] == [
        "base: a server is up after 1.2 s, and its kernel python3 runs; jupyterhub 6.1.1, jupyterlab 4.6.6."
    ]


@pytest.mark.parametrize(
    ("found", "reason", "detail"),
    [
        ({"user": 0}, "it runs as root", ""),
        ({"server": False, "jupyterhub": ""}, "it has no jupyterhub", ""),
        ({"jupyterhub": "4.0.2"}, "its jupyterhub 4.0.2 is too old: 4.1 or newer is needed", ""),
        ({"jupyterhub": "3.1.1", "opened": False}, "its jupyterhub 3.1.1 is too old: 4.1 or newer is needed", ""),
        ({"jupyterlab": ""}, "it has no jupyterlab", ""),
        ({"user": 1001}, "its user has the number 1001, and people's files belong to number 1000", ""),
        ({"writable": False}, "its user may not write in /home/jovyan/work, where people's files are", ""),
        ({"ended": 1, "opened": False}, "its notebook server ended while it started (exit code 1)", "a line"),
        ({"opened": False}, "it did not open port 8888 within 60 seconds", "a line"),
        ({"strangers": 200}, "its notebook server lets everybody in, without asking the hub", ""),
        ({"owner": 500}, "its notebook server does not let its user in (it answers 500)", "a line"),
        ({"kernel": "", "kernel_error": "died"}, "no kernel runs in it", "died"),
    ],
)
def test_what_makes_an_image_unfit(found: dict[str, Any], reason: str, detail: str) -> None:
    verdict = judge(said(**found))
    assert (verdict.reason, verdict.detail) == (reason, detail)
    assert [item.level for item in findings("it", verdict)] == ["fail"]


@pytest.mark.parametrize(
    ("trial", "reason", "final"),
    [
        (Trial(None, "", "no user jovyan"), "Docker cannot start it", False),
        (Trial(None, "thinking"), "it did not open port 8888 within 60 seconds", False),
        (Trial(127, "exec python3 failed: No such file"), "it has no python3, and so no jupyterhub", True),
        (Trial(2, "no licence"), "it ended as soon as it was started (exit code 2)", True),
    ],
)
def test_an_image_in_which_the_probe_does_not_run(trial: Trial, reason: str, final: bool) -> None:
    verdict = judge(trial)
    assert (verdict.reason, verdict.final) == (reason, final)
    assert verdict.detail == trial.said + trial.refused


def test_what_is_missing_and_another_major_version_are_warned_of() -> None:
    verdict = judge(said(jupyterhub="4.1.6", missing=["bash", "git"], activity=False))
    assert not verdict.reason
    assert [item.level for item in findings("it", verdict)] == ["ok", "warn", "warn", "warn", "warn"]
    assert set(verdict.missing) == set(image_check.MISSING)


def test_what_was_found_by_an_earlier_probe_is_not_final() -> None:
    assert not Verdict().final
    assert not Verdict(probe=image_check.PROBE - 1).final


def test_the_probe_is_for_python_3_8() -> None:
    tree = ast.parse(Path(image_probe.__file__).read_text(), feature_version=(3, 8))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert "removeprefix" not in Path(image_probe.__file__).read_text(), "Python 3.9's"


@pytest.mark.parametrize(
    ("head", "python"),
    [
        ("#!/opt/conda/bin/python3.12\nimport sys\n", "/opt/conda/bin/python3.12"),
        ("#!/opt/notebook/bin/python\n", "/opt/notebook/bin/python"),
        ("#!/bin/sh\n'''exec' \"/a/long/path/bin/python3\" \"$0\" \"$@\"\n' '''\n", "/a/long/path/bin/python3"),
        ("#!/bin/sh\nexec sleep 600\n", sys.executable),
        ("#!/usr/bin/env python3\n", sys.executable),
    ],
)
def test_the_python_that_a_script_runs_on(tmp_path: Path, head: str, python: str) -> None:
    program = tmp_path / "jupyterhub-singleuser"
    program.write_text(head)
    assert image_probe.interpreter(str(program)) == python


def test_a_trial_starts_what_the_hub_starts() -> None:
    source = Path(spawner.__file__).read_text()
    command, argument = image_check.COMMAND
    assert f'spawner.cmd = ["{command}"]' in source
    assert f'spawner.args = ["{argument}"]' in source
    assert spawner.WORK == image_check.WORK
    assert (box.HOME, box.OPEN_FILES) == (image_check.HOME, image_check.OPEN_FILES)
    for read_only in (False, True):
        assert box.tmpfs(2**30, read_only=read_only) == image_check.tmpfs(2**30, read_only=read_only)
    lock = (ROOT / "hub/requirements.lock").read_text()
    assert f"\njupyterhub=={image_check.HUB_MAJOR}." in lock
