"""What the templates of all pages can use."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment

from contract.catalogue import LANGUAGES
from stackhub.i18n.jupyterhub_texts import JupyterHubTemplates
from stackhub.pages.templates import PROBLEMS, variables

PAGE = """
{%- trans name=name %}Server “{{ name }}”{% endtrans %}|{{ _("{seconds} s elapsed").format(seconds=3) }}|
{{- translated("only you") }}|{{ problem(404)[0] }}|{{ problem(418)[0] }}"""


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_TITLE", "The lab")
    monkeypatch.setenv("STACK_AUTH", "local")


@pytest.mark.parametrize(
    ("lang", "page"),
    [
        ("en", "Server “&lt;b&gt;”|3 s elapsed|only you|Page not found|Something went wrong"),
        ("zh-CN", "服务器“&lt;b&gt;”|已用时 3 秒|仅限您本人|页面不存在|出错了"),
    ],
)
def test_a_template_is_in_the_language_of_its_page(lang: str, page: str) -> None:
    environment = Environment(
        loader=DictLoader({"page": PAGE}), extensions=["jinja2.ext.i18n", JupyterHubTemplates], autoescape=True
    )
    assert environment.get_template("page").render(name="<b>", **variables(lang)) == page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_has_a_title_and_advice(lang: str) -> None:
    problem = variables(lang)["problem"]
    assert len({tuple(problem(status)) for status in PROBLEMS}) == len(PROBLEMS)
    assert all(len(problem(status)) == 2 and all(problem(status)) for status in PROBLEMS)


def test_the_title_and_the_password_page_follow_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (variables("en")["title"], variables("en")["has_password"]) == ("The lab", True)
    monkeypatch.setenv("STACK_AUTH", "gitlab")
    assert not variables("en")["has_password"]
