"""Messages that the docs quote are those that the programs and pages show. A quote may have … for a part of a message."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.checkout import ROOT, files

PAGES = [path for path in files() if re.fullmatch(r"docs/[\w-]+\.md", path) and path != "docs/decisions.md"]
PROGRAMS = re.compile(r"(stackctl|hub|gate|walls|singleuser|tests/unit)/.+\.py$")
SHOWN = re.compile(r"(nginx|hub)/.+\.html$")
COLUMNS = {"docs/images.md": ["What it says", "Reason", "State"]}
"""Tables whose first column quotes messages, by their headings."""
OTHERS = {"Forbidden", "Password", "Admin", "Edit User"}
"""Quotes of JupyterLab's and JupyterHub's own pages."""
PLACEHOLDER = "\0"


def quotes(path: str) -> list[str]:
    """The messages that a page quotes: in indented blocks, in quotation marks, and in tables."""
    text = (ROOT / path).read_text()
    found = re.findall(r"^    (?:error|hint): (.*)", text, re.MULTILINE)
    prose = re.sub(r"^ *```.*?^ *```|<[^>]+>|`[^`]+`|GitLab's page \"[^\"]+\"", "", text, flags=re.MULTILINE | re.DOTALL)
    found += [" ".join(quote.split()) for quote in re.findall(r'"([A-Z][^"=]+)"', prose) if quote not in OTHERS]
    for heading in COLUMNS.get(path, []):
        table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
        assert table, heading
        found += [quote for row in table[1].splitlines() for quote in re.split(r"[;,] (?=it )", row.split("|")[1].strip())]
    return found


@cache
def messages() -> str:
    """The strings in the programs, one per line, with a placeholder for each expression of an f-string; and the pages."""
    trees = [ast.parse((ROOT / path).read_text()) for path in files() if PROGRAMS.match(path)]
    strings = [string(node) for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.Constant))]
    strings += [re.sub("<[^>]+>", "", (ROOT / path).read_text()) for path in files() if SHOWN.match(path)]
    return "\n".join(" ".join(text.split()) for text in strings)


def string(node: ast.JoinedStr | ast.Constant) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in parts)


def is_message(quote: str) -> bool:
    """Whether each sentence of a quote is a message, or a part of one. It may have an example in place of a placeholder."""
    return all(re.search(pattern(sentence), messages(), re.IGNORECASE) for sentence in re.split(r"(?<=\.) (?=[A-Z])", quote))


def pattern(sentence: str) -> str:
    words = [".+" if word == "…" else rf"(?:{re.escape(word)}|\S*{PLACEHOLDER}\S*)" for word in sentence.split()]
    return rf"(?<![^\s{PLACEHOLDER}]){' '.join(words)}"


def test_quotes_are_found_and_compared() -> None:
    assert "A certificate is not trusted" in quotes("docs/mirrors.md")
    assert is_message("A certificate is not trusted")
    assert not is_message("A certificate is never trusted")


@pytest.mark.parametrize("path", PAGES)
def test_quoted_messages_exist(path: str) -> None:
    assert [quote for quote in quotes(path) if not is_message(quote)] == []
