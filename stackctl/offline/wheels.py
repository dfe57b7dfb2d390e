"""The Python packages of bin/stackctl's own environment, for a server that cannot download them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from packaging.markers import Marker
from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

from stackctl.errors import StackError
from stackctl.settings import Settings

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""Those of Ubuntu 22.04, Debian 12, Ubuntu 24.04, Debian 13, and the next ones: compiled packages differ for each."""

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LINUX = {"sys_platform": "linux", "platform_python_implementation": "CPython", "implementation_name": "cpython"}


def pins(lock: str, python: str) -> dict[str, str]:
    """A lock file's entries for a version of Python on Linux, by `name==version`.

    Without their markers, which pip would evaluate for its own Python.
    """
    environment = LINUX | {"python_version": python, "python_full_version": f"{python}.0"}
    kept = {}
    for entry in re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE), flags=re.MULTILINE):
        pin, _, hashes = entry.partition(" \\\n")
        name, _, marker = pin.partition(" ; ")
        if name and (not marker or Marker(marker).evaluate(environment)):
            kept[name] = f"{name} \\\n{hashes}"
    return kept


def for_every_python(wheel: str) -> str:
    """The `name==version` of a wheel that is the same for all versions of Python; "" for another one."""
    name, version, _, tags = parse_wheel_filename(wheel)
    return f"{name}=={version}" if Tag("py3", "none", "any") in tags else ""


def download(lock: Path, folder: Path, settings: Settings) -> dict[str, str]:
    """Download the packages of `lock` for each version of Python into `folder`. Returns pip's error by failed version.

    Raises StackError when this fails for the Python that runs here: then it would fail for all.
    """
    pip, environment = _pip(folder / "pip"), os.environ | pip_environment(settings)
    text = lock.read_text()

    def fetch(python: str) -> str:
        present = {for_every_python(wheel.name) for wheel in folder.glob("*.whl")}
        missing = [entry for name, entry in pins(text, python).items() if name not in present]
        return _fetch(pip, environment, python, "".join(missing), folder)

    if reason := fetch(HERE):
        hint = "Set STACK_PYPI_MIRROR or HTTPS_PROXY in .env (docs/mirrors.md)."
        raise StackError("Python packages could not be downloaded.", hint, detail=reason)
    others = [python for python in PYTHONS if python != HERE]
    with ThreadPoolExecutor(2) as pool:
        reasons = dict(zip(others, pool.map(fetch, others), strict=True))
    shutil.rmtree(folder / "pip", ignore_errors=True)
    return {python: reason for python, reason in reasons.items() if reason}


def _fetch(pip: list[str], environment: Mapping[str, str], python: str, lock: str, folder: Path) -> str:
    """Download packages for one version of Python; "" or pip's last lines. Only a complete set gets into `folder`."""
    own = folder / python
    own.mkdir()
    (own / "lock").write_text(lock)
    command = [*pip, "download", "--quiet", "--only-binary=:all:", "--no-deps", "--require-hashes"]
    command += ["--python-version", python, "--dest", str(own), "--requirement", str(own / "lock")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if ran.returncode == 0:
        for wheel in own.glob("*.whl"):
            wheel.replace(folder / wheel.name)
    shutil.rmtree(own)
    return "" if ran.returncode == 0 else "\n".join(ran.stderr.splitlines()[-5:]) or "pip failed"


def _pip(folder: Path) -> list[str]:
    """This environment's pip; a new one in `folder` if it has none, because uv or pipx made it."""
    python = sys.executable
    if importlib.util.find_spec("pip") is None:
        ran = subprocess.run([python, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise StackError("pip is missing.", "apt-get install python3-venv", detail=ran.stderr[-500:])
        python = str(folder / "bin" / "python")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def pip_environment(settings: Settings) -> Mapping[str, str]:
    """Mirror, proxies and certificates for pip, as variables: on a command line a password would be visible."""
    mirror = settings.stack_pypi_mirror
    values = {"PIP_CERT": str(settings.stack_ca_bundle), "PIP_INDEX_URL": mirror, "NO_PROXY": settings.no_proxy}
    values |= {"HTTP_PROXY": settings.http_proxy, "HTTPS_PROXY": settings.https_proxy}
    if mirror.startswith("http://"):  # pip ignores a mirror without TLS otherwise
        values["PIP_TRUSTED_HOST"] = urlsplit(mirror).hostname or ""
    return {name: value for name, value in values.items() if value}
