"""Sizes that fit a server, and how they are written."""

from __future__ import annotations

import pytest

from stackctl.catalogue import sizes


@pytest.mark.parametrize("people", [1, 2, 5, 10, 57])
@pytest.mark.parametrize(("memory", "cpus"), [(32, 1), (32, 4), (256, 64)])
def test_the_small_size_is_for_everybody_at_the_same_time(people: int, memory: int, cpus: int) -> None:
    small, large = sizes.fit(people, memory * sizes.GB, cpus).values()
    assert people * small.memory <= memory
    assert small.memory <= large.memory
    assert large.count
    assert large.count == 1 or large.count * large.memory <= memory / 2
    assert 1 <= small.cpu <= large.cpu <= cpus


def test_a_size_keeps_its_comments_and_its_title() -> None:
    text = "small:  # for most\r\n  cpu: 2   # of 4\r\n  memory: 2G\r\nlarge:\r\n  memory: 8G # much\r\n  cpu: 4\r\n"
    fits = {"small": sizes.Fit(1, 1.5), "large": sizes.Fit(4, 0.5, 3)}
    assert sizes.with_fit(text, fits) == (
        "small:  # for most\r\n  cpu: 1   # of 4\r\n  memory: 1.5G\r\n"
        "large:\r\n  memory: 512M # much\r\n  count: 3\r\n  cpu: 4\r\n"
    )
