"""Links from before JupyterLab."""

from __future__ import annotations

import pytest

from singleuser.base.stack_old_links import in_lab

PATHS = {
    "tree": "lab",
    "tree/": "lab",
    "tree/a%20b": "lab/tree/a%20b",
    "notebooks/x/y.ipynb": "lab/tree/x/y.ipynb",
    "notebooks/y.ipynb?factory=Editor": "lab/tree/y.ipynb?factory=Editor",
    "tree?x=1": "lab?x=1",
    "edit/%E4%B8%AD.py": "lab/tree/%E4%B8%AD.py",
}


@pytest.mark.parametrize("old", PATHS)
def test_they_open_the_same_file(old: str) -> None:
    assert in_lab(old) == PATHS[old]
