"""The page that the hub shows while Docker is silent."""

from __future__ import annotations

import re

from tests.checkout import ROOT


def test_it_looks_as_nginx_page_does_that_it_follows() -> None:
    """They stand in two images, so that none can have the other's."""
    pages = [ROOT / "nginx" / "errors" / "starting.html", ROOT / "hub" / "templates" / "waiting-for-docker.html"]
    before, after = (re.findall(r"<style>.*</style>", page.read_text(), re.DOTALL) for page in pages)
    assert before
    assert after == before
