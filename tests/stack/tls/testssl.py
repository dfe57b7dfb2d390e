"""testssl.sh (https://testssl.sh), Debian's package, on the stack."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.support.machine import apt_install
from tests.support.running import HOST, Stack

PROGRAM = "testssl"
SECTIONS = ["--protocols", "--std", "--fs", "--server-preference", "--server-defaults", "--headers", "--vulnerable"]
GRAVE = ("MEDIUM", "HIGH", "CRITICAL", "FATAL")


def findings(stack: Stack, report: Path, sections: list[str] = SECTIONS) -> dict[str, dict[str, str]]:
    """What it finds, by the names that it gives its tests; the stack's CA is trusted."""
    if not shutil.which(PROGRAM):
        apt_install("testssl.sh")
    command = [PROGRAM, "--quiet", "--color", "0", "--warnings", "off", "--fast", *sections, "--ip", "127.0.0.1"]
    command += ["--add-ca", str(stack.ca), "--jsonfile", str(report), f"https://{HOST}:{stack.https_port}"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    assert report.exists(), f"{ran.stdout}{ran.stderr}"
    return {item["id"]: item for item in json.loads(report.read_text())}


def grave(found: dict[str, dict[str, str]]) -> dict[str, str]:
    """What is above LOW, and why."""
    return {name: item["finding"] for name, item in found.items() if item["severity"] in GRAVE}
