"""The bokeh image in a real Chromium: sliders that call back to Python, in a notebook and under the person's address."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
import requests
import websocket
from playwright.sync_api import Browser, Locator, Page, expect

from tests.images.notebook import Notebook
from tests.support.kernel import Kernel
from tests.support.waiting import wait_until
from tests.unit.singleuser.hub import API_TOKEN

PORT = 5006
SECONDS = 1000


@pytest.fixture
def notebook(notebook_of: Callable[[str], Notebook]) -> Notebook:
    return notebook_of("bokeh")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(extra_http_headers={"Authorization": f"token {API_TOKEN}"})
    made = context.new_page()
    made.set_default_timeout(60 * SECONDS)
    yield made
    context.close()


@pytest.fixture
def app(notebook: Notebook) -> Iterator[str]:
    """The example app, served as its page says; its address."""
    notebook.container.exec_run(
        ["bash", "-lc", "cd ~/work/examples/bokeh && exec bokeh serve --address 127.0.0.1 app.py >/tmp/bokeh.log 2>&1"],
        detach=True,
    )
    address = f"{notebook.url}/proxy/{PORT}/app"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = requests.get(address, headers={"Authorization": f"token {API_TOKEN}"}, timeout=30, proxies={"http": ""})
        if answer.ok:
            break
        time.sleep(0.2)
    assert answer.ok, notebook.shell("cat /tmp/bokeh.log")
    yield address
    notebook.shell("pkill -x bokeh")


def move(slider: Locator) -> None:
    """One step to the right."""
    slider.focus()
    slider.press("ArrowRight")


def test_an_apps_slider_calls_back_to_python(app: str, page: Page) -> None:
    page.goto(app)
    move(page.get_by_role("slider"))
    page.wait_for_function(TITLES, arg="Sine, frequency 2")


def test_only_the_person_opens_an_app(app: str) -> None:
    assert "bokeh" not in requests.get(app, timeout=30, proxies={"http": ""}).text, "a sign-in page instead"
    host = app.split("/")[2].partition(":")[0]
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(f"{app.replace('http:', 'ws:')}/ws", timeout=10, http_no_proxy=[host])


def test_a_notebooks_slider_calls_back_to_python(notebook: Notebook, page: Page) -> None:
    page.goto(f"{notebook.url}/lab/tree/examples/bokeh/sliders.ipynb")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.get_by_text("| Idle").wait_for()  # only then is the menu the notebook's
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item").filter(has_text=re.compile("^Run All Cells")).click()
    slider = page.get_by_role("slider")
    expect(slider.first).to_be_visible(timeout=60 * SECONDS)
    move(slider.first)
    (session,) = notebook.server("GET", "api/sessions").json()
    kernel = Kernel(notebook, session["kernel"]["id"])
    wait_until(lambda: kernel.run("print(plot.title.text)") == "Sine, frequency 2", 30, "Python has heard of it")
    kernel.leave()
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)


TITLES = """(text) => {
  const documents = Bokeh.documents;
  return documents.some((one) => JSON.stringify(one.to_json()).includes(text));
}"""
"""Whether a model of any plot on the page has a text."""
