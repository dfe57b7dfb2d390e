"""`stackctl init`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from stackctl import catalogue, console, env_change, files, machine, project, settings, sizes, yaml_file
from stackctl.catalogue import SIZES, Size
from stackctl.checks.sizes import all_together
from stackctl.commands.config import DryRun, say_next, warn_of_environment
from stackctl.env_change import Change
from stackctl.errors import CheckFailedError, left_when_stopped
from stackctl.interview import Interview
from stackctl.sizes import Fit

EXAMPLES = """
stackctl init                                                              asks for what a server needs
stackctl init --yes --title "Data Lab" --people 10                         asks for nothing
stackctl init --host hub.example.org --auth pam --yes
stackctl init --dry-run
"""

PEOPLE = "How many people work at the same time? The sizes that they choose from are then made to fit this server."


def _option(name: str, metavar: str, what: str) -> Any:
    return typer.Option(name, metavar=metavar, help=what)


@left_when_stopped("Nothing was changed.", goes_on=False)
def init(
    title: Annotated[str | None, _option("--title", "TEXT", "What the sign-in page is headed with.")] = None,
    host: Annotated[str | None, _option("--host", "NAME", "The name under which people reach this server.")] = None,
    tls: Annotated[str | None, _option("--tls", "HOW", "Its certificate: selfsigned, files or off.")] = None,
    certificate: Annotated[str | None, _option("--certificate", "FILE", "The certificate and its chain, PEM.")] = None,
    key: Annotated[str | None, _option("--key", "FILE", "The certificate's private key, PEM.")] = None,
    trusted_proxies: Annotated[
        str | None, _option("--trusted-proxies", "ADDRESSES", "With --tls off: where that proxy is.")
    ] = None,
    auth: Annotated[str | None, _option("--auth", "WAY", "How people sign in: local, gitlab or pam.")] = None,
    gitlab_url: Annotated[str | None, _option("--gitlab-url", "URL", "GitLab's address.")] = None,
    allow_groups: Annotated[str | None, _option("--allow-groups", "PATHS", "GitLab's groups that may enter.")] = None,
    admin_groups: Annotated[str | None, _option("--admin-groups", "PATHS", "GitLab's groups of administrators.")] = None,
    pam_group: Annotated[str | None, _option("--pam-group", "GROUP", "The group of this server that may enter.")] = None,
    pam_admin_group: Annotated[str | None, _option("--pam-admin-group", "GROUP", "Its group of administrators.")] = None,
    people: Annotated[
        int | None, typer.Option("--people", min=1, metavar="N", help="Make the sizes fit for N people.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; leave the rest as it is.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Set up what a server needs: name, sign-in, sizes. Run again, it changes only what is answered anew."""
    root = project.root()
    given = {
        "STACK_TITLE": title,
        "STACK_HOST": host,
        "STACK_TLS": tls,
        "STACK_TLS_CERTIFICATE": certificate,
        "STACK_TLS_KEY": key,
        "STACK_TRUSTED_PROXIES": trusted_proxies,
        "STACK_AUTH": auth,
        "GITLAB_URL": gitlab_url,
        "GITLAB_ALLOWED_GROUPS": allow_groups,
        "GITLAB_ADMIN_GROUPS": admin_groups,
        "STACK_PAM_GROUP": pam_group,
        "STACK_PAM_ADMIN_GROUP": pam_admin_group,
    }
    found = _sizes(root, people)
    interview = Interview(root, env_change.text(root), {name: text for name, text in given.items() if text is not None})
    files.must_be_changeable(root / ".env", ".env")
    if asks := not yes and sys.stdin.isatty():
        console.say("The answers go into .env. Enter keeps what stands in [brackets]; with Ctrl-C, nothing is changed.")
    interview.hold(ask=not yes)
    change = env_change.plan(root, interview.answers)
    fits = _fits(change, found, people, ask=not yes)
    there = {size.name: sizes.said(size) for size in found}
    steps = [*change.lines, *(f"{name}: {there[name]} → {sizes.said(fit)}" for name, fit in fits.items())]
    if not steps:
        console.done("Nothing to change.")
    else:
        console.say("\n  ".join(["Would change:" if dry_run else "To change:", *steps]))
    if dry_run:
        return
    if steps and asks:
        console.confirm("Write this?", flag="--yes", default=True)
    with left_when_stopped("What is written is in force: stackctl config."):
        _write(change, fits)
        warn_of_environment(change)
        say_next(change, "bin/stackctl up" if os.geteuid() == 0 else "sudo bin/stackctl up")


def _sizes(root: Path, people: int | None) -> tuple[Size, ...]:
    """The sizes that there are. Raises CheckFailedError when they are the operator's own, and `people` would change them."""
    found = catalogue.load(root, settings.name(root)).sizes
    if people and not sizes.ours(found):
        names = ", ".join(size.name for size in found)
        raise CheckFailedError(
            f"{SIZES} has sizes of your own: {names}.", f"Leave out --people, and change them in {SIZES}."
        )
    return found


def _fits(change: Change, found: tuple[Size, ...], people: int | None, *, ask: bool) -> dict[str, Fit]:
    """What each size is to get that is to be another."""
    if change.after.settings is None or not sizes.ours(found):
        return {}
    memory = all_together(change.after.settings.stack_servers_memory, machine.memory())
    fits = {}
    if people:
        fits = sizes.fit(people, memory, machine.cpus())
    elif ask:
        fits = _ask_for_sizes(found, memory)
    return {size.name: fits[size.name] for size in found if fits and sizes.said(fits[size.name]) != sizes.said(size)}


def _ask_for_sizes(found: tuple[Size, ...], memory: int) -> dict[str, Fit]:
    """Ask until the answer is right; nothing where they stay as they are."""
    prompt = (
        f"\n{PEOPLE}\nIt has {machine.cpus()} CPUs, and {memory / sizes.GB:.3g} GB of memory for notebooks. The sizes are:\n"
    )
    prompt += "".join(f"  {size.name:<12}{sizes.said(size)}\n" for size in found)
    while typed := console.ask(
        f"{prompt}[as they are] ", PEOPLE, "Answer with --people; or with --yes, they stay as they are."
    ):
        prompt = ""
        try:
            return sizes.fit(int(typed), memory, machine.cpus())
        except ValueError:
            console.warn("This must be a number of people, such as 10.")
        except CheckFailedError as error:
            console.warn(f"{error.message} {error.hint}")
    return {}


def _write(change: Change, fits: dict[str, Fit]) -> None:
    if fits:
        path = change.root / SIZES
        text = sizes.with_fit(yaml_file.source(path, SIZES), fits)
        files.must_be_changeable(path, SIZES)
    if change.values:
        change.write()
        console.done(".env is written.")
    if fits:
        files.replace(path, text)
        console.done(f"{SIZES} is written.")
