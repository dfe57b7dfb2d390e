"""`stackctl config …`: the settings in force, and changing them in .env."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from stackctl import console, dotenv, env_change, hub_secrets, project, settings
from stackctl.checks import Check, gitlab
from stackctl.env_change import Change
from stackctl.settings import DEFAULTS, Reading, Settings
from stackctl.stack import Stack
from stackctl.topics import TOPICS

EXAMPLES = """
stackctl config                              what is in force, and where it comes from
stackctl config set STACK_TITLE "Data Lab"
"""
SHOW_EXAMPLES = """
stackctl config show           the same as: stackctl config
stackctl config show --json
"""
SET_EXAMPLES = """
stackctl config set STACK_TITLE "Data Lab"
stackctl config set STACK_IDLE_TIMEOUT=7200 STACK_NAMED_SERVERS=1    several at once
stackctl config set HTTPS_PROXY                                      asks for it: a password is on no command line
stackctl config set STACK_TITLE "Data Lab" --dry-run
"""
UNSET_EXAMPLES = """
stackctl config unset STACK_TITLE
"""

Pairs = Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="Settings and their values; or KEY VALUE.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and stop.")]


def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting in force and where it comes from, without passwords. Ends with 3 when one is wrong."""
    root = project.root()
    reading = settings.read(root)
    kept = hub_secrets.names(root, reading.value("STACK_NAME"))
    if as_json:
        found = [_entry(name, reading) for name in DEFAULTS]
        problems = [problem.text for problem in reading.problems]
        console.show_json({"settings": found, "secrets": dict.fromkeys(kept, "set"), "problems": problems})
    else:
        groups = {title: [_row(name, reading) for name in names] for title, names in dotenv.groups(root).items()}
        if kept:
            groups["secrets"] = [["", name, "set", ""] for name in kept]
        console.show_groups(groups)
    settings.checked(reading)


def set_(pairs: Pairs, dry_run: DryRun = False) -> None:
    """Change settings in .env, which keeps its comments and its form. Nothing is written unless all of it is right."""
    wanted = _wanted(pairs)
    _carry_out(env_change.plan(project.root(), wanted), wanted, dry_run)


def unset(
    names: Annotated[list[str], typer.Argument(metavar="KEY...", help="Settings.")],
    dry_run: DryRun = False,
) -> None:
    """Take settings in .env back to their defaults."""
    wanted = dict.fromkeys((name.upper() for name in names), None)
    _carry_out(env_change.plan(project.root(), wanted), wanted, dry_run)


def _wanted(pairs: list[str]) -> dict[str, str]:
    """Values by name, from KEY VALUE, or KEY=VALUE several times, or KEY, for which is asked."""
    if len(pairs) == 2 and "=" not in pairs[0]:
        return {pairs[0].upper(): pairs[1]}
    if len(pairs) == 1 and "=" not in pairs[0]:
        name = pairs[0].upper()
        return {name: console.ask(f"{name}=", f"{name} needs a value.", f"stackctl config set {name} VALUE")}
    if odd := [pair for pair in pairs if "=" not in pair]:
        several = "Several settings are given as KEY=VALUE KEY=VALUE, and a value with spaces needs quotes: KEY='two words'."
        raise typer.BadParameter(f"{odd[0]!r} is not KEY=VALUE. {several}")
    return {name.upper(): value for name, _, value in (pair.partition("=") for pair in pairs)}


def _carry_out(change: Change, wanted: Mapping[str, str | None], dry_run: bool) -> None:
    if not change.values:
        said = [f"{name} is {change.said(name)}" for name in wanted]
        console.done(f"Nothing to change: {', '.join(said)} already.")
    else:
        console.say("\n  ".join(["Would change in .env:" if dry_run else "In .env:", *change.lines]))
    if change.values and not dry_run:
        change.write()
        console.done(".env is written.")
    warn_of_environment(change)
    if change.values and not dry_run:
        say_next(change, "stackctl up")


def warn_of_environment(change: Change) -> None:
    """What is written and does not count."""
    for name in change.overridden:
        console.warn(f"{name} is set in the environment too, which wins over .env. Unset it: unset {name}")


def say_next(change: Change, up: str) -> None:
    """What is still wrong, and what to type next."""
    before, after = change.before.settings, change.after.settings
    if after is None:
        console.warn("\n  ".join(["Still wrong:", *(problem.text for problem in change.after.problems)]))
        console.say("  See all of it: stackctl config")
        return
    if before and before.stack_name != after.stack_name:
        goes_on = f"{before.stack_name}, if it runs, goes on running and keeps its data."
        console.warn(f"A new name is a new, empty stack. {goes_on}")
    for found in _seen(Stack(change.root, after)):
        if found.level != "ok":
            console.warn(f"{found.message} {found.fix}")
    console.say(f"  Next: {_register(change.root, after)}{up}")


def _seen(stack: Stack) -> Iterator[Check]:
    """Who may enter, and with which certificate, as far as that can be seen before `up`."""
    if stack.settings.stack_auth == "gitlab":
        yield from gitlab.rules(stack.settings)
    for topic in TOPICS:
        if topic.before == "docker":
            yield from topic.look(stack)


def _register(root: Path, after: Settings) -> str:
    """What comes first where GitLab does not know the stack as it is to be."""
    found = gitlab.stored(root, after) if after.stack_auth == "gitlab" else Check("ok", "")
    return "" if found.level == "ok" else f"{found.fix.partition(';')[0]}, then "


def _entry(name: str, reading: Reading) -> dict[str, Any]:
    given = reading.given.get(name)
    return {
        "name": name,
        "value": settings.masked(name, reading.value(name)),
        "default": DEFAULTS[name],
        "source": "default" if given is None else ".env" if given.line else "environment",
        "line": given.line if given else None,
        "problem": next((problem.text for problem in reading.problems if problem.name == name), None),
    }


def _row(name: str, reading: Reading) -> list[str]:
    """A mark, the setting, its value, and where it comes from."""
    given = reading.given.get(name)
    where = given.where if given else "default"
    if given and given.over:
        where += f", over .env line {given.over}"
    wrong = any(problem.name == name for problem in reading.problems)
    return ["✗" if wrong else "", name, settings.masked(name, reading.value(name)), where]
