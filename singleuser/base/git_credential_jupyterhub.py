#!/usr/bin/python3 -I
"""git-credential-jupyterhub: signs git in at the team's GitLab as the person, with a fresh token from the hub each time.

git asks on stdin and reads the answer on stdout: https://git-scm.com/docs/git-credential#IOFMT. There is one for
STACK_GIT_URL and what is below it; for anything else git goes on as if this were not here. Nothing is kept, in memory or
in a file.

Python's own -I keeps a user's PYTHONPATH and packages out of a script that holds a token.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import posixpath
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import quote

HELPER = "jupyterhub"
"""What git's configuration calls this."""

SECONDS = 30
"""How long the hub may take: it may have to ask GitLab for a new token first."""

PORTS = {"http": ":80", "https": ":443"}


class NoCredentialError(Exception):
    """The hub gave none: the reason, as one line for the person."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


def parse(text: str) -> dict[str, list[str]]:
    """What git asks for: each attribute's values. One that may come several times (`capability[]`) loses its brackets."""
    wanted: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        wanted.setdefault(name.removesuffix("[]"), []).append(value)
    return wanted


def is_ours(wanted: Mapping[str, list[str]], url: str) -> bool:
    """Whether git asks for `url`'s protocol, host and port, and a path below its path.

    An address with a user name in it (`https://deploy@gitlab…`) is for an account of its own, whose password is not ours.
    """
    scheme, _, rest = url.partition("://")
    host, _, base = rest.partition("/")
    asked = {name: values[-1] for name, values in wanted.items()}
    if not url or "username" in asked or _origin(asked.get("protocol", ""), asked.get("host", "")) != _origin(scheme, host):
        return False
    # curl follows dot segments, https://everything.curl.dev/cmdline/urls/path, so they count here too
    path = posixpath.normpath("/" + asked.get("path", "").lstrip("/"))
    return not base or path.startswith(f"/{base}/")


def _origin(scheme: str, host: str) -> tuple[str, str]:
    scheme, host = scheme.lower(), host.lower()
    return scheme, host.removesuffix(PORTS.get(scheme, "//"))


def ask_hub(environ: Mapping[str, str]) -> dict[str, str]:
    """The hub's `username`, `password` and `expires`, in seconds since 1970. Raises NoCredentialError."""
    try:
        user = quote(environ["JUPYTERHUB_USER"], safe="")
        request = urllib.request.Request(f"{environ['JUPYTERHUB_API_URL']}/users/{user}/git-credential")
        request.add_unredirected_header("Authorization", f"token {environ['JUPYTERHUB_API_TOKEN']}")
    except KeyError as error:
        raise NoCredentialError(f"git gets its sign-in from the hub, and {error.args[0]} is not set here.") from None
    try:
        # the hub is in the containers' network: a proxy for the internet neither reaches it nor may see the token
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=SECONDS) as answer:
            given = json.load(answer)
            return {"username": given["username"], "password": given["password"], "expires": str(int(given["expires"]))}
    except urllib.error.HTTPError as error:
        raise NoCredentialError(_reason(error)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NoCredentialError(f"git has no sign-in: the hub did not answer ({reason}). Try again in a minute.") from None
    except (ValueError, KeyError, TypeError):
        raise NoCredentialError("git has no sign-in: the hub's answer is not one. Tell whoever runs this server.") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return f"git has no sign-in: the hub answered {error.code} without a reason. Try again in a minute."


def reply(given: Mapping[str, str], *, ephemeral: bool) -> str:
    """The answer that git reads: a password, or with `ephemeral` a finished header, which git lets nobody keep.

    A password works always. With a header git before 2.53 fails on requests larger than http.postBuffer, for it leaves the
    header out of the small one that it sends ahead: https://github.com/git/git/commit/ed0f7a62f7
    """
    if ephemeral:
        basic = base64.b64encode(f"{given['username']}:{given['password']}".encode()).decode()
        lines = ["capability[]=authtype", "authtype=Basic", f"credential={basic}", "ephemeral=1"]
    else:
        lines = [f"username={given['username']}", f"password={given['password']}"]
    return "\n".join([*lines, f"password_expiry_utc={given['expires']}"])


def another_would_keep_it() -> bool:
    """Whether the person has a helper of their own. git hands it a password that worked, and `store` writes it to a file."""
    command = ["git", "config", "--get-regexp", r"^credential\.(.+\.)?helper$"]
    options = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return any(line.partition(" ")[2] not in ("", HELPER) for line in options.splitlines())


def main() -> None:
    """Answer `get`; `store`, `erase` and what git may add to them are nothing to us."""
    if sys.argv[1:] != ["get"]:
        return
    wanted = parse(sys.stdin.buffer.read().decode(errors="replace"))
    if not is_ours(wanted, os.environ.get("STACK_GIT_URL", "")):
        return
    try:
        given = ask_hub(os.environ)
        print(reply(given, ephemeral="authtype" in wanted.get("capability", []) and another_would_keep_it()))
    except NoCredentialError as error:
        print(error, file=sys.stderr)
        # or git would ask for a password: forever where nobody sees it, and for one that would not help where somebody does
        print("quit=1")


if __name__ == "__main__":
    main()
