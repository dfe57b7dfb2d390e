"""`stackctl doctor`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from stackctl import console, project
from stackctl.checks import Check
from stackctl.doctor import examine
from stackctl.errors import Exit
from stackctl.topics import TOPICS

EXAMPLES = """
stackctl doctor
stackctl doctor --json
"""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look at all that is known to go wrong, and say what to do about it. Changes nothing. Ends with 3 on a failure."""
    everything: list[tuple[str, Check]] = []
    for title, found in examine(project.root(), TOPICS):
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
