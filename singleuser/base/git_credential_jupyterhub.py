#!/usr/bin/python3 -I
"""git-credential-jupyterhub: signs git in to the team's GitLab as the user, with a fresh token from the hub each time.

git sends its request on stdin and reads the answer on stdout: https://git-scm.com/docs/git-credential#IOFMT. The helper
answers for STACK_GIT_URL and addresses below it. For all others it prints nothing, and git continues without it. It stores
nothing.

Python's option -I keeps the user's PYTHONPATH and packages out of a script that has a token.
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
"""The name of this helper in git's configuration."""

SECONDS = 30
"""Timeout of the call to the hub, which may have to ask GitLab for a new token first."""

PORTS = {"http": ":80", "https": ":443"}


class NoCredentialError(Exception):
    """The hub gave no credential. Its message is one line for the user."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


def parse(text: str) -> dict[str, list[str]]:
    """Parse git's request: the values of each attribute. Brackets are removed from `capability[]`, which may repeat."""
    request: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        request.setdefault(name.removesuffix("[]"), []).append(value)
    return request


def is_ours(request: Mapping[str, list[str]], url: str) -> bool:
    """Whether git's request has the protocol, host and port of `url`, and a path below its path.

    An address with a user name (`https://deploy@gitlab…`) is for another account, so the hub's token is not for it.
    """
    scheme, _, rest = url.partition("://")
    host, _, base = rest.partition("/")
    attributes = {name: values[-1] for name, values in request.items()}
    if not url or "username" in attributes:
        return False
    if _origin(attributes.get("protocol", ""), attributes.get("host", "")) != _origin(scheme, host):
        return False
    # resolve dot segments as curl does: https://everything.curl.dev/cmdline/urls/path
    path = posixpath.normpath("/" + attributes.get("path", "").lstrip("/"))
    return not base or path.startswith(f"/{base}/")


def _origin(scheme: str, host: str) -> tuple[str, str]:
    scheme, host = scheme.lower(), host.lower()
    return scheme, host.removesuffix(PORTS.get(scheme, "//"))


def ask_hub(environ: Mapping[str, str]) -> dict[str, str]:
    """Get `username`, `password` and `expires` (seconds since 1970) from the hub. Raises NoCredentialError."""
    try:
        user = quote(environ["JUPYTERHUB_USER"], safe="")
        request = urllib.request.Request(f"{environ['JUPYTERHUB_API_URL']}/users/{user}/git-credential")
        request.add_unredirected_header("Authorization", f"token {environ['JUPYTERHUB_API_TOKEN']}")
    except KeyError as error:
        raise NoCredentialError(f"git signs in through the hub, but {error.args[0]} is not set here.") from None
    try:
        # the hub is on the containers' network: an internet proxy cannot reach it and must not see the token
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=SECONDS) as response:
            body = json.load(response)
            return {"username": body["username"], "password": body["password"], "expires": str(int(body["expires"]))}
    except urllib.error.HTTPError as error:
        raise NoCredentialError(_reason(error)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NoCredentialError(f"git cannot sign in: the hub did not answer ({reason}). Try again in a minute.") from None
    except (ValueError, KeyError, TypeError):
        raise NoCredentialError("git cannot sign in: the hub sent an invalid answer. Contact your administrator.") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return f"git cannot sign in: the hub answered {error.code} without a reason. Try again in a minute."


def reply(credential: Mapping[str, str], *, ephemeral: bool) -> str:
    """Format the answer for git: a password, or with `ephemeral` a ready-made header, which git gives to no other helper.

    A password always works. With a header, git before 2.53 fails on requests larger than http.postBuffer, because it leaves
    the header out of the small request that it sends first: https://github.com/git/git/commit/ed0f7a62f7
    """
    if ephemeral:
        encoded = base64.b64encode(f"{credential['username']}:{credential['password']}".encode()).decode()
        lines = ["capability[]=authtype", "authtype=Basic", f"credential={encoded}", "ephemeral=1"]
    else:
        lines = [f"username={credential['username']}", f"password={credential['password']}"]
    return "\n".join([*lines, f"password_expiry_utc={credential['expires']}"])


def has_other_helper() -> bool:
    """Whether the user has another credential helper. git gives it a password that worked; `store` writes it to a file."""
    command = ["git", "config", "--get-regexp", r"^credential\.(.+\.)?helper$"]
    options = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return any(line.partition(" ")[2] not in ("", HELPER) for line in options.splitlines())


def main() -> None:
    """Answer the operation `get`; ignore `store`, `erase` and any others."""
    if sys.argv[1:] != ["get"]:
        return
    request = parse(sys.stdin.buffer.read().decode(errors="replace"))
    if not is_ours(request, os.environ.get("STACK_GIT_URL", "")):
        return
    try:
        credential = ask_hub(os.environ)
        print(reply(credential, ephemeral="authtype" in request.get("capability", []) and has_other_helper()))
    except NoCredentialError as error:
        print(error, file=sys.stderr)
        # otherwise git would prompt for a password, which would not help, and in the background would wait forever
        print("quit=1")


if __name__ == "__main__":
    main()
