"""A TLS handshake in memory: whether OpenSSL, which nginx uses, accepts a certificate and its key."""

from __future__ import annotations

import os
import ssl

from pydantic import SecretStr

CIPHERS = "ECDHE:@SECLEVEL=2"
"""The kind that nginx offers (nginx/snippets/tls.conf), at the security level of Debian's OpenSSL."""

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
MESSAGES = 4
"""More than either side sends in a handshake."""


def refusal(pem: SecretStr) -> str:
    """OpenSSL's reason why a server cannot use a chain and its key, such as "ca key too small"; "" when it can."""
    try:
        for version in VERSIONS:
            _shake_hands(_server(pem), version)
    except ssl.SSLError as error:
        return (error.reason or "unknown").replace("_", " ").lower()
    return ""


def _server(pem: SecretStr) -> ssl.SSLContext:
    """A server's context. OpenSSL reads only files: it gets one in memory, so that the key is on no disk."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(CIPHERS)
    with os.fdopen(os.memfd_create("site.pem"), "wb") as file:
        file.write(pem.get_secret_value().encode())
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
    return context


def _shake_hands(server: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = client.maximum_version = version
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True)]
    for side in sides * MESSAGES:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
