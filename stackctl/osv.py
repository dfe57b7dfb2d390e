"""OSV, the collection of known vulnerabilities that most ecosystems report to: https://google.github.io/osv.dev/api/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from stackctl import web
from stackctl.checks.floors import release
from stackctl.checks.vulnerabilities import LANGUAGES, Asked, Vulnerability
from stackctl.errors import StackError
from stackctl.settings import Settings

AT_ONCE = 1000
"""How many packages OSV can be asked about in one call."""

SECONDS = 20
ADVISORIES = ("DSA-", "DLA-", "USN-")
"""What the ids of a distribution's advisories begin with, which it publishes when there is a package to upgrade to. What OSV
has of a distribution's CVEs besides is not to be mended yet, or not true: https://github.com/google/osv.dev/issues/4230"""


class Osv:
    """The API at `url`. Every method raises StackError when it does not answer as it should."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._url, self._settings = url.rstrip("/"), settings

    def known(self, packages: Sequence[Asked]) -> dict[Asked, list[Vulnerability]]:
        """What is known of those packages of which anything is."""
        ids: dict[Asked, list[str]] = {}
        try:
            for start in range(0, len(packages), AT_ONCE):
                ids |= self._ids(packages[start : start + AT_ONCE])
        except (KeyError, TypeError, AttributeError):
            raise StackError("it answered something else than a list of vulnerabilities") from None
        with ThreadPoolExecutor(8) as pool:
            wanted = sorted({ident for found in ids.values() for ident in found if not ident.startswith(ADVISORIES)})
            records = dict(zip(wanted, pool.map(self._record, wanted), strict=True))
        told = {item: _vulnerabilities(item, found, records) for item, found in ids.items()}
        return {item: found for item, found in told.items() if found}

    def _ids(self, packages: Sequence[Asked]) -> dict[Asked, list[str]]:
        """The ids of what there is, without what nobody can act on. A long list comes in pages."""
        ids: dict[Asked, list[str]] = {}
        pages = dict.fromkeys(packages, "")
        while pages:
            results = self._batch(pages)
            for item, result in zip(pages, results, strict=False):
                found = [str(entry["id"]) for entry in result.get("vulns") or []]
                acted_on = [ident for ident in found if item.ecosystem in LANGUAGES or ident.startswith(ADVISORIES)]
                ids[item] = [*ids.get(item, []), *acted_on]
            following = {item: result.get("next_page_token", "") for item, result in zip(pages, results, strict=False)}
            pages = {item: token for item, token in following.items() if token}
        return ids

    def _batch(self, pages: Mapping[Asked, str]) -> list[dict[str, Any]]:
        queries = [
            {"package": {"ecosystem": item.ecosystem, "name": item.name}, "version": item.version, "page_token": token}
            for item, token in pages.items()
        ]
        answer = web.ask(self._settings, "POST", f"{self._url}/v1/querybatch", SECONDS, json={"queries": queries})
        return list(answer["results"])

    def _record(self, ident: str) -> dict[str, Any]:
        return dict(web.ask(self._settings, "GET", f"{self._url}/v1/vulns/{ident}", SECONDS))


def _vulnerabilities(item: Asked, ids: Sequence[str], records: Mapping[str, Mapping[str, Any]]) -> list[Vulnerability]:
    """Each once: several collections have the same one, and name its CVE."""
    found: dict[str, Vulnerability] = {}
    for ident in ids:
        record = records.get(ident, {})
        if not record.get("withdrawn"):
            name = next((alias for alias in record.get("aliases") or [] if alias.startswith("CVE-")), ident)
            other = found.get(name, Vulnerability(name))
            about = other.about or " ".join(str(record.get("summary") or "").split())
            found[name] = Vulnerability(name, about, other.fixed or _fixed(item, record))
    return sorted(found.values())


def _fixed(item: Asked, record: Mapping[str, Any]) -> str:
    """The next version after the one that is there in which it is fixed, "" for none."""
    fixed = [
        str(event["fixed"])
        for affected in record.get("affected") or []
        if (affected.get("package") or {}).get("name", "").lower() == item.name.lower()
        for versions in affected.get("ranges") or []
        if versions.get("type") != "GIT"
        for event in versions.get("events") or []
        if "fixed" in event
    ]
    return min((version for version in fixed if release(version) > release(item.version)), key=release, default="")
