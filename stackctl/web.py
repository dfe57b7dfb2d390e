"""Questions to web servers that are not the stack's own."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import requests

from stackctl.errors import StackError
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


def ask(settings: Settings, method: str, url: str, seconds: float, **given: Any) -> Any:
    """The JSON that an API answers with. Raises StackError when it does not, in words that go after its name."""
    proxies = {"http": settings.http_proxy, "https": settings.https_proxy, "no_proxy": settings.no_proxy}
    try:
        with requests.Session() as session:
            session.verify = str(settings.stack_ca_bundle)
            session.trust_env = False
            session.proxies = {name: value for name, value in proxies.items() if value}
            answer = session.request(method, url, timeout=seconds, **given)
    except requests.exceptions.ProxyError:
        raise StackError("the proxy does not lead there (HTTPS_PROXY in .env)") from None
    except requests.exceptions.SSLError:
        raise StackError("its certificate is not trusted (STACK_CA_BUNDLE in .env)") from None
    except requests.exceptions.Timeout:
        raise StackError(f"no answer within {seconds:g} seconds") from None
    except requests.RequestException as error:
        raise StackError(f"no connection ({type(error).__name__})") from None
    if answer.status_code != 200:
        raise StackError(f"it answered {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise StackError("it answered something else than JSON") from None
