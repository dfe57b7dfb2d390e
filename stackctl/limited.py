"""Reading what a container, the hub, GitLab or a web server sends: up to a limit, for any of them may be in other hands."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import requests
import urllib3

from stackctl.errors import StackError

MB = 2**20
ANSWER = 64 * MB
"""Bytes of an answer: a hub's with 10,000 users has 6 MB."""

OUTPUT = 16 * MB
"""Bytes of a command's output, or of a file."""

LOG = MB
"""Bytes of a log's last lines. More is cut."""

SECONDS = 120
"""From the first byte to the last."""

CHUNK = 2**16


class TooMuchError(requests.RequestException):
    """An answer is too large, or comes too slowly."""


class Session(requests.Session):
    """A session of requests whose answers have a limit. Its methods raise TooMuchError too, as a RequestException."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        streamed = options.pop("stream", False)
        answer = super().send(request, stream=True, **options)
        if not streamed:
            try:
                answer._content = joined(_pieces(answer.raw), ANSWER, "the answer")  # as requests does without stream
            except StackError as error:
                raise TooMuchError(error.message) from None
            except urllib3.exceptions.HTTPError as error:
                raise requests.ConnectionError(error) from error
            finally:
                answer.close()
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """As in requests, which would then read the whole body of a redirect."""
        if target := super().get_redirect_target(resp):
            resp._content = b""
            resp.close()
        return target


def _pieces(raw: urllib3.HTTPResponse) -> Iterator[bytes]:
    """A body as it comes: a reader of fixed pieces would wait for the rest of one while the seconds go by."""
    while piece := raw.read1(CHUNK, decode_content=True):
        yield piece


def joined(chunks: Iterable[bytes], limit: int, what: str) -> bytes:
    """All the bytes. Raises StackError if there are more than `limit`, or if they take too long."""
    deadline, parts, size = time.monotonic() + SECONDS, [], 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            raise StackError(f"{what} is larger than {limit // MB} MB.")
        if time.monotonic() > deadline:
            raise StackError(f"{what} took longer than {SECONDS} seconds.")
    return b"".join(parts)


def cut(chunks: Iterable[bytes], limit: int = LOG) -> bytes:
    """The first bytes, at most `limit`."""
    return b"".join(_first(chunks, limit))[:limit]


def _first(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    deadline = time.monotonic() + SECONDS
    for chunk in chunks:
        yield chunk
        limit -= len(chunk)
        if limit <= 0 or time.monotonic() > deadline:
            return
