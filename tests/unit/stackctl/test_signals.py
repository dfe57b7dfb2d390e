"""How this process takes being asked to end."""

from __future__ import annotations

import os
import signal

import pytest

from stackctl import signals


def end_and_tidy_up(kind: signal.Signals, tidied: list[int]) -> None:
    with signals.all_like_ctrl_c():
        try:
            os.kill(os.getpid(), kind)
        finally:
            with signals.held_off():
                os.kill(os.getpid(), kind)
                tidied.append(kind)


@pytest.mark.parametrize("kind", signals.ENDING)
def test_like_ctrl_c_and_held_off_while_tidying_up(kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    tidied: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        end_and_tidy_up(kind, tidied)
    assert tidied == [kind]
    assert signal.getsignal(kind) == before
