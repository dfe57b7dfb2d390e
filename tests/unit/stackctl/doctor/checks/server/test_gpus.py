"""Sizes with GPUs: what must be on the server for them, and which GPUs its driver lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.catalogue import Size
from stackctl.doctor.checks.server.gpus import check
from stackctl.host import machine

GPU = Size.model_validate({"name": "gpu", "title": "GPU", "cpu": 1, "memory": "1G", "gpus": 2})
SMALL = Size.model_validate({"name": "small", "title": "Small", "cpu": 1, "memory": "1G"})
LIST = "GPU-0b5c\nGPU-77aa\n"


def test_sizes_without_gpus_need_nothing() -> None:
    assert check([SMALL], [], []) == []


@pytest.mark.parametrize(
    ("runtimes", "gpus", "level", "message"),
    [
        (["runc"], ["a", "b"], "fail", "The size gpu has GPUs, but Docker has no NVIDIA runtime."),
        (["nvidia", "runc"], [], "fail", "The size gpu has GPUs, but this server has none."),
        (["nvidia", "runc"], ["a"], "fail", "The size gpu has 2 GPUs, but this server has only 1."),
        (["nvidia", "runc"], ["a", "b"], "ok", "This server has 2 GPUs for the size gpu."),
    ],
)
def test_what_is_missing_is_named(runtimes: list[str], gpus: list[str], level: str, message: str) -> None:
    (found,) = check([SMALL, GPU], runtimes, gpus)
    assert (found.level, found.message) == (level, message)
    assert ("singleuser/sizes.local.yaml" in found.fix) == (level == "fail")


@pytest.mark.parametrize(
    ("script", "ids"), [(f"printf '{LIST}'", ("GPU-0b5c", "GPU-77aa")), ("echo NVIDIA-SMI has failed; exit 9", ())]
)
def test_the_driver_lists_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, ids: tuple[str, ...]) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert machine.gpus() == ids


def test_no_driver_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.gpus() == ()
