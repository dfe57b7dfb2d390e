"""What `up` would do."""

from __future__ import annotations

import pytest

from stackctl.stack.plan import ServiceState, service_changes

HASHES, IMAGES = {"hub": "h1"}, {"hub": "sha256:1"}


@pytest.mark.parametrize(
    ("seen", "change"),
    [
        (None, "create"),
        (ServiceState("running", "sha256:1", "h0"), "recreate (its settings changed)"),
        (ServiceState("running", "sha256:0", "h1"), "recreate (its image changed)"),
        (ServiceState("exited", "sha256:1", "h1"), "start (it is exited)"),
        (ServiceState("exited", "sha256:0", "h0"), "recreate (its settings changed)"),
        (ServiceState("running", "sha256:1", "h1", connected=False), "recreate (it is off its network)"),
    ],
)
def test_a_service_that_differs_is_changed(seen: ServiceState | None, change: str) -> None:
    assert service_changes({"hub": seen} if seen else {}, HASHES, IMAGES) == {"hub": change}


def test_a_service_that_runs_as_it_should_is_left_alone() -> None:
    seen = {"hub": ServiceState("running", "sha256:1", "h1"), "gone": ServiceState("running", "sha256:9", "h9")}
    assert service_changes(seen, HASHES, IMAGES) == {}
