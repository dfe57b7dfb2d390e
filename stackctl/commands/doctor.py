"""`stackctl doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from stackctl import console, project, signals, trial
from stackctl.checks import Check, through_nginx
from stackctl.doctor import More, Topic, examine
from stackctl.errors import Exit
from stackctl.topics import TOPICS

EXAMPLES = """
stackctl doctor
stackctl doctor --json
stackctl doctor --quiet-call 120   may a call be silent for two minutes?
"""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[
        int, typer.Option("--quiet-call", metavar="SECONDS", help="How long the silent call through nginx is.", min=1)
    ] = through_nginx.QUIET_SECONDS,
) -> None:
    """Look at all that is known to go wrong, and say what to do about it. Changes nothing. Ends with 3 on a failure."""
    report(TOPICS, partial(trial.topics, quiet_seconds=quiet), as_json=as_json)


def report(topics: Sequence[Topic], more: More, *, as_json: bool) -> None:
    """Show what is found, by topic, as each is ready. Ends with 3 on a failure."""
    everything: list[tuple[str, Check]] = []
    with signals.all_like_ctrl_c(), ExitStack() as left:
        for title, found in examine(project.root(), topics, more, left):
            everything += [(title, item) for item in found]
            if found and not as_json:
                console.data.print(title, style="bold")
                console.show_checks(found)
    levels = Counter(item.level for _, item in everything)
    if as_json:
        console.show_json([{"topic": title} | asdict(item) for title, item in everything])
    else:
        console.say(f"\n{levels['ok']} ok, {levels['warn']} to know, {levels['fail']} to mend")
    if levels["fail"]:
        raise typer.Exit(Exit.CHECK_FAILED)
