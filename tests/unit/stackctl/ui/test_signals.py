"""Signals that end stackctl."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from stackctl.ui import signals


def end_and_tidy_up(kind: signal.Signals, tidied: list[int]) -> None:
    with signals.all_like_ctrl_c():
        try:
            os.kill(os.getpid(), kind)
        finally:
            with signals.held_off():
                os.kill(os.getpid(), kind)
                tidied.append(kind)


@pytest.mark.parametrize("kind", signals.ENDING)
def test_signals_interrupt_like_ctrl_c_and_are_ignored_during_cleanup(kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    tidied: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        end_and_tidy_up(kind, tidied)
    assert tidied == [kind]
    assert signal.getsignal(kind) == before


def go_on_to_the_end(kind: signal.Signals, through: list[int]) -> None:
    with signals.all_like_ctrl_c(), signals.deferred():
        os.kill(os.getpid(), kind)
        through.append(kind)


@pytest.mark.parametrize("kind", signals.ENDING)
def test_signals_are_deferred_until_the_block_ends(kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    through: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        go_on_to_the_end(kind, through)
    assert through == [kind]
    assert signal.getsignal(kind) == before


def test_other_threads_have_no_signals_to_handle() -> None:
    through = []

    def tidy_up() -> None:
        with signals.deferred(), signals.held_off():
            through.append(1)

    thread = threading.Thread(target=tidy_up)
    thread.start()
    thread.join()
    assert through == [1]
