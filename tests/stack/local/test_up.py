"""The first `up`, the second, and what Compose by itself says next to stackctl."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Dialog, Page, Request, expect

from tests.support.browser import sign_in
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.talk import Talk


def admin_password(stack: Stack) -> Path:
    return stack.root / ".stack" / stack.name / "admin-password"


def test_first_up_prints_the_address_and_how_to_sign_in(stack: Stack, first_up: Talk) -> None:
    assert f"The stack is running: {stack.url}" in first_up.err
    assert f"Sign in as admin; the password is in .stack/{stack.name}/admin-password" in first_up.err


def test_first_up_makes_an_administrator_with_a_password_in_a_file(stack: Stack, first_up: Talk, page: Page) -> None:
    file = admin_password(stack)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    password = file.read_text().strip()
    assert password not in str(first_up)
    sign_in(page, Person(stack, "admin", password))
    page.goto(f"{stack.url}/hub/admin")
    expect(page.get_by_role("cell", name="admin", exact=True)).to_be_visible()


def test_the_admin_page_asks_before_it_ends_something_for_many(stack: Stack, first_up: Talk, page: Page) -> None:
    sign_in(page, Person(stack, "admin", stack.admin_password))
    page.goto(f"{stack.url}/hub/admin")
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    def note(request: Request) -> None:
        if request.method != "GET":
            asked.append(request.url)

    page.on("dialog", dismiss)
    page.on("request", note)
    for name in ("Stop All", "Shutdown Hub"):
        page.get_by_role("button", name=name).click()
    assert [text.partition("?")[0] for text in asked] == [
        "End the servers of all users on this page, and what runs in them",
        "Restart the hub",
    ]


def test_second_up_changes_nothing_and_says_so(stack: Stack) -> None:
    before = {name: item.id for name, item in stack.services().items()}
    password = admin_password(stack).read_text()
    output = stack.ctl("up", "--yes")
    assert "Nothing to change." in output.err
    assert {name: item.id for name, item in stack.services().items()} == before
    assert admin_password(stack).read_text() == password


def test_dry_run_of_a_running_stack_has_nothing_to_do(stack: Stack) -> None:
    assert "Nothing to do." in stack.ctl("up", "--dry-run").err


def test_dry_run_names_the_image_whose_files_have_changed(stack: Stack) -> None:
    config = stack.root / "hub" / "jupyterhub_config.py"
    content = config.read_text()
    config.write_text(f"{content}\n")
    try:
        plan = stack.ctl("up", "--dry-run").err
    finally:
        config.write_text(content)
    lines = [f"build {stack.name}-hub: its files have changed", "hub: recreate (if its new image differs)"]
    assert [line.strip() for line in plan.partition("Would do:")[2].strip().splitlines()] == lines


def test_compose_ps_works_next_to_stackctl(stack: Stack) -> None:
    shown = stack.run("docker", "compose", "ps", "--format", "{{.Service}} {{.State}}").out.split("\n")
    assert sorted(filter(None, shown)) == ["gate running", "hub running", "nginx running", "proxy running", "walls running"]


def test_compose_logs_works_next_to_stackctl(stack: Stack) -> None:
    assert "JupyterHub is now running" in stack.run("docker", "compose", "logs", "hub").out


def test_compose_up_agrees_that_all_is_as_it_should_be(stack: Stack) -> None:
    before = {name: item.id for name, item in stack.services().items()}
    stack.run("docker", "compose", "up", "--detach", "--no-build", "--wait")
    assert {name: item.id for name, item in stack.services().items()} == before
