"""The Python packages of bin/stackctl's own environment, for a server that cannot fetch them."""

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

from stackctl.errors import StackError
from stackctl.settings import Settings

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""Of Ubuntu 22.04, Debian 12, Ubuntu 24.04, Debian 13, and the next ones. Packages with compiled parts differ in each."""

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LINUX = {"sys_platform": "linux", "platform_python_implementation": "CPython", "implementation_name": "cpython"}
CLAUSE = re.compile(rf"(python_full_version|{'|'.join(LINUX)}) (<|>=|==|!=) '([\w.]+)'")


def pins(lock: str, python: str) -> dict[str, str]:
    """A lock's entries for a version of Python on Linux, by `name==version`.

    Without their markers: pip holds those against its own Python.
    """
    kept = {}
    for entry in re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE), flags=re.MULTILINE):
        pin, _, hashes = entry.partition(" \\\n")
        name, _, marker = pin.partition(" ; ")
        if name and fits(marker, python):
            kept[name] = f"{name} \\\n{hashes}"
    return kept


def for_every_python(wheel: str) -> str:
    """The `name==version` of a wheel that is the same for all versions of Python; "" for another one."""
    name, version, *tags = wheel.removesuffix(".whl").split("-")
    return f"{name.replace('_', '-').lower()}=={version}" if tags == ["py3", "none", "any"] else ""


def fits(marker: str, python: str) -> bool:
    """Whether a marker, as locks have them, is true for a version of Python on Linux. Raises ValueError for another kind."""
    return all(_holds(clause, python) for clause in marker.split(" and ") if clause)


def _holds(clause: str, python: str) -> bool:
    match = CLAUSE.fullmatch(clause)
    if not match:
        raise ValueError(f"the lock has a marker that is not known here: {clause}")
    variable, operator, value = match.groups()
    here, there = (LINUX[variable], value) if variable in LINUX else (_numbers(python), _numbers(value))
    return {"<": here < there, ">=": here >= there, "==": here == there, "!=": here != there}[operator]  # type: ignore[operator]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def download(lock: Path, folder: Path, settings: Settings) -> dict[str, str]:
    """Fetch every package of `lock` into `folder`, for each version of Python. Why there is none for a version, by that.

    Raises StackError when there are none for the Python that runs here: then nothing can be fetched.
    """
    pip, environment = _pip(folder / "pip"), os.environ | pip_environment(settings)
    text = lock.read_text()

    def fetch(python: str) -> str:
        there = {for_every_python(wheel.name) for wheel in folder.glob("*.whl")}
        wanted = [entry for name, entry in pins(text, python).items() if name not in there]
        return _fetch(pip, environment, python, "".join(wanted), folder)

    if reason := fetch(HERE):
        hint = "Set STACK_PYPI_MIRROR or HTTPS_PROXY in .env (docs/mirrors.md)."
        raise StackError("Python packages could not be fetched.", hint, detail=reason)
    others = [python for python in PYTHONS if python != HERE]
    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(others, pool.map(fetch, others), strict=True))
    shutil.rmtree(folder / "pip", ignore_errors=True)
    return {python: reason for python, reason in said.items() if reason}


def _fetch(pip: list[str], environment: Mapping[str, str], python: str, wanted: str, folder: Path) -> str:
    """Fetch packages for one version of Python; "" or pip's last words. Only a complete set gets into `folder`."""
    own = folder / python
    own.mkdir()
    (own / "lock").write_text(wanted)
    command = [*pip, "download", "--quiet", "--only-binary=:all:", "--no-deps", "--require-hashes"]
    command += ["--python-version", python, "--dest", str(own), "--requirement", str(own / "lock")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if ran.returncode == 0:
        for wheel in own.glob("*.whl"):
            wheel.replace(folder / wheel.name)
    shutil.rmtree(own)
    return "" if ran.returncode == 0 else "\n".join(ran.stderr.splitlines()[-5:]) or "pip failed"


def _pip(folder: Path) -> list[str]:
    """The pip to use: that of this environment, or of a new one in `folder` where uv or pipx has made this one without."""
    python = sys.executable
    if importlib.util.find_spec("pip") is None:
        ran = subprocess.run([python, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise StackError("pip is needed, and is not here.", "apt-get install python3-venv", detail=ran.stderr[-500:])
        python = str(folder / "bin" / "python")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def pip_environment(settings: Settings) -> Mapping[str, str]:
    """The mirror, proxies and certificates in force, as pip reads them; in argv a password of theirs would show."""
    mirror = settings.stack_pypi_mirror
    values = {"PIP_CERT": str(settings.stack_ca_bundle), "PIP_INDEX_URL": mirror, "NO_PROXY": settings.no_proxy}
    values |= {"HTTP_PROXY": settings.http_proxy, "HTTPS_PROXY": settings.https_proxy}
    if mirror.startswith("http://"):  # pip leaves out a mirror without TLS, unless told
        values["PIP_TRUSTED_HOST"] = urlsplit(mirror).hostname or ""
    return {name: value for name, value in values.items() if value}
