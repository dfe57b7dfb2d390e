"""What no committed file may say, and what lock files and Markdown links must."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files

# In two parts, or this file itself would hold them.
REGISTRIES = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "(org|com)"),
    ("yarnpkg", "com"),
    ("npmmirror", "com"),
    (r"(deb|ftp\w*|security|snapshot)(\.\w\w)?\.debian", "org"),
    (r"(archive|security|ports)\.ubuntu", "com"),
    (r"mirrors?\.[\w-]+(\.edu)?", "(cn|com)"),
]
NOTEBOOKS = ["base", "bokeh", "scipy"]
LOCKS = ["requirements.lock", "tests/requirements.lock", "hub/requirements.lock", "gate/requirements.lock"]
LOCKS += ["tests/standins/docker_stacks/requirements.lock"]
LOCKS += [f"singleuser/{name}/requirements.lock" for name in NOTEBOOKS]


def texts() -> list[tuple[str, str]]:
    """Every committed file that is a text, with its path."""
    found = []
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            found.append((path, content.decode()))
    return found


def lines_with(pattern: str) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert lines_with("|".join(rf"\b{name}\.{end}\b" for name, end in REGISTRIES)) == []


def test_no_file_holds_a_path_of_this_machine() -> None:
    if len(ROOT.parts) < 3:
        pytest.skip(f"{ROOT} is too short a path to look for")
    assert lines_with(rf"{re.escape(str(ROOT))}\b") == []


def test_every_lock_is_looked_at() -> None:
    assert sorted(LOCKS) == [path for path in files() if path.endswith("requirements.lock")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_python_lock_pins_everything_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)[1:]
    assert pins
    for pin in pins:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ ", pin), pin
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", pin), pin
    assert "://" not in text
    assert "index-url" not in text


def test_the_npm_lock_pins_everything_with_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "hub/package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert "node_modules/configurable-http-proxy" in packages
    for name, entry in packages.items():
        assert entry.get("integrity", "").startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_stackhub_is_tested_on_the_versions_that_the_hub_runs_on() -> None:
    wanted = re.findall(r"^[\w-]+", (ROOT / "hub/requirements.in").read_text(), flags=re.MULTILINE)
    assert "jupyterhub" in wanted
    in_hub, in_tests = ((ROOT / folder / "requirements.lock").read_text() for folder in ("hub", "tests"))
    for name in wanted:
        pin = rf"^{name}==\S+"
        assert set(re.findall(pin, in_hub, re.MULTILINE)) == set(re.findall(pin, in_tests, re.MULTILINE))


def test_markdown_links_to_files_resolve() -> None:
    broken = []
    for path, text in texts():
        if not path.endswith(".md"):
            continue
        targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) + re.findall(r"""(?:src|href)="([^"#]+)[^"]*\"""", text)
        local = [target for target in targets if not re.match(r"[a-z]+:", target)]
        broken += [f"{path}: {target}" for target in local if not (ROOT / Path(path).parent / target).exists()]
    assert broken == []
