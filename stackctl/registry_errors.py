"""What the engine says when a registry does not hand out an image, as a sentence for a person and what to do. Pure."""

from __future__ import annotations

import re

from stackctl.errors import StackError
from stackctl.references import HUB, Reference

AGAIN = "Run this again: what is not here yet is pulled."
FORMS = [
    (
        r"Docker has broken off",
        "Docker broke off the pull of {reference}.",
        "Does it run? docker info. Then run this again.",
    ),
    (
        r"no space left on device",
        "There is no room on the disk for {reference}.",
        "See what takes it: docker system df. Make room, and run this again.",
    ),
    (
        r"verification failed|does not match digest|digest mismatch|unexpected commit digest|failed precondition",
        "{registry} served something else than the digest it was asked for: {reference} is refused.",
        "What was here stays in use. Ask whoever runs {registry}, or whoever runs the mirror or proxy before it.",
    ),
    (
        r"no matching manifest|no match for platform|cannot be used on this platform|image operating system",
        "{reference} is not there for this server's kind of processor.",
        "Choose another tag or image.",
    ),
    (
        r"toomanyrequests|too many requests|\b429\b|rate limit",
        "{registry} refuses more pulls from here for now: {reference} is not pulled.",
        "Wait (Docker Hub counts by the hour), or pull in an account's name: docker login{host}",
    ),
    (
        r"unauthorized|authentication required|denied|no basic auth credentials|\b40[13]\b|forbidden",
        "{registry} does not hand out {reference}: there is no such image, or it takes an account.",
        "Check the name; if it takes an account, sign in and run this again: docker login{host}",
    ),
    (
        r"manifest unknown|name unknown|not found|no such manifest|\b404\b",
        "{registry} has no {reference}.",
        "Check name and tag, or look for it: stackctl images search {word}",
    ),
    (
        r"x509|certificate",
        "Docker does not trust the certificate of {registry}.",
        "Add its CA to the server's own certificates, or to /etc/docker/certs.d/{registry}/ca.crt, and restart Docker.",
    ),
    (
        r"dial tcp|no such host|connection refused|i/o timeout|Client\.Timeout|handshake timeout|network is unreachable"
        r"|no route to host|proxyconnect|server misbehaving|deadline exceeded|lookup ",
        "{registry} cannot be reached from this server: {reference} is not pulled.",
        "Docker asks it with its own proxy and mirrors, not those in .env: docs/images.md. Or bring the image: docker load.",
    ),
    (r"EOF|connection reset|broken pipe|short read|broken off", "The download of {reference} broke off.", AGAIN),
    (r"no word from", "{registry} does not answer: {reference} is not pulled.", AGAIN),
    (r"unexpected HTTP status: 5|\b50\d\b", "{registry} is not well: {reference} is not pulled.", "Try again in a minute."),
]
"""What the engine's words look like, the sentence, what to do. The first that fits counts: a mirror's 404 may be in the
words of what cannot be reached, never the other way round."""


def explain(reference: str, said: str) -> StackError:
    """The error of an image that could not be had, out of the engine's words, which are its detail."""
    parsed = Reference.parse(reference)
    facts = {
        "reference": reference,
        "registry": "Docker Hub" if parsed.registry == HUB else parsed.registry,
        "host": "" if parsed.registry == HUB else f" {parsed.registry}",
        "word": parsed.suggested_name(),
    }
    for form, sentence, hint in FORMS:
        if re.search(form, said, re.IGNORECASE):
            return StackError(sentence.format(**facts), hint.format(**facts), detail=said)
    return StackError(f"{reference} cannot be pulled.", "The engine's words stand above.", detail=said)
