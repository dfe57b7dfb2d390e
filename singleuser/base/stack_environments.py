"""Finds environments of `venv`, `uv venv` or `conda create` below the work folder, and describes their kernels."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEPTH, FOLDERS = 4, 1000
"""How many levels below the work folder, and how many folders, are searched. This runs often, so it must be cheap."""

LEFT_OUT = {".R", ".cache", ".git", ".home", ".ipynb_checkpoints", ".local", ".npm", "__pycache__", "node_modules", "pkgs"}
PLAIN = {".venv", "venv", ".env", "env"}
"""Usual names of a project's environment: the kernel gets the project's name instead."""

HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"
LAUNCHER = Path(__file__).with_name("stack_kernel_launcher.py")


@dataclass(frozen=True)
class Environment:
    """An environment with a working Python."""

    folder: Path
    path: str
    """Relative to the work folder."""
    conda: bool
    python: str
    """The name of its folder in lib/, such as python3.13."""
    own_kernel: bool

    @property
    def runs(self) -> bool:
        """Whether a kernel can start: with its own ipykernel, or the notebook's if the Python version is the same (HERE)."""
        return self.own_kernel or self.python == HERE

    @property
    def name(self) -> str:
        """The kernel's name in notebook files. It stays the same as long as the environment is not moved."""
        readable = re.sub(r"[^a-z0-9.]+", "-", self.path.lower()).strip("-")
        return f"env-{readable}-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        """A short name for people."""
        above, _, last = self.path.rpartition("/")
        if self.conda and above == ".conda/envs":
            return last
        return above if above and last in PLAIN else self.path

    @property
    def argv(self) -> list[str]:
        """The command that starts the kernel."""
        module = ["-m", "ipykernel_launcher"] if self.own_kernel or not self.runs else [str(LAUNCHER)]
        return [str(self.folder / "bin/python"), "-Xfrozen_modules=off", *module, "-f", "{connection_file}"]

    @property
    def env(self) -> dict[str, str]:
        """The variables that activating it sets."""
        folder = str(self.folder).replace("$", "$$")  # otherwise jupyter_client would expand it as a variable
        active = {"CONDA_PREFIX": folder, "CONDA_DEFAULT_ENV": self.title} if self.conda else {"VIRTUAL_ENV": folder}
        return {"PATH": f"{folder}/bin:{os.environ.get('PATH', os.defpath)}", **active}

    def display_name(self, title: str) -> str:
        """The kernel's name in JupyterLab, with the Python version and, if it is missing, ipykernel."""
        words = ["conda"] if self.conda else []
        words.append(self.python.replace("python", "Python "))
        words += [] if self.runs else ["needs ipykernel"]
        return f"{title} ({', '.join(words)})"


def environments(work: Path) -> list[Environment]:
    """The environments below a folder, the nearest first. Skips unreadable folders, and environments without a Python."""
    candidates = (_environment(folder, work) for folder in _candidates(work))
    return [environment for environment in candidates if environment]


def _candidates(work: Path) -> Iterator[Path]:
    """Folders that look like an environment; their own subfolders are not searched."""
    waiting, seen = deque([(work, 0)]), 0
    while waiting and seen < FOLDERS:
        folder, depth = waiting.popleft()
        seen += 1
        try:
            with os.scandir(folder) as entries:
                inside = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except OSError:
            continue
        if folder != work and ("pyvenv.cfg" in inside or inside.get("conda-meta")):
            yield folder
        elif depth < DEPTH:
            waiting.extend((folder / name, depth + 1) for name in sorted(inside) if inside[name] and name not in LEFT_OUT)


def _environment(folder: Path, work: Path) -> Environment | None:
    try:
        pythons = sorted(path.name for path in (folder / "lib").iterdir() if re.fullmatch(r"python3\.\d+t?", path.name))
    except OSError:
        return None
    if not pythons or not os.access(folder / "bin/python", os.X_OK):
        return None
    python = pythons[-1]
    own_kernel = (folder / "lib" / python / "site-packages/ipykernel_launcher.py").exists()
    conda = (folder / "conda-meta").is_dir()
    return Environment(folder, folder.relative_to(work).as_posix(), conda, python, own_kernel)
