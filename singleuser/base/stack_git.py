"""A server extension: configures git for the team's GitLab and the user, before a terminal or kernel starts.

/etc/gitconfig, git's system level, includes the file written here. It is the lowest level, so the user's own `git config`
takes precedence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path("/tmp/.stackhub")
"""Writable in a read-only container too, and not deleted by `rm /tmp/*`."""

CONFIG = FOLDER / "gitconfig"
CA = FOLDER / "git-ca.pem"
HELPER = "jupyterhub"
"""git runs this as git-credential-jupyterhub."""

POST_BUFFER = "100m"
"""The largest push that git sends in one request, from memory. Larger ones are sent in chunks."""

NO_REPLY = "noreply.invalid"
"""The domain of addresses that nobody has: https://www.rfc-editor.org/rfc/rfc2606#section-2"""


def gitconfig(environ: Mapping[str, str]) -> str:
    """The configuration file: https://git-scm.com/docs/git-config#_syntax"""
    options = [*identity(environ), *_gitlab(environ)]
    return "".join(f"[{section}]\n\t{name} = {quoted(value)}\n" for section, name, value in options)


def identity(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield name and address for commits: GitLab's, or else made from the account. Without them git commits nothing."""
    user = environ.get("JUPYTERHUB_USER", "")
    address = re.sub(r"[^\w.+-]+", "-", user) + f"@{NO_REPLY}" if user else ""
    for name, default in (("name", user), ("email", address)):
        if value := environ.get(f"STACK_GIT_{name.upper()}") or default:
            yield "user", name, value


def _gitlab(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    url = environ.get("STACK_GIT_URL", "")
    if not url:
        return
    # the first, empty helper clears those that /etc/gitconfig may have set
    yield f"credential {quoted(url)}", "helper", ""
    yield f"credential {quoted(url)}", "helper", HELPER
    # for credentials that no other helper may store: see reply() in git_credential_jupyterhub.py
    yield f"http {quoted(url)}", "postBuffer", POST_BUFFER
    if urlsplit(url).path:  # otherwise git does not send the path, and the helper cannot tell GitLab from its neighbours
        yield f"credential {quoted(url)}", "useHttpPath", "true"
    if environ.get("STACK_GIT_CA"):
        yield f"http {quoted(url)}", "sslCAInfo", str(CA)


def quoted(value: str) -> str:
    """Quote a value or subsection for git's configuration."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def write(path: Path, text: str) -> None:
    """Replace a file atomically, because git may be reading it. An empty text removes it. Raises OSError."""
    if not text:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8", errors="surrogateescape")
    new.replace(path)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_git"}]


def _load_jupyter_server_extension(server: Any) -> None:
    try:
        write(CA, os.environ.get("STACK_GIT_CA", ""))
        write(CONFIG, gitconfig(os.environ))
    except OSError as error:
        server.log.warning("Cannot set up git: %s", error)
