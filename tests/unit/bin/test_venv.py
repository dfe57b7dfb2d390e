"""bin/venv.sh: what bin/stackctl and bin/test do before they can run Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stackctl import settings
from tests.support.checkout import ROOT
from tests.support.dotenv_table import ALIKE

APT = "apt-get install python3 python3-venv"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, whose lock names a package that does not exist."""
    folder = tmp_path / "checkout"
    (folder / "bin").mkdir(parents=True)
    for name in ("stackctl", "venv.sh"):
        shutil.copy(ROOT / "bin" / name, folder / "bin" / name)
    (folder / "requirements.lock").write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\n")
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The only folder on PATH, with the tools that every machine has."""
    folder = tmp_path / "path"
    folder.mkdir()
    for name in ("sh", "cmp", "cp", "chown", "dirname", "readlink", "rm", "sed", "tail", "id"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def stackctl(checkout: Path, path: Path, **environment: str) -> tuple[int, str]:
    """bin/stackctl's exit code and output."""
    command = [str(checkout / "bin" / "stackctl"), "--version"]
    given = {"PATH": str(path)} | environment
    ran = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def python(path: Path, script: str) -> None:
    """Install this shell script as python3."""
    program = path / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_no_python(checkout: Path, path: Path) -> None:
    assert stackctl(checkout, path) == (3, f"error: Python 3 is not installed.\n\nhint: {APT}\n")


def test_an_old_python(checkout: Path, path: Path) -> None:
    python(path, '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    output = f"error: Python 3.10 or newer is needed; this is Python 3.9.2.\n\nhint: {APT}\n"
    assert stackctl(checkout, path) == (3, output)


def test_no_venv(checkout: Path, path: Path) -> None:
    python(path, "case $2 in *ensurepip*) exit 1 ;; esac")
    code, output = stackctl(checkout, path)
    assert code == 3
    assert output.endswith("error: Python's venv is not installed.\n\nhint: apt-get install python3-venv\n")


def test_packages_that_cannot_be_installed(checkout: Path, path: Path) -> None:
    (path / "mkdir").symlink_to("/bin/mkdir")
    (path / "false").symlink_to("/bin/false")
    python(path, 'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$(dirname "$0")/false" "$3/bin/pip"; fi')
    code, output = stackctl(checkout, path)
    assert code == 3
    assert output.startswith("Setting up .venv (once)\n")
    assert output.endswith(
        "error: Cannot install Python packages.\n\n"
        "hint: Behind a mirror or proxy, set STACK_PYPI_MIRROR or HTTPS_PROXY in .env.\n"
    )
    assert not (checkout / ".venv" / "installed.lock").exists()  # so that the next run tries again


def test_uv_is_used_if_it_is_installed_and_gets_mirror_proxy_and_bundle(checkout: Path, path: Path, tmp_path: Path) -> None:
    python(path, "")
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (checkout / ".env").write_text(
        f"STACK_PYPI_MIRROR=https://mirror.example.org/simple\nHTTPS_PROXY=http://proxy:3128\nSTACK_CA_BUNDLE={tmp_path}/ca.pem\n"
    )
    uv = path / "uv"
    uv.write_text(
        '#!/bin/sh\necho "$1 $2 $UV_DEFAULT_INDEX $PIP_INDEX_URL $HTTPS_PROXY $SSL_CERT_FILE" >&2\n[ "$1" = venv ]\n'
    )
    uv.chmod(0o755)
    _, output = stackctl(checkout, path)
    mirror = "https://mirror.example.org/simple"
    assert f"pip sync {mirror} {mirror} http://proxy:3128 {tmp_path}/ca.pem\n" in output


CARRIED = "--no-index --find-links {root}/offline/wheels"


def test_wheels_from_an_archive_are_installed_without_an_index(checkout: Path, path: Path) -> None:
    (path / "mkdir").symlink_to("/bin/mkdir")
    (checkout / "offline" / "wheels").mkdir(parents=True)
    (path / "pip").write_text('#!/bin/sh\necho "$@" >&2\nexit 1\n')
    (path / "pip").chmod(0o755)
    made = 'mkdir -p "$3/bin"; cp "$(dirname "$0")/pip" "$3/bin/pip"'
    python(path, f'if [ "$2" = venv ]; then {made}; elif [ "$1" = --version ]; then echo Python 3.11.2; fi')
    code, output = stackctl(checkout, path)
    assert code == 3
    assert f"--require-hashes {CARRIED.format(root=checkout)} -r {checkout}/requirements.lock\n" in output
    assert output.endswith(
        "error: Cannot install Python packages from offline/wheels; this is Python 3.11.2.\n\n"
        "hint: Its files are for the Python versions in their names. If there is a network, delete it to download packages."
        "\n"
    )


def test_uv_installs_wheels_from_an_archive(checkout: Path, path: Path) -> None:
    (checkout / "offline" / "wheels").mkdir(parents=True)
    python(path, "")
    uv = path / "uv"
    uv.write_text('#!/bin/sh\necho "$@" >&2\n[ "$1" = venv ]\n')
    uv.chmod(0o755)
    assert f"{CARRIED.format(root=checkout)} {checkout}/requirements.lock\n" in stackctl(checkout, path)[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "STACK_PYPI_MIRROR=\n",
        "STACK_PYPI_MIRROR=https://one.example.org/simple\nSTACK_PYPI_MIRROR=https://two.example.org/simple",
        "# STACK_PYPI_MIRROR=https://no.example.org\n  STACK_PYPI_MIRROR='https://one.example.org/a?b=c#d'  # ours\n",
        'export STACK_PYPI_MIRROR = "https://one.example.org/simple"\r\nSTACK_NAME=team\r\n',
        "STACK_PYPI_MIRROR=https://one.example.org/simple # ours\n",
        "STACK_NAME=team\nNO_PROXY=x\n",
    ],
)
@pytest.mark.parametrize("outside", [None, "", "https://outside.example.org"])
def test_a_setting_reads_the_same_from_sh_as_from_python(tmp_path: Path, text: str, outside: str | None) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "venv.sh", tmp_path / "bin")
    (tmp_path / ".env").write_text(text, newline="")
    environ = {"PATH": os.environ["PATH"]} | ({} if outside is None else {"STACK_PYPI_MIRROR": outside})
    script = f'set -eu; . "{tmp_path}/bin/venv.sh"; root="{tmp_path}"; setting STACK_PYPI_MIRROR'
    ran = subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, timeout=10, check=True)
    assert ran.stdout == settings.load(tmp_path, environ).stack_pypi_mirror


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_lines_that_compose_and_stackctl_read_alike_read_the_same_from_sh(tmp_path: Path, start: str, end: str) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "venv.sh", tmp_path / "bin")
    lines = [f"{line.format(*[f'SETTING_{number}'] * 3)}\n" for number, line in enumerate(ALIKE)]
    (tmp_path / ".env").write_text(start + "".join(lines).replace("\n", end), newline="")
    script = f"set -eu; . {tmp_path}/bin/venv.sh; root={tmp_path}; "
    script += f"for n in $(seq 0 {len(ALIKE) - 1}); do setting SETTING_$n; echo; done"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert dict(zip(ALIKE, ran.stdout.splitlines(), strict=True)) == ALIKE
