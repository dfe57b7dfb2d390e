"""The Chinese pages say what the English ones do: block by block, with the same commands, settings, names and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackctl.settings import DEFAULTS
from tests.support.checkout import ROOT, files

IN_ENGLISH = "docs/decisions.md"
DOCS = [path for path in files() if re.fullmatch(r"docs/[^/]+\.md", path) and path != IN_ENGLISH]
CHINESE = [path for path in files() if re.fullmatch(r"docs/zh-CN/.+", path)]
PAIRS = [
    ("README.md", "README.zh-CN.md"),
    ("CONTRIBUTING.md", "CONTRIBUTING.zh-CN.md"),
    *((f"docs/{Path(path).name}", path) for path in CHINESE),
]
ENGLISH_OF = {chinese: english for english, chinese in PAIRS}
FENCE = re.compile(r"^( *```\w*\n.*?^ *```)$", re.MULTILINE | re.DOTALL)
SETTING = r"\b(?:(?:STACK|GITLAB)_[A-Z_]+|(?:HTTPS?|NO)_PROXY)\b"
of_each_pair = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[english for english, _ in PAIRS])
of_each_page = pytest.mark.parametrize("path", [path for pair in PAIRS for path in pair])


def text(path: str) -> str:
    """A page, without what translates .env.example."""
    return (ROOT / path).read_text().partition("<!-- What follows translates .env.example")[0]


def prose(path: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text(path))


def outline(path: str) -> list[str]:
    """The blocks of a page: the levels of headings, code without comments, how long tables and lists are."""
    blocks = []
    for part in FENCE.split(text(path)):
        if FENCE.match(part):
            blocks.append(code(part))
        else:
            blocks += [kind(block) for block in re.split(r"\n\s*\n", part.strip("\n")) if block.strip()]
    return blocks


def code(fence: str) -> str:
    """What is to be typed. A fence without a language is a drawing, whose words are in the page's language."""
    if fence.lstrip().startswith("```\n"):
        return "drawing"
    lines = (re.sub(r"(^|\s)#.*", "", line) for line in fence.splitlines())
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def kind(block: str) -> str:
    lines = block.splitlines()
    if heading := re.match("#+ ", block):
        return heading[0]
    if block.startswith("|"):
        return f"table of {len(lines)} lines, {lines[0].count('|') - 1} columns"
    if items := len(re.findall(r"^\s*(?:-|\d+\.) ", block, re.MULTILINE)):
        return f"list of {items} items"
    return block if block.startswith("    ") else "text"


def links(path: str) -> list[tuple[str, str]]:
    """Where a page leads to: the file in the checkout, or an address, and its fragment."""
    found = []
    for target in re.findall(r"""(?:\]\(|(?:src|href)=")([^)\s"]+)""", text(path)):
        file, _, heading = target.partition("#")
        if not re.match(r"[a-z]+:", target):
            there = (ROOT / path).parent / file if file else ROOT / path
            file = str(there.resolve().relative_to(ROOT))
        found.append((file, heading))
    return found


def anchors(path: str) -> set[str]:
    """What a link may name after its #: the headings, as GitHub and GitLab write them."""
    headings = re.findall(r"^#+ (.*)", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_there_in_both_languages() -> None:
    assert sorted(DOCS) == sorted(english for english, _ in PAIRS if english.startswith("docs/"))


@of_each_pair
def test_the_same_headings_commands_tables_and_lists(english: str, chinese: str) -> None:
    assert outline(chinese) == outline(english)


@of_each_pair
@pytest.mark.parametrize("pattern", [SETTING, "`[^`]+`"], ids=["settings", "names"])
def test_the_same_settings_and_names(english: str, chinese: str, pattern: str) -> None:
    in_english, in_chinese = (re.findall(pattern, prose(path)) for path in (english, chinese))
    assert {" ".join(name.split()) for name in in_chinese} == {" ".join(name.split()) for name in in_english}


@of_each_pair
def test_the_same_links_and_one_to_the_page_in_the_other_language(english: str, chinese: str) -> None:
    in_english, in_chinese = links(english), links(chinese)
    assert sorted((ENGLISH_OF.get(file, file), bool(heading)) for file, heading in in_chinese) == sorted(
        (ENGLISH_OF.get(file, file), bool(heading)) for file, heading in in_english
    )
    assert [file for file, _ in in_chinese if file in ENGLISH_OF.values()] == [english]
    assert [file for file, _ in in_english if file in ENGLISH_OF] == [chinese]


@of_each_page
def test_links_to_headings_resolve(path: str) -> None:
    named = [(file, heading) for file, heading in links(path) if heading and (ROOT / file).exists()]
    assert [(file, heading) for file, heading in named if heading not in anchors(file)] == []


def test_the_translation_of_env_example_names_no_setting_that_is_gone_and_no_other_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? *\|", (ROOT / "docs/zh-CN/settings.md").read_text(), re.MULTILINE)
    assert len(rows) > 40
    assert {name: value for name, value in rows if DEFAULTS.get(name) != value} == {}


@pytest.mark.parametrize("path", ENGLISH_OF)
def test_punctuation_and_spaces_are_chinese(path: str) -> None:
    """Full-width punctuation after Chinese; a space between it and Latin words: https://github.com/w3c/clreq."""
    words = re.sub("`[^`]+`", "`x`", re.sub(r"\]\([^)]+\)", "]", FENCE.sub("", (ROOT / path).read_text())))
    wrong = r"[\u4e00-\u9fff][,.;:!?()]|[\u4e00-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u4e00-\u9fff]"
    assert [line for line in words.splitlines() if re.search(wrong, line)] == []
