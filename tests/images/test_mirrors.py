"""Builds through package mirrors behind a company's CA: they work, leave no trace, and say what is wrong when they fail."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackctl import settings
from tests.images.mirror import PASSWORD, Mirror, apt_upstream, npm_upstream, pypi_upstream, running
from tests.support.checkout import ROOT, run

NAME = "mirrortest"
BUILT = ["hub", "nginx"]
"""With these, apt and pip have been used."""


@pytest.fixture
def base(images: dict[str, str]) -> Iterator[str]:
    """A base image that no build has seen, so that none of its steps is in the cache."""
    name = f"{NAME}-base:{uuid.uuid4().hex[:8]}"
    dockerfile = f"FROM {settings.load(ROOT).stack_base_image}\nRUN echo {name} >/etc/{NAME}\n"
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"],
        input=dockerfile.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    yield name
    built = run("docker", "image", "ls", "--filter", f"reference={NAME}-*", "--format", "{{.Repository}}:{{.Tag}}")
    run("docker", "image", "rm", "--force", *built.split())


@pytest.fixture(scope="module")
def npm_stage(images: dict[str, str]) -> str:
    """The stage of the proxy's build that has npm; it is built already."""
    bundle = f"id=ca_bundle,src={settings.load(ROOT).stack_ca_bundle}"
    build = ["--quiet", "--target", "proxy-build", "--build-context", "mirrors=mirrors", "--secret", bundle, "hub"]
    return run("docker", "build", *build, seconds=300).strip()


@pytest.fixture(scope="module")
def mirror(images: dict[str, str], npm_stage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    """A mirror of everything, on Docker's own bridge."""
    given = settings.load(ROOT)
    debian = given.stack_apt_mirror or apt_upstream(images["hub"])
    upstream = {
        "debian": debian,
        "debian-security": given.stack_apt_security_mirror or f"{debian.rstrip('/')}-security",
        "simple": given.stack_pypi_mirror or pypi_upstream(images["base"]),
        "npm": given.stack_npm_mirror or npm_upstream(npm_stage),
    }
    gateway = run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
    with running(Mirror(gateway, upstream, tmp_path_factory.mktemp("mirror"))) as made:
        yield made


@pytest.fixture
def company_bundle(mirror: Mirror, tmp_path: Path) -> Path:
    """The machine's certificates and the company's own."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(settings.load(ROOT).stack_ca_bundle.read_text() + mirror.ca.read_text())
    return bundle


def build(base: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"STACK_NAME": NAME, "STACK_BASE_IMAGE": base} | environment
    return subprocess.run(
        command, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
    )


def traces(image: str, marks: list[bytes]) -> set[bytes]:
    """Which of `marks` are in an image: its configuration, its history, or a file of any of its layers."""
    found = set()
    overlap = max(map(len, marks))
    with subprocess.Popen(["docker", "image", "save", image], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        tail = b""
        while block := process.stdout.read(2**20):
            found |= {mark for mark in marks if mark in tail + block}
            tail = block[-overlap:]
    assert process.returncode == 0
    return found


@pytest.mark.full  # a build of two images without any cache
def test_builds_work_and_leave_no_trace(base: str, mirror: Mirror, company_bundle: Path, tmp_path: Path) -> None:
    # Compose by itself, which can tell builds where the mirror's name leads
    hosts = {"build": {"extra_hosts": [f"{mirror.name}:{mirror.address}"]}}
    override = tmp_path / "override.yaml"
    override.write_text(json.dumps({"services": dict.fromkeys(BUILT, hosts)}))
    files = ["-f", "compose.yaml", "-f", str(override)]
    ran = build(
        base,
        *["docker", "compose", *files, "--progress", "plain", "build", *BUILT],
        STACK_APT_MIRROR=mirror.url("debian"),
        STACK_PYPI_MIRROR=mirror.url("simple"),
        STACK_CA_BUNDLE=str(company_bundle),
    )
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr[-5000:]
    assert mirror.asked >= {"debian", "debian-security", "simple"}
    for service in BUILT:
        assert traces(f"{NAME}-{service}", mirror.marks) == set()
    assert traces(f"{NAME}-hub", [b"stackhub hub"]), "what is there is not found"


@pytest.mark.full
def test_npm_installs_what_the_proxy_image_copies_and_leaves_no_trace(
    mirror: Mirror, npm_stage: str, company_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "npm_mirror").write_text(mirror.url("npm"))
    secrets = {tmp_path / "npm_mirror": "npm_mirror", company_bundle: "ca_bundle"}
    mounts = [f"--volume={path}:/run/secrets/{name}:ro" for path, name in secrets.items()]
    options = ["--rm", f"--add-host={mirror.name}:{mirror.address}", f"--volume={ROOT}/mirrors:/mirrors:ro", *mounts]
    script = 'rm -r node_modules && /mirrors/npm-ci >&2 && tar --create --file - "$PWD"'
    ran = subprocess.run(
        ["docker", "run", *options, npm_stage, "sh", "-euc", script], capture_output=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert "npm" in mirror.asked
    assert b"configurable-http-proxy" in ran.stdout
    assert [mark for mark in mirror.marks if mark in ran.stdout] == []


def test_a_ca_that_is_not_trusted_is_named(base: str, mirror: Mirror) -> None:
    ran = build(base, "bin/stackctl", "build", "nginx", STACK_APT_MIRROR=mirror.url("debian", mirror.address))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "The image nginx could not be built. Failed step: RUN /mirrors/apt-install gettext-base nginx" in ran.stderr
    assert "hint: A certificate is not trusted. Set STACK_CA_BUNDLE in .env" in ran.stderr
    assert PASSWORD not in ran.stderr


def test_a_mirror_that_does_not_answer_is_named(base: str) -> None:
    ran = build(base, "bin/stackctl", "build", "nginx", STACK_APT_MIRROR="http://127.0.0.1:9/debian")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "http://127.0.0.1:9/debian" in ran.stderr
    assert "hint: A package mirror cannot be reached. Check STACK_APT_MIRROR" in ran.stderr
