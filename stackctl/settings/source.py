"""Raw settings and their sources: the environment overrides .env, and an empty value counts as none."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from stackctl.checkout import files, worktree
from stackctl.settings import quoting

MARK = "\ufeff"
"""The byte order mark at the start of files from some Windows editors."""


@dataclass(frozen=True)
class RawSetting:
    """A value and its line in .env, None: from the environment. `over`: the line of .env that it overrides."""

    value: str
    line: int | None
    over: int | None = None

    @property
    def source(self) -> str:
        """Where the value comes from, in words."""
        return f".env line {self.line}" if self.line else "the environment"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a setting. `name`: "" for a line without one."""

    name: str
    text: str

    @property
    def bare(self) -> str:
        """The text without the line number."""
        return re.sub(r" in \.env line \d+|(?<=\.env) line \d+", "", self.text)


def parse(text: str, known: Collection[str], environ: Mapping[str, str]) -> tuple[dict[str, RawSetting], list[Problem]]:
    """The values that a .env file's `text` and the environment have for the `known` settings, and the problems."""
    in_file, problems = _in_file(text, known)
    problems += [item for name in environ if name.startswith("STACK_") for item in unknown(name, known, "the environment")]
    raw = dict(in_file)
    for name, value in environ.items():
        if value and name.upper() in known:  # curl and others write http_proxy in lower case
            below = in_file.get(name.upper())
            raw[name.upper()] = RawSetting(value, None, below.line if below else None)
    return raw, problems


def unknown(name: str, known: Collection[str], where: str = "") -> list[Problem]:
    """A problem, with the closest name, when `name` is not a setting. Names of Compose and Docker pass."""
    if name in known or name == worktree.LOCAL_IMAGES_VARIABLE or name.startswith(("COMPOSE_", "DOCKER_")):
        return []
    import difflib

    place = f"{name} in {where}" if where else name
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.87)  # names share STACK_
    return [Problem(name, f"{place} is not a setting." + (f" Did you mean {near[0]}?" if near else ""))]


def mask(text: str) -> str:
    """`text`, an address or a line of .env with one, with *** for the user name and password."""
    return re.sub(r"""^((?:export\s+)?\w+\s*=\s*['"]?)?(\w+://)?.*@""", r"\1\2***@", text, flags=re.DOTALL)


def read_text(path: Path) -> str:
    """The exact text of a .env file, "" for none. Raises UnicodeDecodeError and OSError, also for a dangling link."""
    try:
        return files.read(path).decode()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise OSError(error.errno, f"it is a link to {path.resolve()}, which does not exist") from None
        return ""


def reason(error: Exception) -> str:
    """Why a file cannot be read, without its path."""
    return getattr(error, "strerror", None) or str(error)


def _in_file(text: str, known: Collection[str]) -> tuple[dict[str, RawSetting], list[Problem]]:
    values: dict[str, RawSetting] = {}
    problems: list[Problem] = []
    for line, binding in _bindings(text):
        where = f".env line {line}"
        if "\r" in binding.original.string:
            problems.append(Problem("", f"{where} ends in a carriage return without a line feed."))
        elif binding.error or (binding.key and binding.value is None):
            problems.append(Problem("", f"{where} is not NAME=value: {mask(binding.original.string.strip())[:60]!r}."))
        elif binding.key:
            problems += unknown(binding.key, known, where)
            if binding.key in known and (form := quoting.better(binding)) is not None:
                fix = f"Write it as {mask(form)}" if form else "Remove line breaks, and backslashes before quotes."
                problems.append(Problem(binding.key, f"Compose reads {where} differently from stackctl. {fix}"))
            values[binding.key] = RawSetting(binding.value or "", line)
    return {name: raw for name, raw in values.items() if raw.value and name in known}, problems


def _bindings(text: str) -> Iterator[tuple[int, Binding]]:
    """The parts of a .env file, each with its line number."""
    for binding in parse_stream(io.StringIO(text.removeprefix(MARK).replace("\r\n", "\n"), newline="")):
        written = binding.original.string
        yield binding.original.line + written[: len(written) - len(written.lstrip())].count("\n"), binding
