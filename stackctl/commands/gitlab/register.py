"""`stackctl gitlab register`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from contract.lists import items
from stackctl.commands.gitlab import by_hand
from stackctl.commands.gitlab.options import DryRun, SaveToken, TokenFile, TokenStdin
from stackctl.doctor.checks.stack import gitlab as checks
from stackctl.errors import CheckFailedError, before_any_change
from stackctl.gitlab import GitLab, application
from stackctl.gitlab.application import Application
from stackctl.gitlab.registration import Plan, Registration
from stackctl.gitlab.token import TokenSource
from stackctl.settings import Settings, checked, dotenv
from stackctl.settings.change import plan as plan_change
from stackctl.settings.gitlab import GitLabSettings
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl gitlab register --url https://git.example.org --allow-group lab
stackctl gitlab register --token-file ~/gitlab-token    without prompts
stackctl gitlab register --manual                       on gitlab.com, or without an administrator's token
stackctl gitlab register --dry-run
"""


def _url(value: str | None) -> str | None:
    try:
        return GitLabSettings.model_validate({"gitlab_url": value}).gitlab_url if value else None
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


Group = Annotated[
    list[str] | None,
    typer.Option("--allow-group", metavar="PATH[:LEVEL]", help="Let a group's members sign in. Repeatable."),
]
AdminGroup = Annotated[
    list[str] | None,
    typer.Option("--admin-group", metavar="PATH[:LEVEL]", help="Make a group's members administrators. Repeatable."),
]


@dataclass(frozen=True)
class Change:
    """What registering changes here. `values`: for .env; `runs`: whether the hub is running."""

    root: Path
    before: Settings
    settings: Settings
    values: dict[str, str]
    runs: bool


def register(
    url: Annotated[str | None, typer.Option("--url", metavar="URL", callback=_url, help="Set GITLAB_URL.")] = None,
    allow_group: Group = None,
    admin_group: AdminGroup = None,
    manual: Annotated[bool, typer.Option("--manual", help="Create the application by hand on GitLab's page.")] = False,
    token_file: TokenFile = None,
    token_stdin: TokenStdin = False,
    save_token: SaveToken = False,
    same_gitlab: Annotated[
        bool | None,
        typer.Option(
            "--same-gitlab/--other-gitlab", help="GITLAB_URL changed: has this GitLab moved, or is it a different one?"
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Register this stack at GitLab and let people sign in with it. Safe to run again: repairs what differs."""
    if manual and (token_file or token_stdin or save_token):
        raise typer.BadParameter("--manual does not take a token.")
    stack = Stack.load()
    change = _change(stack, _values(stack.settings, url, allow_group or [], admin_group or []))
    settings = change.settings
    source = TokenSource(stack.root, settings, token_file, token_stdin)
    stored, accounts = _accounts(stack.root, settings, same_gitlab)
    if manual or (stored and stored.kind == "manual" and not source.is_available):
        _register_by_hand(change, Registration(GitLab(settings), settings, stored, accounts), dry_run)
        return
    token = source.find()
    with before_any_change():
        GitLab(settings).ping()
    token = token or source.ask()
    registration = Registration(GitLab(settings, token), settings, stored, accounts)
    plan = _plan(registration, [*(allow_group or []), *(admin_group or [])])
    if plan is None:
        console.say("On this GitLab only administrators can create applications with the API. Create it by hand:")
        if save_token:
            console.warn("The token was not saved: it is of no use here.")
        _register_by_hand(change, registration, dry_run)
        return
    _say(change, plan.step(registration.desired))
    if dry_run:
        return
    with registration.applied(plan) as created:
        _store(change, created, source if save_token else None, token)
    _finish(change, changed=plan.action != "keep" or created != stored)


def _change(stack: Stack, values: dict[str, str]) -> Change:
    """Plan the change of .env. Raises CheckFailedError for an invalid value, and for one that the environment overrides."""
    update = plan_change(stack.root, values)
    for name in update.overridden:
        raise CheckFailedError(f"{name} is set in the environment, which overrides .env.", f"Unset it: unset {name}")
    return Change(stack.root, stack.settings, checked(update.after), values, stack.hub_runs())


def _values(settings: Settings, url: str | None, allow: list[str], admin: list[str]) -> dict[str, str]:
    """The settings to write to .env."""
    values = {"STACK_AUTH": "gitlab"}
    if url:
        values["GITLAB_URL"] = url
    for name, new in (("GITLAB_ALLOWED_GROUPS", allow), ("GITLAB_ADMIN_GROUPS", admin)):
        if new:
            values[name] = ",".join(dict.fromkeys([*items(getattr(settings, name.lower())), *new]))
    return values


def _accounts(root: Path, settings: Settings, same: bool | None) -> tuple[Application | None, str]:
    """The stored application if it is of this GitLab, and `accounts` (see Application); asks if GITLAB_URL changed."""
    stored, last = application.load(root, settings), application.last_gitlab(root, settings)
    now = application.accounts(settings.gitlab_url)
    if last is None or application.accounts(last[0]) == now:
        return stored, last[1] if last else now
    if same is None:
        question = f"This stack was registered at {last[0]}, but GITLAB_URL is now {settings.gitlab_url}."
        answers = {
            "same": "the same GitLab at a new address: everyone keeps their files",
            "other": "a different GitLab, with different people",
        }
        same = console.choose(question, answers, "Pass --same-gitlab or --other-gitlab.") == "same"
    if same:
        return stored, last[1]
    console.say(f"  This does not delete the application at {last[0]}: delete it there.")
    return None, now


def _plan(registration: Registration, named: list[str]) -> Plan | None:
    """The plan for GitLab, None if the token cannot create an application. Raises CheckFailedError if one of the groups
    `named` as options does not exist."""
    with before_any_change():
        owner, version = registration.gitlab.owner(), registration.gitlab.version()
        rights = "administrator" if owner.is_admin else "not an administrator"
        console.say(f"GitLab {version} at {registration.settings.gitlab_url}, as {owner.username} ({rights})")
        for path in registration.settings.groups:
            finding = checks.group(registration.gitlab, path, owner)
            if finding.level != "ok" and path in [item.partition(":")[0] for item in named]:
                raise CheckFailedError(finding.message, finding.fix)
            if finding.level != "ok":
                console.warn(f"{finding.message} {finding.fix}")
        kind = registration.kind(owner)
        return registration.plan(kind, version) if kind else None


def _register_by_hand(change: Change, registration: Registration, dry_run: bool) -> None:
    with before_any_change():
        entered = by_hand.application(registration, dry_run=dry_run)
    if entered is None:
        return
    _say(change, "")
    if dry_run:
        return
    _store(change, entered, None, None)
    _finish(change, changed=entered != registration.stored)


def _say(change: Change, step: str) -> None:
    """Print what is about to be done."""
    now = {name: str(getattr(change.before, name.lower())) for name in change.values}
    steps = [step, *(f"set {name}={value} in .env" for name, value in change.values.items() if now[name] != value)]
    steps = [item for item in steps if item]
    console.say("\n  ".join(["To do:", *steps]) if steps else "Nothing to do.")


def _store(change: Change, created: Application, source: TokenSource | None, token: SecretStr | None) -> None:
    """Store everything, or nothing if any of it fails."""
    with application.saved(change.root, change.settings, created):
        if source and token:
            source.save(token)
        dotenv.put(change.root, change.values)


def _finish(change: Change, *, changed: bool) -> None:
    """Restart the hub where it runs, and say what to do next."""
    settings = change.settings
    switched = change.before.stack_auth != settings.stack_auth
    if change.runs:
        Stack(change.root, settings).apply_settings()
    changed = changed or switched or change.before != settings
    console.done(
        "This stack is registered at GitLab." if changed else "Nothing to change: this stack is already registered."
    )
    if switched and change.before.stack_auth == "local":
        console.warn("Local accounts can no longer sign in. Their files are kept.")
    for finding in checks.rules(settings):
        if finding.level != "ok":
            console.warn(f"{finding.message} {finding.fix}")
    console.say(f"  Sign in with GitLab: {settings.public_url}" if change.runs else "  Next: stackctl up")
