"""Pulls the catalogue's images, several at once, by the digests in the lock file."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stackctl.catalogue import Catalogue, Image
from stackctl.engine import Engine
from stackctl.engine.reference import Reference
from stackctl.errors import NoDataError, StackError, explain_interrupt
from stackctl.images.lock import Lock
from stackctl.images.pull_log import PullLog
from stackctl.images.registry_errors import explain
from stackctl.ui import console

AT_ONCE = 3
STALL_TIMEOUT = 60
"""Seconds without progress of any pull after which pulls fail. Of any, because Docker downloads three layers at once, for
all pulls together, and sends no events for layers that wait. It tries each layer five times, with growing pauses."""


@dataclass
class Pulls:
    """Running pulls: progress and errors by the image's name."""

    engine: Engine
    lock: Lock
    stall_timeout: float = STALL_TIMEOUT
    logs: dict[str, PullLog] = field(default_factory=dict)
    failed: dict[str, StackError] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self, waiting: queue.SimpleQueue[Image]) -> None:
        """Pull the images of the queue until it is empty."""
        while not self.stopped.is_set():
            try:
                image = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._pull(image)
                self.done.append(image.name)
            except StackError as error:
                self.failed[image.name] = error
            except Exception as error:  # an exception would end the thread unseen
                self.failed[image.name] = StackError(f"{image.reference} cannot be pulled: {type(error).__name__}: {error}")

    def _pull(self, image: Image) -> None:
        """Pull one image. Its reference moves to the new image when that is complete."""
        digest = self.lock.digest(image.reference)
        reference = Reference.parse(image.reference).at(digest) if digest else image.reference
        log = self.logs[image.name] = PullLog(progress_at=time.monotonic())
        while True:
            try:
                for event in self.engine.pull(reference, self.stall_timeout):
                    if self.stopped.is_set():
                        raise StackError("stopped")
                    log.feed(event, time.monotonic())
                    if self._is_stalled():
                        raise StackError(f"broken off: no progress for {self.stall_timeout:.0f} seconds")
                break
            except NoDataError as error:
                if self._is_stalled() or self.stopped.is_set():
                    raise explain(reference, error.message) from error
            except StackError as error:
                raise explain(reference, error.message) from error
        if digest:
            self.engine.tag(reference, image.reference)

    def _is_stalled(self) -> bool:
        """Whether no pull has made progress for `stall_timeout` seconds."""
        return time.monotonic() - max(log.progress_at for log in list(self.logs.values())) > self.stall_timeout


@explain_interrupt()
def pull(engine: Engine, lock: Lock, images: list[Image], stall_timeout: float = STALL_TIMEOUT) -> dict[str, StackError]:
    """Pull images, and show their progress. Returns the errors by name; other pulls continue after an error.

    `stall_timeout`: see STALL_TIMEOUT. Ctrl-C stops all pulls, prints what was not pulled, and raises KeyboardInterrupt.
    """
    if not images:
        return {}
    pulls, waiting = Pulls(engine, lock, stall_timeout), queue.SimpleQueue[Image]()
    for image in images:
        waiting.put(image)
    # daemons, so that Ctrl-C does not wait for a slow registry; Docker stops a pull when its connection closes
    threads = [threading.Thread(target=pulls.work, args=(waiting,), daemon=True) for _ in images[:AT_ONCE]]
    try:
        with _shown(pulls) as show:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                show()
                time.sleep(0.1)
    except KeyboardInterrupt:
        pulls.stopped.set()
        missing = [image.name for image in images if image.name not in pulls.done]
        console.say(f"\nNot pulled: {', '.join(missing)}. Complete images are kept.")
        raise
    return pulls.failed


@contextlib.contextmanager
def _shown(pulls: Pulls) -> Iterator[Callable[[], None]]:
    """A function that shows the pulls: as bars on a terminal, or as a line every few seconds without one."""

    def running() -> dict[str, PullLog]:
        return {name: log for name, log in dict(pulls.logs).items() if name not in pulls.done and name not in pulls.failed}

    if console.talk.is_terminal:
        with console.Bars() as bars:

            def draw() -> None:
                for name, log in dict(pulls.logs).items():
                    failed, done = name in pulls.failed, name in pulls.done
                    state = "failed" if failed else "pulled" if done else str(log)
                    bars.show(name, log.completed, log.total or None, state)

            yield draw
    else:
        with console.Working("pulling") as working:

            def report() -> None:
                working.text = f"pulling {'; '.join(f'{name}: {log}' for name, log in running().items())}"

            yield report


def not_here(engine: Engine, lock: Lock, catalogue: Catalogue) -> list[Image]:
    """The pulled images among the offered ones and their parents that this server does not have as they are locked."""
    images = [image for image in catalogue.with_parents(catalogue.offered) if not image.folder]
    return [image for image in images if not lock.satisfied(image.reference, engine.digests(image.reference))]
