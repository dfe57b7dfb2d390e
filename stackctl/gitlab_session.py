"""HTTP to GitLab: whom to trust, which proxy, how long to wait, and a sentence for each way in which it fails."""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import should_bypass_proxies

from stackctl import console
from stackctl.errors import StackError
from stackctl.settings import DEFAULTS, Settings

CONNECT_SECONDS, READ_SECONDS = 10, 20
PATIENCE = 60
"""Seconds that a command waits in all where GitLab asks it to: https://docs.gitlab.com/security/rate_limits/"""

WRONG_NAME, EXPIRED, NOT_YET_VALID = (62, 64), 10, 9
"""What OpenSSL says of a certificate: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/#error-codes"""


class GitLabSession(requests.Session):
    """A session with the GitLab of `settings`; nothing of this process's environment counts.

    Every request raises StackError when there is no answer, or one that is not GitLab's: a redirect, an error of a server,
    a page where JSON is due. 429 is obeyed, for PATIENCE seconds at most.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.url = settings.gitlab_url
        self.trust_env = False
        self.verify = settings.gitlab_ca_file or str(settings.stack_ca_bundle)
        proxy = _proxy(settings)
        self.proxies = {"http": proxy, "https": proxy} if proxy else {}

    def request(self, method: Any, url: Any, *args: Any, **given: Any) -> requests.Response:
        """As requests does it. `url` may be a path below GITLAB_URL."""
        answer = self._answer(method, str(url), *args, **given)
        if answer.is_redirect:
            raise self._redirected(answer)
        if answer.status_code != 204 and "json" not in answer.headers.get("Content-Type", ""):
            raise self._not_json(answer)
        return answer

    def visit(self, path: str, **query: str) -> requests.Response:
        """GET a page, as a browser without a session does: a redirect or a page is an answer too."""
        return self._answer("GET", path, params=query)

    def _answer(self, method: str, url: str, *args: Any, **given: Any) -> requests.Response:
        given |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "verify": self.verify, "allow_redirects": False}
        url = url if "://" in url else self.url + url
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = super().request(method, url, *args, **given)
            except requests.RequestException as error:
                raise self._unreachable(error) from error
            if answer.status_code >= 500:
                raise StackError(
                    f"GitLab is not well: {_asked(answer)} answered {answer.status_code}.", "Try again in a minute."
                )
            if answer.status_code != 429:
                return answer
            seconds = _retry_after(answer)
            if time.monotonic() + seconds > deadline:
                raise StackError(f"GitLab gets too many requests; it asks to wait {seconds} seconds.", "Try again then.")
            console.say(f"  GitLab gets too many requests; waiting {seconds} s, as it asks.")
            time.sleep(seconds)

    def _unreachable(self, error: requests.RequestException) -> StackError:
        found = self._silent(error)
        if self.url == DEFAULTS["GITLAB_URL"]:
            found.hint = f"Set GITLAB_URL, if your GitLab is not {self.url}, its default. {found.hint}"
        return found

    def _silent(self, error: requests.RequestException) -> StackError:
        url, host = self.url, urlsplit(self.url).hostname
        if isinstance(error, requests.exceptions.ProxyError):
            hint = f"See HTTP_PROXY and HTTPS_PROXY in .env; to go around the proxy, add {host} to NO_PROXY."
            return StackError(f"The proxy does not lead to {url}.", hint)
        if isinstance(error, requests.exceptions.SSLError):
            return self._distrusted(error)
        if isinstance(error, requests.exceptions.Timeout):
            hint = "Is GITLAB_URL right, and does a firewall or a missing proxy stand between? See .env."
            return StackError(f"{url} does not answer in time.", hint)
        if "NameResolutionError" in str(error):
            return StackError(
                f"There is no host {host}.", f"Is GITLAB_URL={url} spelt right, and does this server's DNS know it?"
            )
        reason = "refuses connections" if "Connection refused" in str(error) else "ends the connection without an answer"
        return StackError(f"{url} {reason}.", "Is GITLAB_URL right, scheme and port too, and is GitLab running?")

    def _distrusted(self, error: requests.RequestException) -> StackError:
        url, host = self.url, urlsplit(self.url).hostname
        cause = _ssl_error(error)
        code = getattr(cause, "verify_code", None)
        if code is None:
            hint = f"If GitLab is without TLS there: GITLAB_URL={url.replace('https:', 'http:', 1)}"
            return StackError(f"{url} does not speak TLS as it should ({getattr(cause, 'reason', cause)}).", hint)
        if code in WRONG_NAME:
            return StackError(
                f"The certificate of {url} is for another name.", f"Set GITLAB_URL to a name that it holds, not {host}."
            )
        if code in (EXPIRED, NOT_YET_VALID):
            hint = "GitLab's administrator renews it; if it is not, see this server's clock: date"
            return StackError(f"The certificate of {url} is {'expired' if code == EXPIRED else 'not valid yet'}.", hint)
        hint = "Set GITLAB_CA_FILE in .env to the CA certificate (PEM) that GitLab's own was signed with."
        return StackError(f"The certificate of {url} is signed by a CA that is not trusted here.", hint)

    def _redirected(self, answer: requests.Response) -> StackError:
        target = urljoin(answer.url, answer.headers["Location"])
        path = answer.url.removeprefix(self.url).partition("?")[0]
        base = target.partition("?")[0].removesuffix(path)
        if base != target.partition("?")[0]:
            return StackError(f"{self.url} sends requests on to {base}.", f"Set GITLAB_URL={base}")
        shown = target.partition("?")[0]
        hint = "Set GITLAB_URL to the address where GitLab itself answers, without a sign-in of a company's own before it."
        return StackError(f"{_asked(answer)} sends on to {shown}, which is not GitLab's API.", hint)

    def _not_json(self, answer: requests.Response) -> StackError:
        if answer.status_code == 400 and "HTTPS port" in answer.text[:2000]:  # nginx
            hint = f"Set GITLAB_URL={self.url.replace('http:', 'https:', 1)}"
            return StackError(f"{self.url} wants https.", hint)
        if answer.status_code == 404:
            hint = "Set GITLAB_URL to the address of GitLab's front page, with its sub-path if it has one."
            return StackError(f"There is no GitLab at {self.url}: {_asked(answer)} is not there (404).", hint)
        hint = "Something else than GitLab answers there: another program, or a portal that wants a sign-in first."
        return StackError(f"{_asked(answer)} answered {answer.status_code} with a page in place of JSON.", hint)


def _asked(answer: requests.Response) -> str:
    return answer.url.partition("?")[0]


def _proxy(settings: Settings) -> str:
    """The proxy for GITLAB_URL, or "" for none: never for this machine itself, nor for what NO_PROXY names."""
    proxy = settings.https_proxy if settings.gitlab_url.startswith("https:") else settings.http_proxy
    return "" if should_bypass_proxies(settings.gitlab_url, no_proxy=settings.no_proxy_inside) else proxy


def _retry_after(answer: requests.Response) -> int:
    """Seconds of Retry-After; 5 where it is missing, or a date."""
    text = answer.headers.get("Retry-After", "")
    return max(1, int(text)) if text.isdecimal() else 5


def _ssl_error(error: BaseException) -> BaseException:
    """The error of Python's ssl that stands behind one of requests."""
    seen: list[BaseException] = [error]
    for item in seen:
        if isinstance(item, ssl.SSLError):
            return item
        inner = [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
        seen += [one for one in inner if isinstance(one, BaseException) and one not in seen]
    return error
