"""The base image of all our images: pulled, or made from a Debian mirror where no registry can be reached."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from stackctl.engine import Engine
from stackctl.errors import StackError, explain_interrupt
from stackctl.host import apt, program
from stackctl.settings import Settings
from stackctl.ui import console

DEBIAN = "debian:trixie-slim"
SUITE = "trixie"
REGISTRY_TIMEOUT = 20
"""Seconds without an answer after which a registry counts as unreachable."""

# What the published slim image leaves out: https://github.com/debuerreotype/debuerreotype (.slimify-excludes)
LEFT_OUT = ("doc", "groff", "info", "linda", "lintian", "locale", "man")


@explain_interrupt()
def ensure(engine: Engine, settings: Settings, *, fresh: bool = False) -> None:
    """Pull or make the base image if it is missing; always, with `fresh`. Raises StackError when neither works."""
    reference = settings.stack_base_image
    if not fresh and engine.has_image(reference):
        return
    try:
        with console.Working(f"pulling {reference} (giving up after {REGISTRY_TIMEOUT} s without an answer)") as working:
            for event in engine.pull(reference, REGISTRY_TIMEOUT):
                working.text = f"pulling {reference}: {event.get('id', '')} {event.get('status', '')}"
        console.done(f"Base image {reference} pulled.")
    except StackError as error:
        if reference != DEBIAN and engine.has_image(reference):
            console.warn(f"The base image {reference} cannot be pulled ({error.message}). Using the one on this server.")
            return
        if reference != DEBIAN:
            raise StackError(
                f"The base image {reference} (STACK_BASE_IMAGE) cannot be pulled: {error.message}",
                f"Check the name, `docker load` the image, or remove STACK_BASE_IMAGE: {DEBIAN} can be made from a mirror.",
            ) from error
        console.say(f"  {reference} cannot be pulled ({error.message}). Making it from the Debian mirror instead.")
        _make(engine, settings)
        console.done(f"Base image {reference} made from the Debian mirror.")


def _make(engine: Engine, settings: Settings) -> None:
    if shutil.which("mmdebstrap") is None:
        console.say("  Installing mmdebstrap.")
        apt.install("mmdebstrap", "debian-archive-keyring")
    with tempfile.TemporaryDirectory(prefix="stackctl-") as folder:
        tar, sources = Path(folder) / "root.tar", Path(folder) / "sources.list"
        sources.touch(mode=0o600)  # a mirror's address may have a password, which must not be on a command line
        sources.write_text("".join(f"{line}\n" for line in source_lines(settings)))
        hint = "Check that the Debian mirror can be reached: STACK_APT_MIRROR and HTTP_PROXY in .env (docs/mirrors.md)."
        program.run(command(tar, sources, settings), _environment(settings), hint)
        engine.import_image(tar, DEBIAN)


def command(tar: Path, sources: Path, settings: Settings) -> list[str]:
    """The mmdebstrap command line. A mirror from .env is not written into the image, and so not into those based on it."""
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    options.append("--dpkgopt=path-include=/usr/share/doc/*/copyright")
    options.append('--aptopt=Acquire::Languages "none"')
    options.append(f'--aptopt=Acquire::https::CaInfo "{settings.stack_ca_bundle}"')
    # the bundle's path is this machine's, not the image's
    options.append('--customize-hook=sed -i "/CaInfo/d" "$1"/etc/apt/apt.conf.d/99mmdebstrap')
    if settings.stack_apt_mirror:
        options.append('--customize-hook=rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*')
    mirrors = [str(sources)] if sources.stat().st_size else []
    return ["mmdebstrap", "--variant=minbase", *options, SUITE, str(tar), *mirrors]


def source_lines(settings: Settings) -> list[str]:
    """Mirror lines for apt; none for mmdebstrap's default, Debian's own mirrors.

    Without STACK_APT_MIRROR: the machine's own mirror if it is an address. Some cloud images name a file with a list.
    """
    mirror = settings.stack_apt_mirror or apt.debian_mirror()
    if not mirror.startswith(("http://", "https://")):
        return []
    if settings.stack_apt_mirror:
        security = settings.stack_apt_security_mirror or f"{mirror.rstrip('/')}-security"
    else:
        security = apt.debian_mirror(security=True)
    lines = [f"deb {mirror} {SUITE} main", f"deb {mirror} {SUITE}-updates main"]
    return lines + ([f"deb {security} {SUITE}-security main"] if security else [])


def _environment(settings: Settings) -> dict[str, str]:
    proxies = {"http_proxy": settings.http_proxy, "https_proxy": settings.https_proxy, "no_proxy": settings.no_proxy}
    return os.environ | {name: value for name, value in proxies.items() if value}
