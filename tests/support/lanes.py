"""The lanes and the order of a run: what only `bin/test full` runs, what shares a worker, and what comes first."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ["tests/stack/gitlab", "tests/stack/addresses"]
"""Folders whose tests share more than a stack: a GitLab. They run one after the other in one worker."""

ORDER = [
    "tests/lint",
    "tests/unit",
    "tests/stack/engines",
    "tests/stack/gitlab",
    "tests/stack/operation/test_silent_docker.py",
    "tests/stack/choice",
    "tests/stack/operation",
    "tests/stack/addresses",
    "tests/stack/pam",
    "tests/stack/tls",
    "tests/images",
    "tests/attack",
    "tests/stack/local",
]
"""The quick checks first, then what takes longest: so that the workers end together."""

LEFT_OUT = "what is marked full is left out: bin/test full runs it too"


def group(nodeid: str) -> str:
    """What a test belongs to that runs in one worker: its file, or a folder of TOGETHER."""
    path = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if path.startswith(f"{folder}/")), path)


def place(nodeid: str) -> int:
    """Where a test comes in a run, by the longest beginning of it in ORDER; what is not there comes last."""
    return max(((len(start), number) for number, start in enumerate(ORDER) if nodeid.startswith(start)), default=(0, 99))[1]


class ByGroup(LoadScopeScheduling):
    """Deals groups to workers in the order of the run: https://pytest-xdist.readthedocs.io/en/stable/distribution.html"""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def runs_full(config: pytest.Config) -> bool:
    """Whether the long lane is asked for, or a test by its own name."""
    return bool(config.getoption("--full")) or any("::" in word for word in config.args)


def pick(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in this lane, and bring the rest in order."""
    if not runs_full(config):
        left_out = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: place(item.nodeid))
