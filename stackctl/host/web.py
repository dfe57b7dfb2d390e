"""Requests to web servers outside the stack."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import requests

from stackctl import limited
from stackctl.errors import StackError
from stackctl.settings import Settings

CLOCK_SECONDS = 5


def clock(url: str, settings: Settings) -> float | None:
    """A web server's clock (its Date header), in seconds since 1970; None without an answer."""
    proxies = {"http": settings.http_proxy, "https": settings.https_proxy}
    try:
        response = requests.head(url, timeout=CLOCK_SECONDS, verify=str(settings.stack_ca_bundle), proxies=proxies)
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (requests.RequestException, KeyError, ValueError):
        return None


def get_json(settings: Settings, url: str, seconds: float, query: dict[str, str]) -> Any:
    """The JSON that an API answers. Raises StackError if there is none, with a message that can follow the API's name."""
    proxies = {"http": settings.http_proxy, "https": settings.https_proxy, "no_proxy": settings.no_proxy}
    try:
        with limited.Session() as session:
            session.verify = str(settings.stack_ca_bundle)
            session.trust_env = False
            session.proxies = {name: value for name, value in proxies.items() if value}
            response = session.get(url, timeout=seconds, params=query)
    except requests.exceptions.ProxyError:
        raise StackError("the proxy cannot reach it (HTTPS_PROXY in .env)") from None
    except requests.exceptions.SSLError:
        raise StackError("its certificate is not trusted (STACK_CA_BUNDLE in .env)") from None
    except requests.exceptions.Timeout:
        raise StackError(f"no answer within {seconds:g} seconds") from None
    except requests.RequestException as error:
        raise StackError(f"no connection ({type(error).__name__})") from None
    if response.status_code != 200:
        raise StackError(f"it answered {response.status_code}")
    try:
        return response.json()
    except ValueError:
        raise StackError("its answer is not JSON") from None
