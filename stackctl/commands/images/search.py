"""`stackctl images search`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from stackctl.commands.images.options import Json
from stackctl.errors import StackError
from stackctl.images.search import HUB_NAME
from stackctl.images.search import search as look
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images search scipy-notebook
stackctl images search r-notebook --json
"""
NOT_ASKED = "Docker Hub is searched with the proxy of Docker, quay.io with that in .env: docs/images.md"


def search(word: Annotated[str, typer.Argument(metavar="WORD", help="What to search for.")], as_json: Json = False) -> None:
    """Search Docker Hub and quay.io for images."""
    stack = Stack.load()
    engine, settings = stack.engine, stack.settings
    with console.Working("searching Docker Hub and quay.io"):
        images, problems = look(engine, settings, word)
    for where, problem in problems.items():
        console.warn(f"{where} could not be searched: {problem}")
    if len(problems) == 2:
        raise StackError("Neither Docker Hub nor quay.io could be reached.", NOT_ASKED)
    if as_json:
        console.show_json([asdict(item) for item in images])
        return
    if not images:
        console.say(f"No images images for {word!r}.")
        return
    rows = []
    for item in images:
        rating = f"{item.rating} ★" if item.where == HUB_NAME else f"{item.rating} pulls"
        rows.append([item.name, rating, item.description[:60], item.where])
    console.show_table(["NAME", "RATING", "DESCRIPTION", "WHERE"], rows)
    console.say("  To add one, with a tag: stackctl images add NAME:TAG --title …")
