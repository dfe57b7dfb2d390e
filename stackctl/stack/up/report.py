"""What `up` prints at its end: the plan of a dry run, or where the stack is and what to do next."""

from __future__ import annotations

import os

from stackctl.settings import Settings
from stackctl.stack.stack import Stack
from stackctl.tls import nginx_certificate
from stackctl.ui import console


def plan(todo: list[str]) -> None:
    """Print what would be done."""
    console.say("\n  ".join(["Would do:", *todo]) if todo else "Nothing to do.")


def result(stack: Stack, *, changed: bool) -> None:
    """Print the address, who can sign in, and the next commands."""
    console.done(f"{'' if changed else 'Nothing to change. '}The stack is running: {stack.url}")
    if line := _who_signs_in(stack):
        console.say(f"  {line}")
    if line := _how_to_get_there(stack.settings, stack):
        console.say(f"  {line}")
    following = {"local": "stackctl users add NAME, ", "gitlab": "stackctl gitlab check, "}
    console.say(f"  Next: {following.get(stack.settings.stack_auth, '')}stackctl status")


def _who_signs_in(stack: Stack) -> str:
    settings = stack.settings
    if settings.stack_auth == "gitlab":
        return f"People sign in with their accounts at {settings.gitlab_url}"
    if settings.stack_auth == "pam":
        return f"Members of {' or '.join(settings.pam_groups)} sign in with their accounts on this server."
    if settings.stack_auth == "local" and os.path.exists(stack.admin_password):  # False where this user may not look
        return f"Sign in as admin; the password is in {stack.admin_password.relative_to(stack.root)}"
    return ""


def _how_to_get_there(settings: Settings, stack: Stack) -> str:
    if not settings.stack_host:
        port = settings.stack_http_port
        tunnel = f"ssh -L {port}:127.0.0.1:{port} THIS-SERVER"
        return f"It listens on this server only. From your computer: {tunnel}, then open that address."
    if settings.stack_tls == "off":
        address = f"{settings.proxied_address}:{settings.stack_http_port}"
        return f"It listens on {address} without TLS, for your reverse proxy. To set that up, see docs/tls.md."
    if settings.stack_tls == "selfsigned":
        file = nginx_certificate.authority(stack.root, settings).certificate.relative_to(stack.root)
        return f"Browsers warn about its certificate until they trust the CA in {file}: see docs/tls.md."
    return ""
