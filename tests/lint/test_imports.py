"""Imports go down the layers that pyproject.toml lists, never in a circle, and take what a package offers in `__all__`."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files, run

CODE = {"stackctl/": ROOT, "hub/stackhub/": ROOT / "hub"}


def test_imports_follow_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(ROOT / folder) for folder in (".", "hub", "gate", "walls")))
    run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("stackctl/engine/errors.py", "import stackctl.commands.up", "stackctl: imports go down this list BROKEN"),
        (
            "contract/lists.py",
            "import stackctl.errors",
            "programs are independent of each other, and contract of them BROKEN",
        ),
        ("gate/stackgate/body.py", "import stackweights.weights", "the gate's rules do not import the CPU weights BROKEN"),
    ],
)
def test_an_import_that_goes_up_is_found(tmp_path: Path, module: str, line: str, broken: str) -> None:
    for path in files():
        if path.endswith(".py") and not path.startswith("tests/"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")
    search = os.pathsep.join(str(tmp_path / folder) for folder in (".", "hub", "gate", "walls"))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": search},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert broken in ran.stdout


def modules() -> dict[str, ast.Module]:
    """The source of each of our modules, by its dotted name; a package's own is NAME.__init__."""
    found = {}
    for path in files():
        for folder, base in CODE.items():
            if path.startswith(folder) and path.endswith(".py"):
                name = (ROOT / path).relative_to(base).with_suffix("").as_posix().replace("/", ".")
                found[name] = ast.parse((ROOT / path).read_text())
    return found


def imported(tree: ast.Module) -> Iterator[str]:
    """Every name that is imported with `from`, with its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{item.name}" for item in node.names)


def offered(package: ast.Module) -> list[str]:
    """A package's `__all__`."""
    for node in package.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def used(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """What modules outside each package import from it."""
    found = defaultdict(set)
    for name, tree in trees.items():
        for target in imported(tree):
            parts = target.split(".")
            for depth in range(2, len(parts)):
                package = ".".join(parts[:depth])
                if f"{package}.__init__" in trees and not name.startswith(f"{package}."):
                    found[package].add(parts[depth])
    return found


def test_a_package_says_what_it_is_for_and_lists_what_others_use() -> None:
    trees = modules()
    in_use = used(trees)
    wrong = []
    for name, tree in trees.items():
        package = name.removesuffix(".__init__")
        if package == name or package in ("stackctl", "stackhub") or package.startswith("stackctl.commands"):
            continue
        submodules = {item for item in offered(tree) if {f"{package}.{item}", f"{package}.{item}.__init__"} & set(trees)}
        wrong += [] if ast.get_docstring(tree) else [f"{package} has no docstring"]
        wrong += [f"{package} lacks {item} in __all__" for item in sorted(in_use[package] - set(offered(tree)))]
        if package.startswith("stackctl."):  # the hub's settings name some modules of its own in strings
            wrong += [
                f"{package}.{item} is in __all__, and nothing else uses it" for item in sorted(submodules - in_use[package])
            ]
    assert not wrong, "\n".join(wrong)
