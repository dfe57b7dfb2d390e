"""`stackctl init`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from contract.memory import limit
from stackctl import catalogue, settings
from stackctl.catalogue import LOCAL_SIZES, Size, sizes, yaml_file
from stackctl.catalogue.sizes import Fit
from stackctl.checkout import files, worktree
from stackctl.commands.config import DryRun, say_next, warn_of_environment
from stackctl.errors import CheckFailedError, explain_interrupt
from stackctl.host import machine
from stackctl.settings.change import Change, plan, read_env
from stackctl.settings.interview import Interview
from stackctl.settings.questions import QUESTIONS
from stackctl.ui import console

EXAMPLES = """
stackctl init                                                              asks for what a server needs
stackctl init --yes --title "Data Lab" --people 10                         without prompts
stackctl init --host hub.example.org --auth pam --yes
stackctl init --dry-run
"""

PEOPLE = "How many people work at the same time? The sizes they choose from are adjusted to fit this server."


def _option(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text)


@explain_interrupt("Nothing was changed.", can_continue=False)
def init(
    title: Annotated[str | None, _option("--title", "TEXT", "Title of the sign-in page.")] = None,
    host: Annotated[str | None, _option("--host", "NAME", "Name under which people reach this server.")] = None,
    tls: Annotated[str | None, _option("--tls", "HOW", "Certificate: selfsigned, files or off.")] = None,
    certificate: Annotated[str | None, _option("--certificate", "FILE", "Certificate chain (PEM).")] = None,
    key: Annotated[str | None, _option("--key", "FILE", "Private key of the certificate (PEM).")] = None,
    trusted_proxies: Annotated[
        str | None, _option("--trusted-proxies", "ADDRESSES", "With --tls off: addresses of the TLS proxy.")
    ] = None,
    auth: Annotated[str | None, _option("--auth", "WAY", "How people sign in: local, gitlab or pam.")] = None,
    gitlab_url: Annotated[str | None, _option("--gitlab-url", "URL", "Address of GitLab.")] = None,
    allow_groups: Annotated[str | None, _option("--allow-groups", "PATHS", "GitLab groups that may sign in.")] = None,
    admin_groups: Annotated[str | None, _option("--admin-groups", "PATHS", "GitLab groups of administrators.")] = None,
    pam_group: Annotated[str | None, _option("--pam-group", "GROUP", "Group of this server that may sign in.")] = None,
    pam_admin_group: Annotated[
        str | None, _option("--pam-admin-group", "GROUP", "Group of this server of administrators.")
    ] = None,
    people: Annotated[
        int | None, typer.Option("--people", min=1, metavar="N", help="Fit the sizes for N people at a time.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not prompt; keep current values.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Set up what a server needs: name, sign-in, sizes. Safe to run again: changes only the answers you change."""
    options = dict(locals())
    root = worktree.root()
    answers = {item.name: options[item.parameter] for item in QUESTIONS if options[item.parameter] is not None}
    present = _sizes(root, people)
    interview = Interview(root, read_env(root), answers)
    files.must_be_changeable(root / ".env", ".env")
    if asks := not yes and sys.stdin.isatty():
        console.say("The answers go to .env. Press Enter to keep the value in [brackets], Ctrl-C to change nothing.")
    interview.run(ask=not yes)
    change = plan(root, interview.answers)
    fits = _fits(change, present, people, ask=not yes)
    current = {size.name: sizes.describe(size) for size in present}
    steps = [*change.lines, *(f"{name}: {current[name]} → {sizes.describe(fit)}" for name, fit in fits.items())]
    if not steps:
        console.done("Nothing to change.")
    else:
        console.say("\n  ".join(["Would change:" if dry_run else "To change:", *steps]))
    if dry_run:
        return
    if steps and asks:
        console.confirm("Write this?", flag="--yes", default=True)
    with explain_interrupt("Some changes are written: see stackctl config."):
        _write(change, fits)
        warn_of_environment(change)
        say_next(change, "stackctl up" if os.geteuid() == 0 else "sudo stackctl up")


def _sizes(root: Path, people: int | None) -> tuple[Size, ...]:
    """The present sizes. Raises CheckFailedError if `people` would change sizes that the operator has customised."""
    present = catalogue.load(root, settings.stack_name(root)).sizes
    if people and not sizes.ours(present):
        file, names = catalogue.sizes_file(root), ", ".join(size.name for size in present)
        raise CheckFailedError(f"{file} has sizes of your own: {names}.", f"Leave out --people, and edit {file}.")
    return present


def _fits(change: Change, present: tuple[Size, ...], people: int | None, *, ask: bool) -> dict[str, Fit]:
    """The new limits of each size that changes."""
    if change.after.settings is None or not sizes.ours(present):
        return {}
    memory = limit(change.after.settings.stack_servers_memory, machine.memory())
    fits = {}
    if people:
        fits = sizes.fit(people, memory, machine.cpus())
    elif ask:
        fits = _ask_for_sizes(present, memory)
    return {
        size.name: fits[size.name] for size in present if fits and sizes.describe(fits[size.name]) != sizes.describe(size)
    }


def _ask_for_sizes(present: tuple[Size, ...], memory: int) -> dict[str, Fit]:
    """Ask until the answer is valid; nothing to keep the sizes."""
    prompt = (
        f"\n{PEOPLE}\nIt has {machine.cpus()} CPUs, and {memory / sizes.GB:.3g} GB of memory for notebooks. Current sizes:\n"
    )
    prompt += "".join(f"  {size.name:<12}{sizes.describe(size)}\n" for size in present)
    while typed := console.ask(f"{prompt}[keep] ", "--people is missing.", "Pass --people, or --yes to keep the sizes."):
        prompt = ""
        try:
            return sizes.fit(int(typed), memory, machine.cpus())
        except ValueError:
            console.warn("Enter a number of people, such as 10.")
        except CheckFailedError as error:
            console.warn(f"{error.message} {error.hint}")
    return {}


def _write(change: Change, fits: dict[str, Fit]) -> None:
    if fits:
        path, file = change.root / LOCAL_SIZES, catalogue.sizes_file(change.root)
        head = "" if file == LOCAL_SIZES else sizes.HEAD
        text = head + sizes.with_fit(yaml_file.source(change.root, file), fits)
        files.must_be_changeable(path, LOCAL_SIZES)
    if change.values:
        change.write()
        console.done("Wrote .env.")
    if fits:
        files.replace(path, text)
        console.done(f"Wrote {LOCAL_SIZES}.")
