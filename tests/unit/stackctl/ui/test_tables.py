"""Columns that a narrow terminal has no room for."""

from __future__ import annotations

import pytest

from stackctl.ui.tables import fitted

HEADERS = ["NAME", "REFERENCE", "AGE", "STATE"]
ROWS = [
    ["base", "registry.example.org/lab/base:1", "3 days", "it is not built: stackctl images build base"],
    ["r", "r", "", "new"],
]


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (4 + 31 + 6 + 24 + 6, ["NAME", "REFERENCE", "AGE", "STATE"]),
        (4 + 31 + 6 + 24 + 5, ["NAME", "REFERENCE", "STATE"]),
        (4 + 31 + 24 + 4, ["NAME", "REFERENCE", "STATE"]),
        (4 + 31 + 24 + 3, ["NAME", "STATE"]),
        (1, ["NAME", "STATE"]),
    ],
)
def test_optional_columns_are_left_out_in_their_order(width: int, kept: list[str]) -> None:
    headers, rows = fitted(HEADERS, ROWS, ["AGE", "REFERENCE"], width)
    assert headers == kept
    assert rows == [[row[HEADERS.index(header)] for header in kept] for row in ROWS]


def test_a_table_without_rows_keeps_its_columns() -> None:
    assert fitted(HEADERS, [], ["AGE"], 1) == (HEADERS, [])
