"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TokenFile = Annotated[
    Path | None, typer.Option("--token-file", metavar="FILE", help="Read the GitLab token from a file (chmod 600).")
]
TokenStdin = Annotated[bool, typer.Option("--token-stdin", help="Read the GitLab token from standard input.")]
SaveToken = Annotated[bool, typer.Option("--save-token", help="Save the token for later commands.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and stop.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
