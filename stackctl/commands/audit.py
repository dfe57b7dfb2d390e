"""`stackctl audit`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from stackctl.audit import TOPICS
from stackctl.commands.doctor import report

EXAMPLES = """
stackctl audit
stackctl audit --json
"""


def audit(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look for what would help an attacker: known vulnerabilities in the images, rights, secrets. Ends with 3 on a failure.

    Changes nothing.
    """
    report(TOPICS, lambda _: contextlib.nullcontext(()), as_json=as_json)
