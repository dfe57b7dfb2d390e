"""A server extension: git knows the team's GitLab and the person before a terminal or kernel can ask.

/etc/gitconfig includes what is written here: git's system level, the lowest, so that a person's own `git config` wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path("/tmp/.stackhub")
"""Writable in a container whose own files are not, and no `rm /tmp/*` finds it."""

CONFIG = FOLDER / "gitconfig"
CA = FOLDER / "git-ca.pem"
HELPER = "jupyterhub"
"""For git: the command git-credential-jupyterhub."""

POST_BUFFER = "100m"
"""What git holds in memory, at most, of what it pushes; more than this goes out in pieces."""

OWN = Path("work/.gitconfig")
"""Where `git config --global` writes, below the home folder: on the person's volume, not in the container."""


def gitconfig(environ: Mapping[str, str]) -> str:
    """What git is told, in the form of https://git-scm.com/docs/git-config#_syntax; "" without STACK_GIT_URL."""
    url = environ.get("STACK_GIT_URL", "")
    if not url:
        return ""
    # the first, empty one takes back what /etc/gitconfig may have named
    options = [(f"credential {quoted(url)}", "helper", ""), (f"credential {quoted(url)}", "helper", HELPER)]
    # for credentials that no other helper may keep: why, and why so, is in git_credential_jupyterhub.py, reply()
    options.append((f"http {quoted(url)}", "postBuffer", POST_BUFFER))
    if urlsplit(url).path:  # or the helper would not be told whether git means GitLab or what is beside it
        options.append((f"credential {quoted(url)}", "useHttpPath", "true"))
    if environ.get("STACK_GIT_CA"):
        options.append((f"http {quoted(url)}", "sslCAInfo", str(CA)))
    for name in ("name", "email"):
        if value := environ.get(f"STACK_GIT_{name.upper()}"):
            options.append(("user", name, value))
    return "".join(f"[{section}]\n\t{name} = {quoted(value)}\n" for section, name, value in options)


def quoted(value: str) -> str:
    """A value or subsection in git's quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def write(path: Path, text: str) -> None:
    """Replace a file, in one step, for git may be reading it; an empty text removes it."""
    if not text:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8", errors="surrogateescape")
    new.replace(path)


def keep_own_settings(home: Path) -> None:
    """Have ~/.gitconfig be a file on the person's volume, unless there is one already."""
    if not os.path.lexists(home / ".gitconfig"):
        (home / ".gitconfig").symlink_to(OWN)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_git"}]


def _load_jupyter_server_extension(server: Any) -> None:
    try:
        keep_own_settings(Path.home())
        write(CA, os.environ.get("STACK_GIT_CA", ""))
        write(CONFIG, gitconfig(os.environ))
    except OSError as error:
        server.log.warning("git is not set up for the team's GitLab: %s", error)
