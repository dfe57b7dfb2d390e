"""A root folder with Debian unstable: the newest Docker, Compose and Python that Debian has. They need its libc."""

from __future__ import annotations

import datetime
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from stackctl.host import apt
from tests.support.machine import apt_install, one_at_a_time
from tests.support.server import CA_BUNDLE

SUITE = "sid"
PACKAGES = (
    *("docker.io", "docker-cli", "docker-compose", "docker-buildx", "python3", "python3-venv", "ca-certificates"),
    *("iptables", "nftables", "iproute2", "procps"),  # what Docker needs, and stackctl asks
)
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "stackhub-tests")


def newest_debian() -> Path:
    """The root: 700 MB that take a minute and a half, made once a week and where the packages are other ones."""
    year, week, _ = datetime.date.today().isocalendar()
    key = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    root = KEPT / f"{SUITE}-{year}w{week:02}-{key}"
    if shutil.which("mmdebstrap") is None:
        apt_install("mmdebstrap", "debian-archive-keyring")
    with one_at_a_time():
        if not root.exists():
            shutil.rmtree(KEPT, ignore_errors=True)
            KEPT.mkdir(parents=True)
            _make(root.with_suffix(".half"))
            root.with_suffix(".half").rename(root)
    return root


def _make(root: Path) -> None:
    mirror = apt.debian_mirror()
    sources = [mirror] if mirror.startswith(("http://", "https://")) else []  # cloud images have a list of them in a file
    # what a mirror serves that is a snapshot counts as out of date
    options = ['Acquire::Check-Valid-Until "false"', f'Acquire::https::CaInfo "{CA_BUNDLE}"', 'Acquire::Languages "none"']
    line = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    line += [*(f"--aptopt={option}" for option in options), SUITE, str(root), *sources]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
