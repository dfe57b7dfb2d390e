"""The server's folders that everybody has, looked at before anybody gets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stackctl import machine
from stackctl.checks import Check, shared
from stackctl.errors import CheckFailedError
from stackctl.settings import Settings


def checks(root: Path, settings: Settings, data: Path) -> Iterator[Check]:
    """What there is to say of each. `root`: the checkout; `data`: where Docker keeps its data."""
    names = ("stack_ca_bundle", "gitlab_ca_file", "stack_tls_certificate", "stack_tls_key")
    files = {Path(path).resolve(): name.upper() for name in names if (path := getattr(settings, name))}
    never = files | {root.resolve(): "this checkout", data: "where Docker keeps its data"}
    for item in settings.shared:
        if not (folder := item.folder):
            continue
        try:
            seen = machine.shared(folder, root.stat().st_uid)
        except OSError as error:
            what = f"{error.filename or folder} cannot be looked at: {error.strerror}."
            yield Check(
                "fail", what, "Run this with sudo, if it is another user's; is it mounted, if it is another server's?"
            )
        else:
            yield from shared.check(item, folder, seen, never)


def ensure(root: Path, settings: Settings, data: Path) -> None:
    """Raises CheckFailedError when one of them must not be given to people."""
    for found in checks(root, settings, data):
        if found.level == "fail":
            raise CheckFailedError(found.message, found.fix)
