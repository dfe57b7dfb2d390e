"""Takes the screenshots of the README and the docs from a running stack, as its administrator, whose server must be stopped.

docs/images/take.py http://127.0.0.1:8000 .stack/stackhub/admin-password   (needs Playwright and /usr/bin/chromium)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
TEXT = "# Sunflower\n\nEach seed sits 137.5° further round than the one before it: the golden angle."
CODE = """\
from math import cos, pi, sin, sqrt
from IPython.display import SVG

golden = pi * (3 - sqrt(5))
seeds = "".join(
    f'<circle r="{1 + sqrt(n) / 9:.1f}" fill="hsl({n // 12 + 15} 85% 55%)"'
    f' cx="{5.6 * sqrt(n) * cos(n * golden):.1f}" cy="{5.6 * sqrt(n) * sin(n * golden):.1f}"/>'
    for n in range(600)
)
SVG(f'<svg viewBox="-150 -145 300 290" width="330" xmlns="http://www.w3.org/2000/svg">{seeds}</svg>')"""


def notebook() -> dict[str, Any]:
    """The notebook of the screenshot, without output."""
    python = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells: list[dict[str, Any]] = [
        {"id": "text", "cell_type": "markdown", "metadata": {}, "source": TEXT},
        {"id": "code", "cell_type": "code", "metadata": {}, "source": CODE, "outputs": [], "execution_count": None},
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": python}, "cells": cells}


def save_notebook(page: Page, name: str) -> None:
    """Save the notebook in the user's files, as JupyterLab does."""
    page.evaluate(
        """async ([name, content]) => {
            const token = document.cookie.match(/_xsrf=([^;]+)/)[1]
            const answer = await fetch(location.pathname.replace(/lab.*/, 'api/contents/' + name), {
                method: 'PUT', headers: {'X-XSRFToken': token}, body: JSON.stringify({type: 'notebook', content})})
            if (!answer.ok) throw new Error(answer.status)
        }""",
        [name, notebook()],
    )


def take(page: Page, url: str, password: str) -> None:
    """Take all three screenshots; that of the choice page only if there is a choice."""
    page.goto(f"{url}/hub/login")
    page.screenshot(path=HERE / "sign-in.png")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/hub/spawn$|/user/admin/lab"))
    if page.url.endswith("/hub/spawn"):
        form = page.locator("#spawn_form").bounding_box()
        assert form
        page.screenshot(path=HERE / "choice.png", clip={"x": 0, "y": 0, "width": 1280, "height": form["y"] + form["height"]})
        page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/user/admin/lab**")
    save_notebook(page, "sunflower.ipynb")
    page.goto(f"{url}/user/admin/lab/tree/sunflower.ipynb?reset")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-OutputArea-output img")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    page.screenshot(path=HERE / "jupyterlab.png")


def main() -> None:
    """Take the screenshots. Arguments: the stack's address and the file with admin's password."""
    url, password = sys.argv[1], Path(sys.argv[2]).read_text().strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        take(page, url, password)
        browser.close()


if __name__ == "__main__":
    main()
