"""Questions to web servers that are not the stack's own."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import requests

from stackctl.settings import Settings

SECONDS = 5


def clock(url: str, settings: Settings) -> float | None:
    """The seconds since 1970 by a web server's clock (its Date header); None when it does not answer or say."""
    proxies = {"http": settings.http_proxy, "https": settings.https_proxy}
    try:
        answer = requests.head(url, timeout=SECONDS, verify=str(settings.stack_ca_bundle), proxies=proxies)
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (requests.RequestException, KeyError, ValueError):
        return None
