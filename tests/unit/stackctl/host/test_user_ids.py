"""Who has a number on this server."""

from __future__ import annotations

from pathlib import Path

from stackctl.host import user_ids


def test_accounts_groups_and_ranges_are_named(tmp_path: Path) -> None:
    ranges = tmp_path / "subuid"
    ranges.write_text("alice:100000:65536\nbob:61000:101\nbroken\nmallory:x:1\n")
    assert list(user_ids.holders(0, [ranges])) == ["the account root", "the group root"]
    assert list(user_ids.holders(61100, [ranges, tmp_path / "missing"])) == [f"bob, by {ranges},"]
    assert list(user_ids.holders(61101, [ranges])) == []
