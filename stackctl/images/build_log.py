"""Shows a build: buildx's plain progress as bars on a terminal, or as a line every few seconds without one."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from stackctl.errors import DISK_FULL, StackError
from stackctl.ui import console

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

OUR_SCRIPTS = "/mirrors/"
"""Where a step has the scripts that know the mirrors and the CA bundle of .env; other steps know neither."""


@dataclass
class BuildLog:
    """The state of a build, from the lines so far."""

    steps: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By vertex number: the image, and what the step does."""
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    """By image: the number of steps of each of its stages."""
    ended: set[str] = field(default_factory=set)
    failed: str = ""
    output: dict[str, deque[str]] = field(default_factory=dict)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=15))

    def feed(self, line: str) -> None:
        """Take one line of `docker compose build --progress plain`."""
        self.last.append(line)
        if step := STEP.match(line):
            number, image, stage, _, total, instruction = step.groups()
            # buildx names a step that several images share after each in turn: it counts for the first
            self.steps.setdefault(number, (image, re.sub(r"--mount=\S+\s+", "", instruction)))
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
        """The step that an image's build is at; "" for none."""
        running = [
            instruction for number, (name, instruction) in self.steps.items() if name == image and number not in self.ended
        ]
        return running[-1] if running else ""

    def error(self) -> StackError:
        """The error for a failed build: the step, its last lines, and a hint about mirrors or certificates."""
        image, instruction = self.steps.get(self.failed, ("", ""))
        detail = "\n".join(self.output.get(self.failed, self.last))
        hint = "Fix this and run again; finished steps are cached."
        if DISK_FULL in "\n".join([detail, *self.last]).lower():
            where = f"the image {image}" if image else "the images"
            return StackError(
                f"The disk is full: {where} could not be built. The previous build stays in use.",
                "Free some space: stackctl images prune, docker builder prune. To see what uses the rest: docker system df",
                detail=detail,
            )
        hint = _network_hint(detail, uses_settings=OUR_SCRIPTS in instruction) or hint
        message = f"The image {image} could not be built. Failed step: {instruction[:100]}"
        return StackError(message if image else "The images could not be built.", hint, detail=detail)


def _network_hint(output: str, *, uses_settings: bool) -> str:
    """What to do about a certificate or an address in the output of a failed step; "" if there is nothing about either."""
    untrusted = bool(UNTRUSTED.search(output))
    if not untrusted and not UNREACHABLE.search(output):
        return ""
    if not uses_settings:
        problem = "does not trust a certificate" if untrusted else "could not download something"
        return (
            f"The step {problem}. It does not use the mirrors and the CA bundle of .env: only steps that install with a "
            "script in /mirrors do, such as /mirrors/pip (docs/images.md)."
        )
    if untrusted:
        return "A certificate is not trusted. Set STACK_CA_BUNDLE in .env to your company's CA bundle (docs/mirrors.md)."
    return (
        "A package mirror cannot be reached. Check STACK_APT_MIRROR, STACK_PYPI_MIRROR, STACK_NPM_MIRROR "
        "and HTTP_PROXY in .env (docs/mirrors.md)."
    )


def follow(lines: Iterable[str]) -> None:
    """Show a build while it runs. Raises StackError that names the failed step."""
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
