"""The pages around a start where there is nothing to choose."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import in_lab, sign_in
from tests.support.person import Person

STEPS = ["creating", "starting", "waiting", "opening"]


def test_with_nothing_to_choose_people_come_straight_in(new_person: Callable[[str], Person], page: Page) -> None:
    person = new_person("straight")
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    sign_in(page, person)
    in_lab(page)
    assert not any(url.endswith("/hub/spawn") for url in visited)
    person.stop()
    answer = page.goto(f"{person.server_url}lab")
    assert answer is not None
    assert answer.status == 424
    expect(page.get_by_role("heading", name="The server is not running")).to_be_visible()
    page.get_by_role("button", name="Start the server").click()
    in_lab(page)
    person.stop()


def test_progress_tells_the_steps_of_the_start(new_person: Callable[[str], Person]) -> None:
    person = new_person("steps")
    person.begin_start()
    events = list(person.progress())
    steps = [event["step"] for event in events if "step" in event]
    assert steps == STEPS[STEPS.index(steps[0]) :], "each from the first that was heard of, in order"
    assert len(steps) > 1
    assert events[-1]["ready"]
    person.stop()
