"""The image that all of ours stand on: pulled, or made from a Debian mirror where no registry answers."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from stackctl import console, host
from stackctl.engine import Engine
from stackctl.errors import StackError, left_when_stopped
from stackctl.settings import Settings

MADE = "debian:trixie-slim"
SUITE = "trixie"
SILENCE = 20
"""Seconds without a word from a registry after which it counts as unreachable."""

# What the published slim image leaves out: https://github.com/debuerreotype/debuerreotype (.slimify-excludes)
LEFT_OUT = ("doc", "groff", "info", "linda", "lintian", "locale", "man")


@left_when_stopped()
def ensure(engine: Engine, settings: Settings, *, fresh: bool = False) -> None:
    """Have the base image here; with `fresh`, as it is today. Raises StackError when it can neither be pulled nor made."""
    reference = settings.stack_base_image
    if not fresh and engine.has_image(reference):
        return
    try:
        with console.Working(f"pulling {reference} (giving up after {SILENCE} s without an answer)") as working:
            for event in engine.pull(reference, SILENCE):
                working.text = f"pulling {reference}: {event.get('id', '')} {event.get('status', '')}"
        console.done(f"Base image {reference} pulled.")
    except StackError as error:
        if reference != MADE and engine.has_image(reference):
            console.warn(f"The base image {reference} cannot be pulled, and stays as it is here: {error.message}")
            return
        if reference != MADE:
            raise StackError(
                f"The base image {reference} (STACK_BASE_IMAGE) cannot be pulled: {error.message}",
                f"Check the name, `docker load` the image, or leave STACK_BASE_IMAGE out: {MADE} can be made from a mirror.",
            ) from error
        console.say(f"  {reference} cannot be pulled here ({error.message}); making it from the Debian mirror instead.")
        _make(engine, settings)
        console.done(f"Base image {reference} made from the Debian mirror.")


def _make(engine: Engine, settings: Settings) -> None:
    if shutil.which("mmdebstrap") is None:
        console.say("  Installing mmdebstrap for it.")
        host.apt_install("mmdebstrap", "debian-archive-keyring")
    with tempfile.TemporaryDirectory(prefix="stackctl-") as folder:
        tar, sources = Path(folder) / "root.tar", Path(folder) / "sources.list"
        sources.touch(mode=0o600)  # a mirror's address may hold a password: not for the command line
        sources.write_text("".join(f"{line}\n" for line in source_lines(settings)))
        hint = "Is the Debian mirror right and reachable? Set STACK_APT_MIRROR in .env, and HTTP_PROXY if there is one."
        host.run_tool(command(tar, sources, settings), _environment(settings), hint)
        engine.import_image(tar, MADE)


def command(tar: Path, sources: Path, settings: Settings) -> list[str]:
    """The mmdebstrap command line. A mirror from .env is left out of the image, where it would be in every finished one."""
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    options.append("--dpkgopt=path-include=/usr/share/doc/*/copyright")
    options.append('--aptopt=Acquire::Languages "none"')
    options.append(f'--aptopt=Acquire::https::CaInfo "{settings.stack_ca_bundle}"')
    # the bundle is this machine's, not the image's
    options.append('--customize-hook=sed -i "/CaInfo/d" "$1"/etc/apt/apt.conf.d/99mmdebstrap')
    if settings.stack_apt_mirror:
        options.append('--customize-hook=rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*')
    mirrors = [str(sources)] if sources.stat().st_size else []
    return ["mmdebstrap", "--variant=minbase", *options, SUITE, str(tar), *mirrors]


def source_lines(settings: Settings) -> list[str]:
    """Mirror lines for apt; none, and mmdebstrap knows Debian's own.

    The machine's own mirror counts when it is an address: cloud images may have a list of them in a file of theirs.
    """
    mirror = settings.stack_apt_mirror or host.debian_mirror()
    if not mirror.startswith(("http://", "https://")):
        return []
    if settings.stack_apt_mirror:
        security = settings.stack_apt_security_mirror or f"{mirror.rstrip('/')}-security"
    else:
        security = host.debian_mirror(security=True)
    lines = [f"deb {mirror} {SUITE} main", f"deb {mirror} {SUITE}-updates main"]
    return lines + ([f"deb {security} {SUITE}-security main"] if security else [])


def _environment(settings: Settings) -> dict[str, str]:
    proxies = {"http_proxy": settings.http_proxy, "https_proxy": settings.https_proxy, "no_proxy": settings.no_proxy}
    return os.environ | {name: value for name, value in proxies.items() if value}
