"""Tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

WRAPPED, GAP = 24, 2
"""Cells that are wider are wrapped between words; columns between two cells."""


def fitted(
    headers: list[str], rows: list[list[str]], optional: Sequence[str], width: int
) -> tuple[list[str], list[list[str]]]:
    """Headers and rows without as many of the `optional` columns, the first ones first, as `width` has no room for."""
    needed = {header: _width([header, *(row[number] for row in rows)]) for number, header in enumerate(headers)}
    kept = list(headers)
    for header in optional:
        if rows and sum(needed[name] for name in kept) + GAP * (len(kept) - 1) > width:
            kept.remove(header)
    numbers = [headers.index(header) for header in kept]
    return kept, [[row[number] for number in numbers] for row in rows]


def widths(rows: list[list[str]], width: int) -> list[int]:
    """The widths of columns that fit in `width` with two blanks between them: the widest shrinks first, words break last."""
    columns = list(zip(*rows, strict=True))
    width -= GAP * (len(columns) - 1)
    result = [max(map(cell_len, column)) for column in columns]
    words = [max(cell_len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    for least in (words, [1] * len(columns)):
        while sum(result) > width and any(map(int.__gt__, result, least)):
            widest = max((at for at in range(len(result)) if result[at] > least[at]), key=result.__getitem__)
            result[widest] -= 1
    return result


def _width(cells: Sequence[str]) -> int:
    """The width of a column of cells."""
    widest = max(map(cell_len, cells))
    longest_word = max((cell_len(word) for cell in cells for word in cell.split()), default=0)
    return max(longest_word, min(widest, WRAPPED))
