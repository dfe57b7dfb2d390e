"""Building images: buildx's plain progress turned into bars on a terminal and a line every few seconds elsewhere."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from stackctl import base_image, console
from stackctl.catalogue import Image
from stackctl.errors import FULL, StackError, left_when_stopped
from stackctl.stack import Stack

STEP = re.compile(r"^#(\d+) \[(\S+) (?:(\S+) )?(\d+)/(\d+)\] (.*)")
END = re.compile(r"^#(\d+) (DONE|CACHED|ERROR)\b")
OUTPUT = re.compile(r"^#(\d+) [\d.]+ (.*)")
UNREACHABLE = re.compile(
    r"Could not resolve|Failed to fetch|Temporary failure|Connection (refused|timed out|failed)|Network is unreachable"
    r"|(Could not|Unable to) connect|does not have a Release file"
    r"|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|NewConnectionError|NameResolutionError|Unable to locate package|404 +Not Found",
    re.IGNORECASE,
)
UNTRUSTED = re.compile(
    r"certificate verify failed|CERTIFICATE_VERIFY|self.signed certificate|Certificate verification"
    r"|unable to (get local issuer|verify the first) certificate",
    re.IGNORECASE,
)


@dataclass
class BuildLog:
    """What is known of a build from the lines seen so far."""

    steps: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Vertex number to (image, what it does)."""
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    """Image to the number of steps of each of its stages."""
    ended: set[str] = field(default_factory=set)
    failed: str = ""
    output: dict[str, deque[str]] = field(default_factory=dict)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=15))

    def feed(self, line: str) -> None:
        """Take one line of `docker compose build --progress plain`."""
        self.last.append(line)
        if step := STEP.match(line):
            number, image, stage, _, total, what = step.groups()
            # one step may serve several images, and be named after each in turn: the first keeps it
            self.steps.setdefault(number, (image, re.sub(r"--mount=\S+\s+", "", what)))
            self.totals.setdefault(image, {})[stage or ""] = int(total)
        elif end := END.match(line):
            number, how = end.groups()
            self.ended.add(number)
            if how == "ERROR":
                self.failed = number
        elif output := OUTPUT.match(line):
            self.output.setdefault(output[1], deque(maxlen=15)).append(output[2])

    def counts(self, image: str) -> tuple[int, int]:
        """How many of an image's steps have ended, and how many there are in the stages seen so far."""
        ended = sum(1 for number, (name, _) in self.steps.items() if name == image and number in self.ended)
        return ended, sum(self.totals[image].values())

    def current(self, image: str) -> str:
        """What an image's build is doing."""
        running = [what for number, (name, what) in self.steps.items() if name == image and number not in self.ended]
        return running[-1] if running else ""

    def error(self) -> StackError:
        """The failure as a person reads it: the step, its last lines, and what to do about a mirror or a certificate."""
        image, what = self.steps.get(self.failed, ("", ""))
        detail = "\n".join(self.output.get(self.failed, self.last))
        hint = "After mending it, run this again: what was built is kept."
        if FULL in "\n".join([detail, *self.last]).lower():
            where = f"the image {image}" if image else "the images"
            return StackError(
                f"The disk is full: {where} could not be built, and the former build stays in use.",
                "Free some space: stackctl images prune, docker builder prune. Who has the rest: docker system df",
                detail=detail,
            )
        if UNTRUSTED.search(detail):
            hint = "A certificate is not trusted. Set STACK_CA_BUNDLE in .env to your company's CA bundle (docs/mirrors.md)."
        elif UNREACHABLE.search(detail):
            hint = (
                "A package mirror does not answer. Check STACK_APT_MIRROR, STACK_PYPI_MIRROR, STACK_NPM_MIRROR "
                "and HTTP_PROXY in .env (docs/mirrors.md)."
            )
        where = f"The image {image} could not be built, at: {what[:100]}" if image else "The images could not be built."
        return StackError(where, hint, detail=detail)


def build_notebooks(stack: Stack, images: list[Image], services: list[str] | None = None, *, fresh: bool = False) -> None:
    """Build notebook images, and services' too, and say so at the end. Raises StackError for one that is not built here.

    `fresh`: on a base image of today, and with no step of an earlier build, so that Debian's packages are today's.
    """
    if pulled := " ".join(image.name for image in images if image.folder is None):
        raise StackError(f"{pulled} is not built here.", f"Pull it: stackctl images pull {pulled}")
    base_image.ensure(stack.engine, stack.settings, fresh=fresh)
    begun = time.monotonic()
    build(stack, services or [], images, fresh=fresh)
    built = ", ".join([*(services or []), *(image.name for image in stack.catalogue.with_parents(images))])
    console.done(f"Built in {time.monotonic() - begun:.0f} s: {built}. To run them: stackctl up")


@left_when_stopped()
def build(stack: Stack, services: list[str], images: list[Image], kept: Container[str] = (), *, fresh: bool = False) -> None:
    """Build services' and notebook images with what those stand on, but for those `kept` as they are.

    Raises StackError that names the step that fails.
    """
    levels = [[image.name for image in level if image.folder] for level in stack.catalogue.levels(images)] or [[]]
    levels[0] = services + levels[0]
    levels = [[name for name in level if name not in kept] for level in levels]
    for level in filter(None, levels):
        follow(stack.compose.build(level, fresh=fresh))


def follow(lines: Iterable[str]) -> None:
    """Show a build while it runs. Raises StackError that names the step when one fails."""
    log = BuildLog()
    try:
        if console.talk.is_terminal:
            _bars(log, lines)
        else:
            _lines(log, lines)
    except StackError:
        raise log.error() from None


def _bars(log: BuildLog, lines: Iterable[str]) -> None:
    with console.Bars() as bars:
        for line in lines:
            log.feed(line)
            for image in log.totals:
                done, total = log.counts(image)
                bars.show(image, done, total, f"{done}/{total} {log.current(image)}")


def _lines(log: BuildLog, lines: Iterable[str]) -> None:
    with console.Working("building") as working:
        for line in lines:
            log.feed(line)
            counts = (f"{image} {'{}/{}'.format(*log.counts(image))}" for image in log.totals)
            working.text = f"building: {', '.join(counts)}"
