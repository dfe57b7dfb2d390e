"""`stackctl doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from stackctl.checkout import worktree
from stackctl.doctor import runner, trial_notebook
from stackctl.doctor.check_groups import CHECK_GROUPS, CheckGroup
from stackctl.doctor.checks.network import through_nginx
from stackctl.errors import Exit
from stackctl.ui import console, signals
from stackctl.ui.check import Check

EXAMPLES = """
stackctl doctor
stackctl doctor --json
stackctl doctor --quiet-call 120   can a call be silent for two minutes?
"""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[
        int, typer.Option("--quiet-call", metavar="SECONDS", help="Length of the silent call through nginx.", min=1)
    ] = through_nginx.QUIET_SECONDS,
) -> None:
    """Check for known problems and suggest fixes. Changes nothing. Exits 3 on failure."""
    report(CHECK_GROUPS, partial(trial_notebook.groups, quiet_seconds=quiet), as_json=as_json)


def report(groups: Sequence[CheckGroup], temporary: runner.TemporaryGroups, *, as_json: bool) -> None:
    """Run check groups and show each one's results as they are ready. Exits 3 on failure."""
    results: list[tuple[str, Check]] = []
    with signals.all_like_ctrl_c(), ExitStack() as cleanup:
        for title, checks in runner.run(worktree.root(), groups, temporary, cleanup):
            results += [(title, item) for item in checks]
            if checks and not as_json:
                console.data.print(title, style="bold")
                console.show_checks(checks)
    levels = Counter(item.level for _, item in results)
    if as_json:
        console.show_json([{"group": title} | asdict(item) for title, item in results])
    else:
        warnings = f"{levels['warn']} warning{'s' * (levels['warn'] != 1)}"
        console.say(f"\n{levels['ok']} passed, {warnings}, {levels['fail']} failed")
    if levels["fail"]:
        raise typer.Exit(Exit.CHECK_FAILED)
