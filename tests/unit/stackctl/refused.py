"""What settings are refused with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from stackctl.errors import CheckFailedError, Exit
from stackctl.settings import load


def refusal(root: Path, environ: Mapping[str, str] | None = None) -> str:
    """What `load` refuses a .env or an environment with."""
    with pytest.raises(CheckFailedError) as caught:
        load(root, environ or {})
    assert caught.value.code == Exit.CHECK_FAILED
    assert caught.value.hint == "Your settings are in .env; .env.example explains each."
    return caught.value.message
