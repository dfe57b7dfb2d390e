"""The packages of the lock file that each version of Python needs."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from stackctl import settings
from stackctl.offline.wheels import PYTHONS, for_every_python, pins, pip_environment
from tests.support.checkout import ROOT

LOCK = f"""\
one==1.0 ; python_full_version < '3.11' \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via two
one==1.1 ; python_full_version >= '3.11' \\
    --hash=sha256:{"c" * 64}
pywin32==312 ; sys_platform == 'win32' \\
    --hash=sha256:{"d" * 64}
two==2.0 \\
    --hash=sha256:{"e" * 64}
"""


def test_pins_of_a_version_of_python() -> None:
    hashes = [f"    --hash=sha256:{digit * 64}" for digit in "abce"]
    assert pins(LOCK, "3.10") == {
        "one==1.0": f"one==1.0 \\\n{hashes[0]} \\\n{hashes[1]}\n",
        "two==2.0": f"two==2.0 \\\n{hashes[3]}\n",
    }
    assert pins(LOCK, "3.11")["one==1.1"] == f"one==1.1 \\\n{hashes[2]}\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_our_lock_has_each_package_once(python: str) -> None:
    names = [pin.partition("==")[0] for pin in pins((ROOT / "requirements.lock").read_text(), python)]
    assert {"typer", "pydantic-core", "docker"} <= set(names)
    assert len(names) == len(set(names)), "each package in one version"
    assert "pywin32" not in names


@pytest.mark.parametrize(
    ("marker", "kept"),
    [
        ("python_full_version >= '3.11' and sys_platform != 'win32'", True),
        ("python_full_version >= '3.11' and python_full_version < '3.12'", False),
        ("python_version < '3.13' or sys_platform == 'win32'", True),
        ("platform_python_implementation == 'PyPy'", False),
        (f"platform_machine == '{platform.machine()}'", True),
    ],
)
def test_markers_are_evaluated_for_that_python_on_this_kind_of_machine(marker: str, kept: bool) -> None:
    assert bool(pins(f"one==1.0 ; {marker} \\\n    --hash=sha256:{'a' * 64}\n", "3.12")) == kept


def test_the_first_version_supported_is_among_them() -> None:
    assert f'requires-python = ">={PYTHONS[0]}"' in (ROOT / "pyproject.toml").read_text()


def test_wheels_that_fit_every_python() -> None:
    assert for_every_python("markdown_it_py-4.3.0-py3-none-any.whl") == "markdown-it-py==4.3.0"
    assert for_every_python("pyyaml-6.0.4-cp311-cp311-manylinux_2_17_x86_64.whl") == ""


def test_pip_gets_mirror_proxy_and_certificates_by_its_environment(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    given = {"STACK_PYPI_MIRROR": "http://me:pw@mirror.example.org/simple", "HTTPS_PROXY": "http://proxy:3128"}
    assert pip_environment(settings.load(tmp_path, given | {"STACK_CA_BUNDLE": str(bundle)})) == {
        "PIP_CERT": str(bundle),
        "PIP_INDEX_URL": "http://me:pw@mirror.example.org/simple",
        "PIP_TRUSTED_HOST": "mirror.example.org",
        "HTTPS_PROXY": "http://proxy:3128",
    }
