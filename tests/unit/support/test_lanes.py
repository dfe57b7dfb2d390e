"""The order of a run, and what shares a worker."""

from __future__ import annotations

import pytest

from tests.support.checkout import ROOT
from tests.support.lanes import ORDER, TOGETHER, group, place


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/stack/gitlab/test_gitlab_git.py::test_a[x/y::z]", "tests/stack/gitlab"),
        ("tests/stack/local/test_names.py::test_a[a+b@example.org]", "tests/stack/local/test_names.py"),
        ("tests/images/test_pull.py::test_a", "tests/images/test_pull.py"),
    ],
)
def test_a_group_is_a_file_or_a_folder_that_shares_a_gitlab(nodeid: str, expected: str) -> None:
    assert group(nodeid) == expected


def test_quick_checks_come_first_and_the_longest_beginning_counts() -> None:
    long = "tests/stack/operation/test_silent_docker.py"
    paths = ["x.py", "tests/stack/operation/test_down.py", long, "tests/unit/a.py"]
    assert sorted(paths, key=place) == ["tests/unit/a.py", long, "tests/stack/operation/test_down.py", "x.py"]


def test_every_folder_of_tests_has_a_place() -> None:
    folders = {str(file.parent.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py")}
    assert [folder for folder in folders if place(f"{folder}/") == 99] == []


def test_what_is_named_is_there() -> None:
    assert [path for path in ORDER + TOGETHER if not (ROOT / path).exists()] == []
