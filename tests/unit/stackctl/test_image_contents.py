"""What an image's own files say, as the script prints it. On real images it is run in tests/stack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.image_contents import SCRIPT, Contents, Package, parse, read

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
SAID = f"""::system
PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
VERSION_ID="13"
VERSION="13 (trixie)"
ID=debian
::dated
1769000000
::deb
ii \tnginx\t1.26.3-3+deb13u1\tamd64\tnginx\t1.26.3-3+deb13u1
ii \tlibssl3t64\t3.5.4-1~deb13u1\tamd64\topenssl\t3.5.4-1~deb13u1
rc \tgone\t1\tamd64\tgone\t1
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
::conda
/opt/conda/conda-meta/ca-certificates-2026.10.1-hbd8a1cb_0.json
/opt/conda/envs/a/conda-meta/ca-certificates-2026.10.1-hbd8a1cb_0.json
::npm
/opt/proxy/node_modules/.package-lock.json\t{json.dumps(LOCK)}
"""


def test_every_package_once_with_all_its_places() -> None:
    hub, other = ("/opt/hub/lib/python3.13/site-packages", "/opt/other/lib/python3.13/site-packages")
    proxy = "/opt/proxy/node_modules"
    assert parse(SAID) == Contents(
        system="debian",
        release="13",
        dated=1769000000,
        packages=(
            Package("conda", "ca-certificates", "2026.10.1", "hbd8a1cb_0", places=("/opt/conda", "/opt/conda/envs/a")),
            Package("deb", "libssl3t64", "3.5.4-1~deb13u1", "amd64", ("openssl", "3.5.4-1~deb13u1")),
            Package("deb", "nginx", "1.26.3-3+deb13u1", "amd64", ("nginx", "1.26.3-3+deb13u1")),
            Package("npm", "@colors/colors", "1.6.0", places=(f"{proxy}/@colors",)),
            Package("npm", "async", "3.2.6", places=(f"{proxy}/winston/node_modules",)),
            Package("npm", "winston", "3.19.0", places=(proxy,)),
            Package("pypi", "jinja2", "3.1.6", places=(hub, other)),
        ),
    )


def test_an_image_that_has_none_of_it() -> None:
    assert parse("::system\nID=alpine\n::dated\n::deb\n::pypi\n::conda\n::npm\n") == Contents(system="alpine")


def test_a_release_with_long_term_support() -> None:
    assert parse('::system\nID=ubuntu\nVERSION_ID="24.04"\nVERSION="24.04.3 LTS (Noble Numbat)"\n').lasting
    assert not parse('::system\nID=ubuntu\nVERSION_ID="25.10"\nVERSION="25.10 (Questing Quokka)"\n').lasting


def test_the_script_finds_what_is_in_a_tree(tmp_path: Path) -> None:
    """With names that are not plain, and a description that looks like headers."""
    info = tmp_path / "a b" / "site-packages" / "x-1.dist-info"
    meta, modules = tmp_path / "conda-meta", tmp_path / "node_modules"
    for folder in (info, meta, modules):
        folder.mkdir(parents=True)
    (info / "METADATA").write_bytes(b"Metadata-Version: 2.4\nName: x\nVersion: 1\n\nName: y\nVersion: 2\n\0\xff")
    (meta / "a-b-1.0-h1_0.json").write_text("{}")
    (meta / "history").write_text("")
    (modules / ".package-lock.json").write_text(json.dumps(LOCK, indent=2))
    said = subprocess.run(
        ["sh", "-c", SCRIPT.replace("find / ", f"find '{tmp_path}' ")], capture_output=True, text=True, check=True
    ).stdout
    found = {(item.kind, item.name, item.version) for item in parse(said).packages if item.kind != "deb"}
    assert found == {
        ("pypi", "x", "1"),
        ("conda", "a-b", "1.0"),
        ("npm", "@colors/colors", "1.6.0"),
        ("npm", "async", "3.2.6"),
        ("npm", "winston", "3.19.0"),
    }


@pytest.mark.parametrize("said", ["::npm\n/x\t{}\n", "::npm\n/x\t<html>\n", "::dated\nlong ago\n", "::deb\nii \tx\n"])
def test_files_that_make_no_sense(said: str) -> None:
    engine = cast(Engine, SimpleNamespace(once=lambda *_, **__: said))
    with pytest.raises(StackError, match="makes no sense") as caught:
        read(engine, "image", "team")
    assert caught.value.hint
