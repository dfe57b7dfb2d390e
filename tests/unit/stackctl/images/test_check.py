"""Verdicts on images, from their configuration and from the probe's result."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from stackctl.engine.temporary import ProbeResult
from stackctl.images import check, probe
from stackctl.images.check import Verdict, findings, judge, unfit
from tests.support.checkout import ROOT

FIT: dict[str, Any] = {
    "locked": [],
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


def probe_result(**found: Any) -> ProbeResult:
    return ProbeResult(0, f"Running hooks\n{probe.MARK}{json.dumps(FIT | found)}\n")


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
def test_an_image_configured_to_run_as_root_is_rejected(user: str, reason: str) -> None:
    assert unfit({"Os": "linux", "Architecture": "amd64", "Config": {"User": user}}, "amd64") == reason


@pytest.mark.parametrize(
    ("system", "architecture", "reason"),
    [
        ("linux", "arm64", "it is built for arm64, but this server is amd64"),
        ("windows", "amd64", "it is built for windows, but this server is amd64"),
        ("linux", "amd64", ""),
        ("", "", ""),
    ],
)
def test_an_image_for_another_kind_of_machine_is_rejected(system: str, architecture: str, reason: str) -> None:
    assert unfit({"Os": system, "Architecture": architecture, "Config": {"User": "1000"}}, "amd64") == reason


def test_a_working_image_is_accepted() -> None:
    verdict = judge(probe_result())
    assert verdict == Verdict("", "6.1.1", jupyterlab="4.6.6", seconds=1.2, kernel="python3", probe=check.PROBE)
    assert [item.message for item in findings("base", verdict)] == [
        "base: a server starts in 1.2 s, its kernel python3 runs; jupyterhub 6.1.1, jupyterlab 4.6.6."
    ]


@pytest.mark.parametrize(
    ("found", "reason", "detail"),
    [
        ({"server": False, "jupyterhub": ""}, "it has no jupyterhub", ""),
        ({"jupyterhub": "4.0.2"}, "its jupyterhub 4.0.2 is too old: 4.1 or newer is needed", ""),
        ({"jupyterhub": "3.1.1", "opened": False}, "its jupyterhub 3.1.1 is too old: 4.1 or newer is needed", ""),
        ({"jupyterlab": ""}, "it has no jupyterlab", ""),
        ({"locked": ["/home/x", "/"]}, "notebook servers run as user id 61100, which cannot write to /home/x", ""),
        ({"ended": 1, "opened": False}, "its notebook server stopped while starting (exit code 1)", "a line"),
        ({"opened": False}, "it did not open port 8888 within 60 seconds", "a line"),
        ({"strangers": 200}, "its notebook server lets everybody in, without asking the hub", ""),
        ({"owner": 500}, "its notebook server does not let its user in (HTTP status 500)", "a line"),
        ({"kernel": "", "kernel_error": "died"}, "no kernel runs in it", "died"),
    ],
)
def test_the_reason_for_a_rejection(found: dict[str, Any], reason: str, detail: str) -> None:
    verdict = judge(probe_result(**found))
    assert (verdict.reason, verdict.detail) == (reason, detail)
    assert [item.level for item in findings("it", verdict)] == ["fail"]


@pytest.mark.parametrize(
    ("result", "reason", "final"),
    [
        (ProbeResult(None, "", "no user jovyan"), "Docker cannot start it", False),
        (ProbeResult(None, "thinking"), "it did not open port 8888 within 60 seconds", False),
        (ProbeResult(127, "exec python3 failed: No such file"), "it has no python3, and so no jupyterhub", True),
        (ProbeResult(2, "no licence"), "it stopped right after its start (exit code 2)", True),
    ],
)
def test_the_reason_when_the_probe_does_not_finish(result: ProbeResult, reason: str, final: bool) -> None:
    verdict = judge(result)
    assert (verdict.reason, verdict.final) == (reason, final)
    assert verdict.detail == result.output + result.refused


def test_missing_programs_and_another_major_version_are_warnings() -> None:
    verdict = judge(probe_result(jupyterhub="4.1.6", missing=["bash", "git", "git settings"], activity=False))
    assert not verdict.reason
    assert [item.level for item in findings("it", verdict)] == ["ok", *["warn"] * 5]
    assert set(verdict.missing) == set(check.MISSING)


def test_a_verdict_of_an_earlier_version_of_the_check_is_not_final() -> None:
    assert not Verdict().final
    assert not Verdict(probe=check.PROBE - 1).final


def test_the_probe_runs_on_python_3_8() -> None:
    tree = ast.parse(Path(probe.__file__).read_text(), feature_version=(3, 8))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert "removeprefix" not in Path(probe.__file__).read_text(), "Python 3.9's"


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
    assert probe.interpreter(str(program)) == python


def test_the_hub_has_the_major_version_that_images_are_compared_with() -> None:
    lock = (ROOT / "hub/requirements.lock").read_text()
    assert f"\njupyterhub=={check.HUB_MAJOR}." in lock
