"""The settings: show, set, unset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from stackctl import settings
from stackctl.checkout import worktree
from stackctl.cli import changing, reading
from stackctl.doctor.checks.stack import gitlab
from stackctl.settings import DEFAULTS, Reading, Settings, dotenv
from stackctl.settings.change import Change, plan
from stackctl.stack import Stack, hub_secrets
from stackctl.ui import console
from stackctl.ui.check import Check

EXAMPLES = """
stackctl config                              the settings in effect and their sources
stackctl config set STACK_TITLE "Data Lab"
"""
SHOW_EXAMPLES = """
stackctl config show           the same as: stackctl config
stackctl config show --json
"""
SET_EXAMPLES = """
stackctl config set STACK_TITLE "Data Lab"
stackctl config set STACK_IDLE_TIMEOUT=7200 STACK_NAMED_SERVERS=1    several at once
stackctl config set HTTPS_PROXY                                      prompts, so that a password is not on the command line
stackctl config set STACK_TITLE "Data Lab" --dry-run
"""
UNSET_EXAMPLES = """
stackctl config unset STACK_TITLE
"""

COMMANDS = {
    "show": reading("config", "show"),
    "set": changing("config", "set_"),
    "unset": changing("config", "unset"),
}

Pairs = Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="Settings and their values; or KEY VALUE.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and stop.")]


def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting in effect and its source, without passwords. Exits 3 if one is invalid."""
    root = worktree.root()
    reading = settings.read(root)
    kept = hub_secrets.names(root, reading.value("STACK_NAME"))
    if as_json:
        entries = [_entry(name, reading) for name in DEFAULTS]
        problems = [problem.text for problem in reading.problems]
        console.show_json({"settings": entries, "secrets": dict.fromkeys(kept, "set"), "problems": problems})
    else:
        groups = {title: [_row(name, reading) for name in names] for title, names in dotenv.sections_of(root).items()}
        if kept:
            groups["secrets"] = [["", name, "set", ""] for name in kept]
        console.show_groups(groups)
    settings.checked(reading)


def set_(pairs: Pairs, dry_run: DryRun = False) -> None:
    """Change settings in .env, keeping its comments and layout. Writes nothing unless all settings are valid together."""
    desired = _desired(pairs)
    _carry_out(plan(worktree.root(), desired), desired, dry_run)


def unset(
    names: Annotated[list[str], typer.Argument(metavar="KEY...", help="Settings.")],
    dry_run: DryRun = False,
) -> None:
    """Reset settings in .env to their defaults."""
    desired = dict.fromkeys((name.upper() for name in names), None)
    _carry_out(plan(worktree.root(), desired), desired, dry_run)


def _desired(pairs: list[str]) -> dict[str, str]:
    """Values by name, from KEY VALUE, from KEY=VALUE several times, or from KEY and a prompt."""
    if len(pairs) == 2 and "=" not in pairs[0]:
        return {pairs[0].upper(): pairs[1]}
    if len(pairs) == 1 and "=" not in pairs[0]:
        name = pairs[0].upper()
        return {name: console.ask(f"{name}=", f"{name} needs a value.", f"stackctl config set {name} VALUE")}
    if odd := [pair for pair in pairs if "=" not in pair]:
        several = "Write several settings as KEY=VALUE KEY=VALUE, and quote a value with spaces: KEY='two words'."
        raise typer.BadParameter(f"{odd[0]!r} is not KEY=VALUE. {several}")
    return {name.upper(): value for name, _, value in (pair.partition("=") for pair in pairs)}


def _carry_out(change: Change, desired: Mapping[str, str | None], dry_run: bool) -> None:
    if not change.values:
        values = [f"{name} is already {change.describe(name)}" for name in desired]
        console.done(f"Nothing to change: {', '.join(values)}.")
    else:
        console.say("\n  ".join(["Would change in .env:" if dry_run else "In .env:", *change.lines]))
    if change.values and not dry_run:
        change.write()
        console.done("Wrote .env.")
    warn_of_environment(change)
    if change.values and not dry_run:
        say_next(change, "stackctl up")


def warn_of_environment(change: Change) -> None:
    """Warn of written settings that have no effect."""
    for name in change.overridden:
        console.warn(f"{name} is also set in the environment, which overrides .env. Unset it: unset {name}")


def say_next(change: Change, up: str) -> None:
    """Print what is still wrong, and what to type next."""
    before, after = change.before.settings, change.after.settings
    if after is None:
        console.warn("\n  ".join(["Still invalid:", *(problem.text for problem in change.after.problems)]))
        console.say("  See all settings: stackctl config")
        return
    if before and before.stack_name != after.stack_name:
        old = f"The old stack {before.stack_name} keeps its data, and keeps running if it runs."
        console.warn(f"A new name is a new, empty stack. {old}")
    for finding in _findings(Stack(change.root, after)):
        if finding.level != "ok":
            console.warn(f"{finding.message} {finding.fix}")
    console.say(f"  Next: {_register(change.root, after)}{up}")


def _findings(stack: Stack) -> Iterator[Check]:
    """The checks of sign-in and certificate that need no running stack."""
    if stack.settings.stack_auth == "gitlab":
        yield from gitlab.rules(stack.settings)
    from stackctl.doctor.check_groups import CHECK_GROUPS  # only here: it imports all checks

    for group in CHECK_GROUPS:
        if group.before == "docker":
            yield from group.run(stack)


def _register(root: Path, after: Settings) -> str:
    """The command to run first if the stack is not registered at GitLab with these settings."""
    finding = gitlab.stored(root, after) if after.stack_auth == "gitlab" else Check("ok", "")
    return "" if finding.level == "ok" else f"{finding.fix.partition(';')[0]}, then "


def _entry(name: str, reading: Reading) -> dict[str, Any]:
    raw = reading.raw.get(name)
    return {
        "name": name,
        "value": settings.masked(name, reading.value(name)),
        "default": DEFAULTS[name],
        "source": "default" if raw is None else ".env" if raw.line else "environment",
        "line": raw.line if raw else None,
        "problem": next((problem.text for problem in reading.problems if problem.name == name), None),
    }


def _row(name: str, reading: Reading) -> list[str]:
    """A mark, the setting, its value and its source."""
    raw = reading.raw.get(name)
    where = raw.source if raw else "default"
    if raw and raw.over:
        where += f", over .env line {raw.over}"
    invalid = any(problem.name == name for problem in reading.problems)
    return ["✗" if invalid else "", name, settings.masked(name, reading.value(name)), where]
