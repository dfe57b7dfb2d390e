"""The page that the hub shows while Docker is unavailable."""

from __future__ import annotations

import re

from tests.support.checkout import ROOT


def lines(css: str) -> list[str]:
    return [line.strip() for line in css.strip().splitlines()]


def test_it_looks_like_nginxs_error_pages() -> None:
    """The pages are in different images, so they can't share a file."""
    page = (ROOT / "hub" / "templates" / "waiting-for-docker.html").read_text()
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    assert lines(style[1]) == lines((ROOT / "nginx" / "errors" / "error.css").read_text())
