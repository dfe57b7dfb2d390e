"""What the script prints of an image's package lists, and what is read from it. tests/stack runs it on real images."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from stackctl.doctor.image_contents import SCRIPT, Contents, Package, parse, read
from stackctl.engine import Engine
from stackctl.errors import StackError

LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "proxy"},
        "node_modules/@colors/colors": {"version": "1.6.0"},
        "node_modules/winston": {"version": "3.19.0"},
        "node_modules/winston/node_modules/async": {"version": "3.2.6"},
        "node_modules/linked": {"link": True},
    },
}
OUTPUT = f"""::updated
1769000000
::pypi
/opt/hub/lib/python3.13/site-packages/Jinja2-3.1.6.dist-info/METADATA:Name: Jinja2
/opt/hub/lib/python3.13/site-packages/Jinja2-3.1.6.dist-info/METADATA:Version: 3.1.6
/opt/other/lib/python3.13/site-packages/jinja2-3.1.6.dist-info/METADATA:Version: 3.1.6
/opt/other/lib/python3.13/site-packages/jinja2-3.1.6.dist-info/METADATA:Name: jinja2
/opt/hub/lib/python3.13/site-packages/setuptools/_vendor/packaging-24.2.dist-info/METADATA:Name: packaging
/opt/hub/lib/python3.13/site-packages/setuptools/_vendor/packaging-24.2.dist-info/METADATA:Version: 24.2
/usr/lib/python3/dist-packages/six-1.17.0.egg-info/PKG-INFO:Name: six
/usr/lib/python3/dist-packages/six-1.17.0.egg-info/PKG-INFO:Version: 1.17.0
/opt/hub/lib/python3.13/site-packages/broken-1.dist-info/METADATA:Name: broken
::npm
{json.dumps(LOCK)}
"""


def test_every_installed_package_is_listed_once() -> None:
    assert parse(OUTPUT) == Contents(
        updated=1769000000,
        packages=(
            Package("npm", "@colors/colors", "1.6.0"),
            Package("npm", "async", "3.2.6"),
            Package("npm", "winston", "3.19.0"),
            Package("pypi", "jinja2", "3.1.6"),
        ),
    )


def test_an_image_without_packages() -> None:
    assert parse("::updated\n::pypi\n::npm\n") == Contents()


def test_the_script_finds_the_packages_in_a_folder(tmp_path: Path) -> None:
    """With a space in a path, and a description that looks like headers."""
    info, modules = tmp_path / "a b" / "site-packages" / "x-1.dist-info", tmp_path / "node_modules"
    for folder in (info, modules):
        folder.mkdir(parents=True)
    (info / "METADATA").write_bytes(b"Metadata-Version: 2.4\nName: x\nVersion: 1\n\nName: y\nVersion: 2\n\0\xff")
    (modules / ".package-lock.json").write_text(json.dumps(LOCK, indent=2))
    script = SCRIPT.replace("find / ", f"find '{tmp_path}' ")
    output = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert set(parse(output).packages) == {
        Package("pypi", "x", "1"),
        Package("npm", "@colors/colors", "1.6.0"),
        Package("npm", "async", "3.2.6"),
        Package("npm", "winston", "3.19.0"),
    }


@pytest.mark.parametrize("output", ["::npm\n{}\n", "::npm\n<html>\n", "::npm\n[]\n", "::updated\nlong ago\n"])
def test_lists_that_cannot_be_read(output: str) -> None:
    engine = cast(Engine, SimpleNamespace(once=lambda *_, **__: output))
    with pytest.raises(StackError, match="package lists cannot be read") as caught:
        read(engine, "image", "team")
    assert caught.value.hint
