"""`stackctl images search`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from stackctl import console
from stackctl.commands.images.options import Json
from stackctl.errors import StackError
from stackctl.search import HUB_NAME
from stackctl.search import search as look
from stackctl.stack import Stack

EXAMPLES = """
stackctl images search scipy-notebook
stackctl images search r-notebook --json
"""
NOT_ASKED = "Docker Hub is asked by Docker with its own proxy, quay.io with that of .env: docs/images.md"


def search(word: Annotated[str, typer.Argument(metavar="WORD", help="What to look for.")], as_json: Json = False) -> None:
    """Look for images at Docker Hub and quay.io."""
    stack = Stack.load()
    engine, settings = stack.engine, stack.settings
    with console.Working("asking Docker Hub and quay.io"):
        found, problems = look(engine, settings, word)
    for where, problem in problems.items():
        console.warn(f"{where} could not be asked: {problem}")
    if len(problems) == 2:
        raise StackError("Neither Docker Hub nor quay.io could be reached.", NOT_ASKED)
    if as_json:
        console.show_json([asdict(item) for item in found])
        return
    if not found:
        console.say(f"Nothing was found for {word!r}.")
        return
    rows = []
    for item in found:
        rating = f"{item.rating} ★" if item.where == HUB_NAME else f"{item.rating} pulls"
        rows.append([item.name, rating, item.description[:60], item.where])
    console.show_table(["NAME", "RATING", "DESCRIPTION", "WHERE"], rows)
    console.say("  To add one, with a tag: stackctl images add NAME:TAG --title …")
