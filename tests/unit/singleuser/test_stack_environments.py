"""Which environments become kernels, their names and commands; and what the launcher lets them borrow."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.metadata import DistributionFinder
from pathlib import Path

import pytest

from singleuser.base import stack_environments, stack_kernel_launcher
from singleuser.base.stack_environments import HERE, Environment, environments

OTHER = "python3.9"


def made(folder: Path, python: str = HERE, *, conda: bool = False, ipykernel: bool = False) -> Path:
    """Create an environment with the layout of venv, uv or conda."""
    site = folder / "lib" / python / "site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    if conda:
        (folder / "conda-meta").mkdir()
    else:
        (folder / "pyvenv.cfg").touch()
    if ipykernel:
        (site / "ipykernel_launcher.py").touch()
    return folder


def paths(work: Path) -> list[str]:
    return [environment.path for environment in environments(work)]


def only(work: Path) -> Environment:
    (found,) = environments(work)
    return found


@pytest.mark.parametrize("path", ["env", ".venv", "project/.venv", ".conda/envs/lab", "a/b/c/d"])
def test_environments_are_found(tmp_path: Path, path: str) -> None:
    made(tmp_path / path)
    assert paths(tmp_path) == [path]


def test_deep_folders_and_folders_of_tools_are_not_searched(tmp_path: Path) -> None:
    for path in ("a/b/c/d/e", "node_modules/x", ".git/x", ".conda/pkgs/x"):
        made(tmp_path / path)
    made(made(tmp_path / "outer") / "inner")
    (tmp_path / "link").symlink_to(tmp_path / "a/b/c/d")
    assert paths(tmp_path) == ["outer"]


def test_the_work_folder_itself_is_no_environment(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path / "env")
    assert paths(tmp_path) == ["env"]


def test_broken_environments_are_skipped(tmp_path: Path) -> None:
    for name in ("gone", "empty", "whole", "dead-link"):
        made(tmp_path / name)
    (tmp_path / "gone/bin/python").unlink()
    subprocess.run(["rm", "-r", tmp_path / "empty/lib"], check=True)
    (tmp_path / "dead-link/bin/python").unlink()
    (tmp_path / "dead-link/bin/python").symlink_to("/no/such/python3.8")
    assert paths(tmp_path) == ["whole"]


def test_many_folders_are_searched_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "-near")
    for number in range(300):
        (tmp_path / f"{number}/data").mkdir(parents=True)
    begun = time.monotonic()
    assert paths(tmp_path) == ["-near"]
    assert time.monotonic() - begun < 1
    monkeypatch.setattr(stack_environments, "FOLDERS", 100)
    made(tmp_path / "299/data/far")  # after the first hundred
    assert paths(tmp_path) == ["-near"]


@pytest.mark.parametrize(
    ("path", "conda", "title"),
    [
        ("project/.venv", False, "project"),
        ("a/b/venv", False, "a/b"),
        (".venv", False, ".venv"),
        ("lab", False, "lab"),
        (".conda/envs/lab", True, "lab"),
        ("lab/.conda/envs/x", True, "lab/.conda/envs/x"),
    ],
)
def test_title(tmp_path: Path, path: str, conda: bool, title: str) -> None:
    made(tmp_path / path, conda=conda)
    assert only(tmp_path).title == title


def test_names_are_valid_kernel_names_and_unique(tmp_path: Path) -> None:
    for path in ("a b", "a-b", "项目/.venv", "A-b", "数据/.venv"):
        made(tmp_path / path)
    names = [environment.name for environment in environments(tmp_path)]
    assert len(set(names)) == 5
    assert all(name.isascii() and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for name in names)
    assert names == [environment.name for environment in environments(tmp_path)]


def test_an_environment_with_ipykernel_runs_its_own(tmp_path: Path) -> None:
    made(tmp_path / "env", OTHER, ipykernel=True)
    assert only(tmp_path).argv[0] == str(tmp_path / "env/bin/python")
    assert only(tmp_path).argv[-4:] == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    assert only(tmp_path).display_name("env") == "env (Python 3.9)"


def test_an_environment_of_the_same_python_borrows_the_notebooks_ipykernel(tmp_path: Path) -> None:
    made(tmp_path / "env")
    assert only(tmp_path).argv[-3:] == [str(stack_environments.LAUNCHER), "-f", "{connection_file}"]
    assert "needs" not in only(tmp_path).display_name("env")


@pytest.mark.parametrize("python", [OTHER, f"{HERE}t"])
def test_an_environment_of_another_python_says_that_it_needs_ipykernel(tmp_path: Path, python: str) -> None:
    made(tmp_path / "env", python, conda=True)
    version = python.removeprefix("python")
    assert only(tmp_path).display_name("env") == f"env (conda, Python {version}, needs ipykernel)"


def test_a_kernel_has_the_variables_that_activating_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    made(tmp_path / "venv")
    made(tmp_path / ".conda/envs/lab", conda=True)
    found = {environment.title: environment.env for environment in environments(tmp_path)}
    folder = str(tmp_path / "venv")
    assert found["venv"] == {"PATH": f"{folder}/bin:/usr/bin", "VIRTUAL_ENV": folder}
    assert found["lab"]["CONDA_PREFIX"] == str(tmp_path / ".conda/envs/lab")
    assert found["lab"]["CONDA_DEFAULT_ENV"] == "lab"


def package(folder: Path, name: str, module: str, *requires: str) -> None:
    """Create an installed package with one module."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (folder / f"{module}.py").write_text("")
    lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {one}" for one in requires)]
    (info / "METADATA").write_text("\n".join(lines))
    (info / "RECORD").write_text(f"{module}.py,,\n{name}-1.0.dist-info/METADATA,,\n../../../bin/{module},,\n")


def test_only_ipykernel_and_its_dependencies_are_borrowed(tmp_path: Path) -> None:
    package(tmp_path, "kernel", "kernel_module", "zmq_thing>=2", 'docs; extra == "docs"')
    package(tmp_path, "zmq-thing", "zmq_module", 'kernel; python_version > "3"')
    package(tmp_path, "docs", "docs_module")
    package(tmp_path, "numpy", "numpy")
    borrowed = stack_kernel_launcher.Borrowed(str(tmp_path), "kernel")
    found = {name for name in ("kernel_module", "zmq_module", "docs_module", "numpy") if borrowed.find_spec(name)}
    assert found == {"kernel_module", "zmq_module"}
    assert borrowed.find_spec("kernel_module", ["/somewhere"]) is None
    distributions = DistributionFinder.Context
    assert {item.name for item in borrowed.find_distributions(distributions())} == {"kernel", "zmq-thing"}
    assert list(borrowed.find_distributions(distributions(name="numpy"))) == []
