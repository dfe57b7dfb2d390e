"""Pulling the catalogue's images: several at once, each on its own, by the digest that the lock file names."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stackctl import console
from stackctl.catalogue import Catalogue, Image
from stackctl.engine import Engine
from stackctl.errors import SilenceError, StackError, left_when_stopped
from stackctl.image_lock import Lock
from stackctl.pull_log import PullLog
from stackctl.references import Reference
from stackctl.registry_errors import explain

AT_ONCE = 3
SILENCE = 60
"""Seconds without a step forward of any pull, after which an image counts as not to be had. Of any: Docker fetches three
layers at once, of all pulls together, and says nothing of those that wait. It tries a layer that breaks off five times, and
after each it waits longer."""


@dataclass
class Pulls:
    """Pulls that run: what each is at, and what went wrong, by the image's name."""

    engine: Engine
    lock: Lock
    silence: float = SILENCE
    logs: dict[str, PullLog] = field(default_factory=dict)
    failed: dict[str, StackError] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self, waiting: queue.SimpleQueue[Image]) -> None:
        """Pull what waits, one after the other, until nothing does."""
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
            except Exception as error:  # a thread's own would be lost
                self.failed[image.name] = StackError(f"{image.reference} cannot be pulled: {type(error).__name__}: {error}")

    def _pull(self, image: Image) -> None:
        """Pull one. Its name stands for the new image only when all of that is here."""
        digest = self.lock.digest(image.reference)
        wanted = Reference.parse(image.reference).at(digest) if digest else image.reference
        log = self.logs[image.name] = PullLog(progress_at=time.monotonic())
        while True:
            try:
                for event in self.engine.pull(wanted, self.silence):
                    if self.stopped.is_set():
                        raise StackError("stopped")
                    log.feed(event, time.monotonic())
                    if self._stands_still():
                        raise StackError(f"broken off again and again: nothing new for {self.silence:.0f} seconds")
                break
            except SilenceError as error:
                if self._stands_still() or self.stopped.is_set():
                    raise explain(wanted, error.message) from error
            except StackError as error:
                raise explain(wanted, error.message) from error
        if digest:
            self.engine.tag(wanted, image.reference)

    def _stands_still(self) -> bool:
        """Whether no pull has gone on for too long."""
        return time.monotonic() - max(log.progress_at for log in list(self.logs.values())) > self.silence


@left_when_stopped()
def pull(engine: Engine, lock: Lock, images: list[Image], silence: float = SILENCE) -> dict[str, StackError]:
    """Pull images, and show how far they are. One that fails keeps no other back; the failures, by name.

    Ctrl-C ends them all: says what is left, and raises KeyboardInterrupt.
    """
    if not images:
        return {}
    pulls, waiting = Pulls(engine, lock, silence), queue.SimpleQueue[Image]()
    for image in images:
        waiting.put(image)
    # daemons: after a Ctrl-C nobody waits for one that a registry keeps waiting; Docker ends a pull with its connection
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
        left = [image.name for image in images if image.name not in pulls.done]
        console.say(f"\nNot pulled: {', '.join(left)}. Images that are whole are kept.")
        raise
    return pulls.failed


@contextlib.contextmanager
def _shown(pulls: Pulls) -> Iterator[Callable[[], None]]:
    """What shows the state of pulls when it is called: bars on a terminal, elsewhere a line every few seconds."""

    def going() -> dict[str, PullLog]:
        return {name: log for name, log in dict(pulls.logs).items() if name not in pulls.done and name not in pulls.failed}

    if console.talk.is_terminal:
        with console.Bars() as bars:

            def draw() -> None:
                for name, log in dict(pulls.logs).items():
                    failed, done = name in pulls.failed, name in pulls.done
                    said = "failed" if failed else "pulled" if done else str(log)
                    bars.show(name, log.completed, log.total or None, said)

            yield draw
    else:
        with console.Working("pulling") as working:

            def tell() -> None:
                working.text = f"pulling {'; '.join(f'{name}: {log}' for name, log in going().items())}"

            yield tell


def not_here(engine: Engine, lock: Lock, catalogue: Catalogue) -> list[Image]:
    """The offered external images, and those that offered ones stand on, that are not here as the lock file has them."""
    images = [image for image in catalogue.with_parents(catalogue.offered) if not image.folder]
    return [image for image in images if not lock.satisfied(image.reference, engine.digests(image.reference))]
