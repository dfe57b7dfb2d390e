"""The errors of registries: the engine's messages turned into a sentence and a hint. Pure."""

from __future__ import annotations

import re

from stackctl.engine.reference import HUB, Reference
from stackctl.errors import StackError

AGAIN = "Run this again to pull what is missing."
FORMS = [
    (
        r"connection to Docker was lost",
        "Docker aborted the pull of {reference}.",
        "Check that Docker is running (docker info), and run this again.",
    ),
    (
        r"no space left on device",
        "There is no room on the disk for {reference}.",
        "Free some space, and run this again. To see what uses it: docker system df",
    ),
    (
        r"verification failed|does not match digest|digest mismatch|unexpected commit digest|failed precondition",
        "{registry} served an image with another digest: {reference} was rejected.",
        "The old image stays in use. Ask the administrator of {registry}, or of the mirror or proxy in front of it.",
    ),
    (
        r"no matching manifest|no match for platform|cannot be used on this platform|image operating system",
        "{reference} does not exist for this server's kind of processor.",
        "Choose another tag or image.",
    ),
    (
        r"toomanyrequests|too many requests|\b429\b|rate limit",
        "{registry} refuses more pulls from here for now.",
        "Wait (Docker Hub counts by the hour), or sign in: docker login{host}",
    ),
    (
        r"unauthorized|authentication required|denied|no basic auth credentials|\b40[13]\b|forbidden",
        "{registry} denies access to {reference}: it does not exist, or it needs an account.",
        "Check the name. If it needs an account, sign in and run this again: docker login{host}",
    ),
    (
        r"manifest unknown|name unknown|not found|no such manifest|\b404\b",
        "{registry} has no {reference}.",
        "Check name and tag, or search: stackctl images search {word}",
    ),
    (
        r"x509|certificate",
        "Docker does not trust the certificate of {registry}.",
        "Add its CA to the server's own certificates, or to /etc/docker/certs.d/{registry}/ca.crt, and restart Docker.",
    ),
    (
        r"dial tcp|no such host|connection refused|i/o timeout|Client\.Timeout|handshake timeout|network is unreachable"
        r"|no route to host|proxyconnect|server misbehaving|deadline exceeded|lookup ",
        "{registry} cannot be reached from this server.",
        "Docker uses its own proxy and mirrors, not those in .env: docs/images.md. Or bring the image: docker load",
    ),
    (r"EOF|connection reset|broken pipe|short read|broken off", "The download of {reference} broke off.", AGAIN),
    (r"registry sent nothing", "{registry} does not answer.", AGAIN),
    (
        r"unexpected HTTP status: 5|\b50\d\b",
        "{registry} returned a server error.",
        "Try again in a minute.",
    ),
]
"""A pattern of the engine's message, the sentence, and the hint. The first match counts: a mirror's 404 may be part of the
message about an unreachable registry, never the other way round."""


def explain(reference: str, message: str) -> StackError:
    """The error for an image that was not pulled. `message`: the engine's, which becomes the error's detail."""
    parsed = Reference.parse(reference)
    facts = {
        "reference": reference,
        "registry": "Docker Hub" if parsed.registry == HUB else parsed.registry,
        "host": "" if parsed.registry == HUB else f" {parsed.registry}",
        "word": parsed.suggested_name(),
    }
    for form, sentence, hint in FORMS:
        if re.search(form, message, re.IGNORECASE):
            return StackError(sentence.format(**facts), hint.format(**facts), detail=message)
    return StackError(f"{reference} cannot be pulled.", "Docker's message is above.", detail=message)
