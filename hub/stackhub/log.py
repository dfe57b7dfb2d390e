"""The hub's log, in which text of users cannot pass for something else, or push everything else out."""

from __future__ import annotations

from logging import LogRecord

from jupyterhub.log import CoroutineLogFormatter

from contract.printable import printable

MAX_LINE = 2000
"""Characters."""

MAX_LINES = 100


class PrintableFormatter(CoroutineLogFormatter):
    """JupyterHub's format with control characters escaped, long lines cut, and the middle of long tracebacks left out."""

    def format(self, record: LogRecord) -> str:
        lines = super().format(record).split("\n")
        if (left_out := len(lines) - MAX_LINES) > 0:
            half = MAX_LINES // 2
            lines[half:-half] = [f"    ({left_out} lines left out)"]
        return "\n".join(printable(_cut(line)) for line in lines)


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}… ({len(line)} characters)"
