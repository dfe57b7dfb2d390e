"""What `stackctl down --delete-data` says that it keeps."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout


def test_images_are_kept_and_how_to_remove_them_is_said(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = MagicMock(**{"volumes.return_value": ["stackhub-home-alice"], "servers.return_value": []})
    engine.shared_volumes.return_value = ["stackhub-shared-team"]
    monkeypatch.setenv("STACK_SHARED_FOLDERS", "team,/srv/datasets:ro")
    monkeypatch.setattr(Stack, "engine", engine)
    monkeypatch.setattr(Stack, "compose", MagicMock())
    monkeypatch.setattr(Stack, "services", lambda _: [SimpleNamespace(service="hub", labels={})])
    assert (
        "the files of 1 users, and what all have in stackhub-shared-team" in checkout.stackctl("down", "--delete-data").err
    )
    ran = checkout.stackctl("down", "--delete-data", "--confirm", "stackhub")
    assert ran.err == (
        "✓ Stopped.\n"
        "✓ Accounts and files are deleted, and what all have in stackhub-shared-team.\n"
        "  Kept, as folders of this server: /srv/datasets\n"
        "  Images are kept. To remove those that were built here: "
        "docker image prune --all --filter label=com.docker.compose.project=stackhub\n"
    )
    engine.remove_volumes.assert_called_once_with(["stackhub-home-alice", "stackhub-shared-team"])
    assert "Images" not in checkout.stackctl("down").err
