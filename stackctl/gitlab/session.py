"""HTTP to GitLab: which CA and proxy to use, how long to wait, and a clear error for each way a request can fail."""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import should_bypass_proxies

from stackctl import limited
from stackctl.errors import StackError
from stackctl.settings import DEFAULTS, Settings
from stackctl.ui import console

CONNECT_SECONDS, READ_SECONDS = 10, 20
PATIENCE = 60
"""Seconds a request waits in all when GitLab limits the rate: https://docs.gitlab.com/security/rate_limits/"""

WRONG_NAME, EXPIRED, NOT_YET_VALID = (62, 64), 10, 9
"""OpenSSL's error codes: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/#error-codes"""


class GitLabSession(limited.Session):
    """A session with the GitLab of `settings`. It ignores this process's environment.

    Every request raises StackError when GitLab does not answer, or when the answer is not its API's: a redirect, a server
    error, a page instead of JSON. It obeys 429, for PATIENCE seconds at most.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.url = settings.gitlab_url
        self.trust_env = False
        self.verify = settings.gitlab_ca_file or str(settings.stack_ca_bundle)
        proxy = _proxy(settings)
        self.proxies = {"http": proxy, "https": proxy} if proxy else {}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a request at `path` below GITLAB_URL, of any status below 500: JSON, or 204 without content."""
        answer = self._answer(method, path, **options)
        if answer.is_redirect:
            raise self._redirected(answer)
        if answer.status_code != 204 and not _is_json(answer):
            raise self._not_json(answer)
        return answer

    def visit(self, path: str, **query: str) -> requests.Response:
        """The answer to a browser without a session, which may be a redirect or a page."""
        return self._answer("GET", path, params=query)

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.request(method, self.url + path, timeout=timeout, allow_redirects=False, **options)
            except requests.RequestException as error:
                raise self._unreachable(error) from error
            if answer.status_code >= 500:
                message = f"GitLab returned a server error: {_asked(answer)} answered {answer.status_code}."
                raise StackError(message, "Try again in a minute.")
            if answer.status_code != 429:
                return answer
            seconds = _retry_after(answer)
            if time.monotonic() + seconds > deadline:
                raise StackError(f"GitLab limits the rate of requests and asks to wait {seconds} s.", "Try again then.")
            console.say(f"  GitLab limits the rate of requests: waiting {seconds} s.")
            time.sleep(seconds)

    def _unreachable(self, error: requests.RequestException) -> StackError:
        failure = self._no_answer(error)
        if self.url == DEFAULTS["GITLAB_URL"]:
            failure.hint = f"If your GitLab is not {self.url}, the default, set GITLAB_URL. {failure.hint}"
        return failure

    def _no_answer(self, error: requests.RequestException) -> StackError:
        url, host = self.url, urlsplit(self.url).hostname
        if isinstance(error, requests.exceptions.ProxyError):
            hint = f"Check HTTP_PROXY and HTTPS_PROXY in .env. To bypass the proxy, add {host} to NO_PROXY."
            return StackError(f"The proxy cannot reach {url}.", hint)
        if isinstance(error, requests.exceptions.SSLError):
            return self._distrusted(error)
        if isinstance(error, requests.exceptions.Timeout):
            hint = "Check GITLAB_URL in .env, and whether a firewall blocks it or a proxy is missing."
            return StackError(f"{url} did not answer in time.", hint)
        if "NameResolutionError" in str(error):
            return StackError(
                f"Host not found: {host}", f"Check GITLAB_URL={url}, and that this server's DNS knows the name."
            )
        reason = (
            "refused the connection" if "Connection refused" in str(error) else "closed the connection without an answer"
        )
        return StackError(f"{url} {reason}.", "Check GITLAB_URL, its scheme and port too, and that GitLab is running.")

    def _distrusted(self, error: requests.RequestException) -> StackError:
        url, host = self.url, urlsplit(self.url).hostname
        cause = _ssl_error(error)
        code = getattr(cause, "verify_code", None)
        if code is None:
            hint = f"If GitLab has no TLS there, set GITLAB_URL={url.replace('https:', 'http:', 1)}"
            return StackError(f"TLS with {url} failed ({getattr(cause, 'reason', cause)}).", hint)
        if code in WRONG_NAME:
            hint = f"Set GITLAB_URL to a name in the certificate, not {host}."
            return StackError(f"The certificate of {url} is for a different name.", hint)
        if code in (EXPIRED, NOT_YET_VALID):
            hint = "Ask GitLab's administrator to renew it. If its dates are right, check this server's clock: date"
            return StackError(f"The certificate of {url} {'has expired' if code == EXPIRED else 'is not valid yet'}.", hint)
        hint = "Set GITLAB_CA_FILE in .env to the CA certificate (PEM) that signed GitLab's certificate."
        return StackError(f"The certificate of {url} is signed by a CA that this server does not trust.", hint)

    def _redirected(self, answer: requests.Response) -> StackError:
        target = urljoin(answer.url, answer.headers["Location"]).partition("?")[0]
        base = target.removesuffix(_asked(answer).removeprefix(self.url))
        if base != target:
            return StackError(f"{self.url} redirects to {base}.", f"Set GITLAB_URL={base}")
        hint = "Set GITLAB_URL to GitLab's own address, which answers without another sign-in page before it."
        return StackError(f"{_asked(answer)} redirects to {target}, which is not GitLab's API.", hint)

    def _not_json(self, answer: requests.Response) -> StackError:
        if answer.status_code == 400 and "HTTPS port" in answer.text[:2000]:  # nginx
            return StackError(f"{self.url} requires https.", f"Set GITLAB_URL={self.url.replace('http:', 'https:', 1)}")
        if answer.status_code == 404:
            hint = "Set GITLAB_URL to the address of GitLab's home page, including its sub-path if it has one."
            return StackError(f"There is no GitLab at {self.url}: {_asked(answer)} was not found (404).", hint)
        hint = "Something other than GitLab answers there: another program, or a portal with a sign-in page."
        return StackError(f"{_asked(answer)} answered {answer.status_code} with a page instead of JSON.", hint)


def _asked(answer: requests.Response) -> str:
    return answer.url.partition("?")[0]


def _is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return "json" in answer.headers.get("Content-Type", "")


def _proxy(settings: Settings) -> str:
    """The proxy for GITLAB_URL, "" for none: this server itself and the hosts in NO_PROXY are reached directly."""
    proxy = settings.https_proxy if settings.gitlab_url.startswith("https:") else settings.http_proxy
    return "" if should_bypass_proxies(settings.gitlab_url, no_proxy=settings.no_proxy_inside) else proxy


def _retry_after(answer: requests.Response) -> int:
    """Seconds in Retry-After; 5 where it is missing or a date."""
    text = answer.headers.get("Retry-After", "")
    return max(1, int(text)) if text.isdecimal() else 5


def _ssl_error(error: BaseException) -> BaseException:
    """The ssl.SSLError that caused `error`, or `error` itself."""
    seen: list[BaseException] = [error]
    for item in seen:
        if isinstance(item, ssl.SSLError):
            return item
        causes = [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
        seen += [cause for cause in causes if isinstance(cause, BaseException) and cause not in seen]
    return error
