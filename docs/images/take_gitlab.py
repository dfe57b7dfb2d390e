"""Takes the screenshots of docs/gitlab.md from a running stack, as a GitLab user who may sign in.

docs/images/take_gitlab.py http://127.0.0.1:8000 USERNAME REPOSITORY-ADDRESS < file-with-the-password
(needs Playwright and /usr/bin/chromium)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in on GitLab's pages, up to JupyterLab."""
    page.get_by_role("button", name="GitLab").click()
    page.get_by_label("Username or primary email").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile("/user/[^/]+/lab"), timeout=60_000)
    page.wait_for_selector("#jupyterlab-splash", state="detached")


def clone(page: Page, repository: str) -> None:
    """Clone a repository in the Git panel, and open a file and the history."""
    page.get_by_role("tab", name="Git").click()
    page.get_by_role("button", name="Clone a Repository").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("textbox").first.fill(repository)
    dialog.get_by_role("button", name="Clone").click()
    expect(page.get_by_text("Successfully cloned")).to_be_visible()
    name = repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    page.locator(".jp-DirListing-item", has_text=name).dblclick()
    page.locator(".jp-DirListing-item", has_text="README.md").dblclick()
    page.get_by_role("tab", name="Git").click()
    expect(page.get_by_text("History").first).to_be_visible()
    page.get_by_text("History").first.click()
    page.wait_for_timeout(4000)  # until the notifications are gone


def main(url: str, username: str, repository: str) -> None:
    """Take both screenshots. The password is read from stdin."""
    password = sys.stdin.readline().rstrip("\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1000, "height": 620}, ignore_https_errors=True).new_page()
        page.goto(url)
        page.screenshot(path=HERE / "gitlab-sign-in.png")
        sign_in(page, username, password)
        clone(page, repository)
        page.screenshot(path=HERE / "gitlab-git.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
