"""What `stackctl down --delete-data` says it keeps."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout


def test_down_keeps_images_and_says_how_to_remove_them(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = MagicMock(**{"volumes.return_value": ["stackhub-home-alice"], "servers.return_value": []})
    engine.shared_volumes.return_value = ["stackhub-shared-team"]
    monkeypatch.setenv("STACK_SHARED_FOLDERS", "team,/srv/datasets:ro")
    monkeypatch.setattr(Stack, "engine", engine)
    monkeypatch.setattr(Stack, "compose", MagicMock())
    services = SimpleNamespace(all=lambda: [SimpleNamespace(service="hub")], checkouts=lambda: {str(checkout.root)})
    monkeypatch.setattr(Stack, "services", services)
    asked = checkout.stackctl("down", "--delete-data").err
    assert "the files of 1 user, and the shared folders in stackhub-shared-team" in asked
    ran = checkout.stackctl("down", "--delete-data", "--confirm", "stackhub")
    assert ran.err == (
        "✓ Stopped.\n"
        "✓ Deleted all accounts and files, and the shared folders in stackhub-shared-team.\n"
        "  Folders of this server are kept: /srv/datasets\n"
        "  Images are kept. To remove those that were built here, run: "
        "docker image prune --all --filter label=com.docker.compose.project=stackhub\n"
    )
    engine.remove_volumes.assert_called_once_with(["stackhub-home-alice", "stackhub-shared-team"])
    assert "Images" not in checkout.stackctl("down").err
