"""`stackctl audit`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from stackctl.commands.doctor import report
from stackctl.doctor.check_groups import SECURITY_GROUPS

EXAMPLES = """
stackctl audit
stackctl audit --json
"""


def audit(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Run the security checks of `doctor`: secrets, Docker, containers, images. Changes nothing. Exits 3 on failure."""
    report(SECURITY_GROUPS, lambda _: contextlib.nullcontext(()), as_json=as_json)
