"""A person's day in the browser: sign in, JupyterLab, a notebook that runs, and the same notebook tomorrow."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support import browser
from tests.support.person import Person


def test_a_notebook_and_its_output_are_there_after_stop_and_start(alice: Person, page: Page) -> None:
    browser.sign_in(page, alice)
    browser.in_lab(page)
    browser.new_notebook(page)
    expect(browser.run_cell(page, "print('sum', 6 * 7, 'é中')")).to_have_text("sum 42 é中\n")
    browser.save_as(page, "day.ipynb")
    browser.stop_server(page, alice)
    assert alice.name not in alice.stack.servers(), "the container"

    browser.start_server(page)
    browser.open_file(page, alice, "day.ipynb")
    expect(page.locator(".jp-OutputArea-output").first).to_have_text("sum 42 é中\n")
