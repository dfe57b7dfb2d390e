"""Chinese for JupyterHub's and NativeAuthenticator's texts: each is still a text of theirs."""

from __future__ import annotations

import re
from pathlib import Path

import jupyterhub
import nativeauthenticator
import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jupyterhub._data import DATA_FILES_PATH

import stackhub
from stackhub.i18n.jupyterhub_texts import (
    MESSAGES,
    SCRIPTS,
    TEMPLATES,
    JupyterHubTemplates,
    any_space,
    translated,
)

JUPYTERHUBS = FileSystemLoader(Path(DATA_FILES_PATH) / "templates")
NATIVE = FileSystemLoader(Path(nativeauthenticator.__file__).parent / "templates")
LOADER = ChoiceLoader([PrefixLoader({"templates": JUPYTERHUBS}), JUPYTERHUBS, NATIVE])
SCRIPT_FILES = [Path(DATA_FILES_PATH) / "static" / "js" / name for name in ("home.js", "token.js", "utils.js")]
HAN = "[\u4e00-\u9fff]"


def environment(**options: object) -> Environment:
    return Environment(loader=LOADER, autoescape=True, undefined=StrictUndefined, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_sentence_is_in_the_template(name: str) -> None:
    source = LOADER.get_source(environment(), name)[0]
    assert [english for english in TEMPLATES[name] if not re.search(any_space(english), source)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_sentence_is_replaced_in_chinese_and_stays_in_english(name: str) -> None:
    source = LOADER.get_source(environment(), name)[0]
    both = environment(extensions=[JupyterHubTemplates]).preprocess(source, name)
    either = r"{% if lang == 'zh-CN' %}((?:(?!{% if lang).)*){% else %}((?:(?!{% if lang).)*?){% endif %}"
    assert len(re.findall(either, both, re.DOTALL)) >= len(TEMPLATES[name])
    environment(extensions=[JupyterHubTemplates]).get_template(name)  # it compiles


@pytest.mark.parametrize("chinese", [*(text for words in TEMPLATES.values() for text in words.values()), *SCRIPTS.values()])
def test_the_translations_are_chinese(chinese: str) -> None:
    assert re.search(HAN, chinese) or "translated(" in chinese or "zh-cn" in chinese


def test_the_scripts_have_the_texts_that_are_replaced() -> None:
    scripts = "".join(path.read_text() for path in SCRIPT_FILES)
    assert [english for english in SCRIPTS if english not in scripts] == []


@pytest.mark.parametrize("pattern", MESSAGES)
def test_every_message_is_in_the_code(pattern: str) -> None:
    words = max(re.split(r"\(\S*?\)|\\s\+|; ", pattern), key=len).strip()
    folders = [Path(str(package.__file__)).parent for package in (jupyterhub, nativeauthenticator, stackhub)]
    code = [*SCRIPT_FILES, *(path for folder in folders for path in folder.rglob("*.py"))]
    assert any(words in path.read_text() for path in code)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Invalid username or password", "用户名或密码不正确"),
        ("Passwords must have at least 8 characters and at most 72 bytes.", "密码至少需要 8 个字符，最多 72 个字节。"),
        ("Server at /user/alice/", "服务器 /user/alice/"),
        ("What nobody knows", "What nobody knows"),
    ],
)
def test_a_message_with_a_translation_is_chinese(english: str, chinese: str) -> None:
    assert translated(english) == chinese


@pytest.mark.parametrize(("words", "lang"), [({}, "en"), ({"lang": "zh-CN"}, "zh-CN")])
def test_a_page_declares_its_language(words: dict[str, str], lang: str) -> None:
    page = Environment(loader=LOADER, extensions=[JupyterHubTemplates], autoescape=True).get_template("templates/page.html")
    shown = page.render(static_url=lambda *_, **__: "", base_url="/hub/", **words)
    assert f'<html lang="{lang}">' in shown
    assert ("请启用后继续。" in shown) == (lang == "zh-CN")
    assert ("Please enable it to proceed." in shown) == (lang == "en")
