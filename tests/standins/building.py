"""Builds a stand-in's image like the stack's own, with the same settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from stackctl import settings
from tests.support.checkout import ROOT

SECONDS = 600
SECRETS = {
    "apt_mirror": "STACK_APT_MIRROR",
    "apt_security_mirror": "STACK_APT_SECURITY_MIRROR",
    "pypi_mirror": "STACK_PYPI_MIRROR",
}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def build(folder: Path, tag: str, target: str = "", platform: str = "") -> str:
    """Build the Dockerfile in `folder`, or one target of it, for this machine or another `platform`. Returns `tag`.

    Raises CalledProcessError.
    """
    given = settings.load(ROOT)
    environment = os.environ | given.environment()
    options = ["--tag", tag, "--build-context", f"mirrors={ROOT}/mirrors"]
    options += ["--build-arg", f"BASE_IMAGE={given.stack_base_image}", *(["--target", target] if target else [])]
    options += ["--platform", platform] if platform else []
    options += ["--secret", f"id=ca_bundle,src={given.stack_ca_bundle}"]
    for name, value in SECRETS.items():
        options += ["--secret", f"id={name},env={value}"] if environment.get(value) else []
    for name in PROXIES:
        options += ["--build-arg", name]
    command = ["docker", "buildx", "build", "--load", "--progress=quiet", *options, str(folder)]
    nothing = subprocess.DEVNULL
    subprocess.run(command, env=environment, stdin=nothing, stdout=nothing, timeout=SECONDS, check=True)
    return tag
