"""A real Chromium, and what a person does in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.person import Person
from tests.support.running import HOST, HTTPS_PORT, WEBSITE

STEADY = Path(__file__).with_name("steady_chromium.py")
SECONDS = 1000
"""Playwright counts in milliseconds."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium, without a window."""
    expect.set_options(timeout=20 * SECONDS)  # other workers' stacks are on the same processors
    with sync_playwright() as playwright:
        # root, and the small /dev/shm of a container; names.py has the same name
        places = {HOST: "127.0.0.1", WEBSITE: f"127.0.0.1:{HTTPS_PORT}"}
        rules = [f"MAP {name} {place}" for host, place in places.items() for name in (host, f"*.{host}")]
        names = f"--host-resolver-rules={', '.join(rules)}"
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", names]
        browser = playwright.chromium.launch(executable_path=STEADY, args=arguments)
        yield browser
        browser.close()


def new_page(browser: Browser, locale: str = "en-US") -> Page:
    """A page in a browser profile of its own, so that nobody else is signed in there, with any certificate trusted."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, proxy=None, locale=locale, ignore_https_errors=True
    )
    context.set_default_timeout(30 * SECONDS)
    return context.new_page()


def sign_in(page: Page, person: Person, password: str | None = None) -> None:
    """Fill in the sign-in form and press its button."""
    page.goto(f"{person.stack.url}/hub/login")
    page.get_by_label("Username").fill(person.name)
    page.get_by_label("Password").fill(password or person.password)
    page.get_by_role("button", name="Sign in").click()


def sign_in_in_chinese(page: Page, person: Person) -> None:
    """The same in a browser that asks for Chinese."""
    page.goto(f"{person.stack.url}/hub/login")
    page.get_by_label("用户名").fill(person.name)
    page.get_by_label("密码").fill(person.password)
    page.get_by_role("button", name="登录").click()


def start_server(page: Page) -> None:
    """From the control panel: start the server, see the waiting page, arrive in JupyterLab."""
    page.get_by_role("button", name="Start My Server").or_(page.get_by_role("link", name="Start My Server")).click()
    in_lab(page)


def in_lab(page: Page) -> None:
    """Wait until JupyterLab is there and has put away its splash screen."""
    page.wait_for_url(re.compile(r"/user/[^/]+/lab"), timeout=60 * SECONDS)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60 * SECONDS)


def stop_server(page: Page, person: Person) -> None:
    """From the control panel: stop the server."""
    page.goto(f"{person.stack.url}/hub/home")
    page.wait_for_function("window._jupyterhub_page_loaded")  # until then the button does nothing
    page.get_by_role("button", name="Stop My Server").or_(page.get_by_role("link", name="Stop My Server")).click()
    expect(page.locator("#start")).to_have_text(re.compile("Start My Server"), timeout=30 * SECONDS)


def new_notebook(page: Page) -> None:
    """Open a notebook from the launcher and wait for its kernel. What JupyterLab remembers to have been open is closed."""
    page.goto(re.sub(r"(/user/[^/]+/lab).*", r"\1?reset", page.url))
    in_lab(page)
    page.locator('.jp-LauncherCard[data-category="Notebook"]').first.click()
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60 * SECONDS)


def run_cell(page: Page, code: str) -> Locator:
    """Type `code` into the last cell and run it; where its output appears."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cell = cells.nth(cells.count() - 1)
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    return cell.locator(".jp-OutputArea-output")


def save_as(page: Page, name: str) -> None:
    """Save a new notebook: JupyterLab asks for its name."""
    page.keyboard.press("Control+s")
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_placeholder("File name").fill(name)
    dialog.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(re.compile(re.escape(quote(name)) + "$"))
    expect(page.locator(".lm-DockPanel-tabBar .jp-mod-dirty")).to_have_count(0)


def open_file(page: Page, person: Person, path: str) -> None:
    """Open a file in JupyterLab by its address."""
    page.goto(f"{person.server_url}lab/tree/{quote(path)}")
    in_lab(page)
