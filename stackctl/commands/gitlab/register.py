"""`stackctl gitlab register`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from stackctl import application, console, dotenv
from stackctl.application import Application
from stackctl.checks import gitlab as checks
from stackctl.commands.gitlab import by_hand
from stackctl.commands.gitlab.options import DryRun, SaveToken, TokenFile, TokenStdin
from stackctl.errors import CheckFailedError, before_any_change
from stackctl.gitlab import GitLab
from stackctl.gitlab_settings import GitLabSettings
from stackctl.gitlab_token import TokenSource
from stackctl.registration import Plan, Registration
from stackctl.settings import Settings
from stackctl.stack import Stack
from stackctl.validation import items

EXAMPLES = """
stackctl gitlab register --url https://gitlab.example.org --allow-group data/lab
stackctl gitlab register --token-file ~/gitlab-token    without a question
stackctl gitlab register --manual                       on gitlab.com, and without an administrator's token
stackctl gitlab register --dry-run
"""


def _url(value: str | None) -> str | None:
    try:
        return GitLabSettings.model_validate({"gitlab_url": value}).gitlab_url if value else None
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


Group = Annotated[
    list[str] | None,
    typer.Option("--allow-group", metavar="PATH[:LEVEL]", help="Let a group's members in; may be repeated."),
]
AdminGroup = Annotated[
    list[str] | None, typer.Option("--admin-group", metavar="PATH[:LEVEL]", help="Make a group's members administrators.")
]


@dataclass(frozen=True)
class Change:
    """What registering changes on this side. `values`: of .env; `runs`: whether the hub is up."""

    root: Path
    before: Settings
    settings: Settings
    values: dict[str, str]
    runs: bool


def register(
    url: Annotated[str | None, typer.Option("--url", metavar="URL", callback=_url, help="Set GITLAB_URL.")] = None,
    allow_group: Group = None,
    admin_group: AdminGroup = None,
    manual: Annotated[bool, typer.Option("--manual", help="Make the application by hand on GitLab's page.")] = False,
    token_file: TokenFile = None,
    token_stdin: TokenStdin = False,
    save_token: SaveToken = False,
    same_gitlab: Annotated[
        bool | None,
        typer.Option("--same-gitlab/--other-gitlab", help="GITLAB_URL is another: the GitLab has moved, or is another."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make this stack known to GitLab, and let people sign in through it. Run again, it repairs what differs."""
    if manual and (token_file or token_stdin or save_token):
        raise typer.BadParameter("--manual takes no token.")
    stack = Stack.load()
    values = _values(stack.settings, url, allow_group or [], admin_group or [])
    settings = dotenv.preview(stack.root, values)
    source = TokenSource(stack.root, settings, token_file, token_stdin)
    change = Change(stack.root, stack.settings, settings, values, stack.hub_runs())
    stored, accounts = _accounts(stack.root, settings, same_gitlab)
    if manual or (stored and stored.kind == "manual" and not source.is_there):
        _register_by_hand(change, Registration(GitLab(settings), settings, stored, accounts), dry_run)
        return
    given = source.find()
    with before_any_change():
        GitLab(settings).greet()
    token = given or source.ask()
    registration = Registration(GitLab(settings, token), settings, stored, accounts)
    plan = _plan(registration, [*(allow_group or []), *(admin_group or [])])
    if plan is None:
        console.say("This GitLab lets only administrators make applications over its API. So it is done by hand:")
        if save_token:
            console.warn("The token is not saved: it is of no use here.")
        _register_by_hand(change, registration, dry_run)
        return
    _say(change, plan.step(registration.wanted))
    if dry_run:
        return
    with registration.carried_out(plan) as made:
        _keep(change, made, source if save_token else None, token)
    _finish(change, changed=plan.action != "keep" or made != stored)


def _values(settings: Settings, url: str | None, allow: list[str], admin: list[str]) -> dict[str, str]:
    """The settings to be written into .env."""
    values = {"STACK_AUTH": "gitlab"}
    if url:
        values["GITLAB_URL"] = url
    for name, new in (("GITLAB_ALLOWED_GROUPS", allow), ("GITLAB_ADMIN_GROUPS", admin)):
        if new:
            values[name] = ",".join(dict.fromkeys([*items(getattr(settings, name.lower())), *new]))
    return values


def _accounts(root: Path, settings: Settings, same: bool | None) -> tuple[Application | None, str]:
    """The application that counts, and the GitLab by whose numbers people are known; asks when GITLAB_URL is another."""
    stored, former = application.load(root, settings), application.former(root, settings)
    now = application.accounts(settings.gitlab_url)
    if former is None or application.accounts(former[0]) == now:
        return stored, former[1] if former else now
    if same is None:
        question = f"This stack was registered at {former[0]}, and GITLAB_URL is now {settings.gitlab_url}."
        answers = {
            "same": "the same GitLab, at another address: everybody keeps their files",
            "other": "another GitLab, with other people",
        }
        same = console.choose(question, answers, "Say which it is: --same-gitlab or --other-gitlab") == "same"
    if same:
        return stored, former[1]
    console.say(f"  The application at {former[0]}, if it is still there, stays: delete it there.")
    return None, now


def _plan(registration: Registration, named: list[str]) -> Plan | None:
    """What is to do at GitLab; None when the token cannot do it. Groups that were `named` just now must be there."""
    with before_any_change():
        owner, version = registration.gitlab.owner(), registration.gitlab.version()
        rights = "administrator" if owner.is_admin else "no administrator"
        console.say(f"GitLab {version} at {registration.settings.gitlab_url}, as {owner.username} ({rights})")
        for path in registration.settings.groups:
            found = checks.group(registration.gitlab, path, owner)
            if found.level != "ok" and path in [item.partition(":")[0] for item in named]:
                raise CheckFailedError(found.message, found.fix)
            if found.level != "ok":
                console.warn(f"{found.message} {found.fix}")
        kind = registration.kind(owner)
        return registration.plan(kind, version) if kind else None


def _register_by_hand(change: Change, registration: Registration, dry_run: bool) -> None:
    with before_any_change():
        made = by_hand.application(registration, dry_run=dry_run)
    if made is None:
        return
    _say(change, "")
    if dry_run:
        return
    _keep(change, made, None, None)
    _finish(change, changed=made != registration.stored)


def _say(change: Change, step: str) -> None:
    """What is to do, before it is done."""
    now = {name: str(getattr(change.before, name.lower())) for name in change.values}
    steps = [step, *(f"set {name}={value} in .env" for name, value in change.values.items() if now[name] != value)]
    steps = [item for item in steps if item]
    console.say("\n  ".join(["To do:", *steps]) if steps else "Nothing to do.")


def _keep(change: Change, made: Application, source: TokenSource | None, token: SecretStr | None) -> None:
    """Keep everything, or, when any of it fails, nothing."""
    with application.kept(change.root, change.settings, made):
        if source and token:
            source.save(token)
        dotenv.put(change.root, change.values)


def _finish(change: Change, *, changed: bool) -> None:
    """Have it work where the stack runs, and say how to go on."""
    settings = change.settings
    switched = change.before.stack_auth != settings.stack_auth
    if change.runs:
        Stack(change.root, settings).bring_up_hub()
    changed = changed or switched or change.before != settings
    console.done(
        "This stack is registered at GitLab." if changed else "Nothing to change: this stack is registered at GitLab."
    )
    if switched and change.before.stack_auth == "local":
        console.warn("Accounts of this server's own cannot sign in any more; their files are kept.")
    for found in checks.rules(settings):
        if found.level != "ok":
            console.warn(f"{found.message} {found.fix}")
    console.say(f"  Sign in with GitLab: {settings.public_url}" if change.runs else "  Next: stackctl up")
