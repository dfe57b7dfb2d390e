"""The engine's messages, and the errors made from them."""

from __future__ import annotations

import pytest

from stackctl.images.registry_errors import explain

REFERENCE = "quay.io/lab/nb:1"
DIAL = 'Get "https://quay.io/v2/": dial tcp'


@pytest.mark.parametrize(
    ("message", "sentence", "hint"),
    [
        ("unauthorized", "denies access to", "docker login quay.io"),
        ("denied: requested access to the resource is denied", "denies access to", "docker login quay.io"),
        ("manifest for quay.io/lab/nb:1 not found: manifest unknown", "quay.io has no quay.io/lab/nb:1.", "search nb"),
        ("toomanyrequests: You have reached your pull rate limit", "refuses more pulls", "docker login quay.io"),
        (f"{DIAL}: lookup quay.io on 10.0.0.1:53: no such host", "cannot be reached from this server", "docker load"),
        (f"{DIAL} 1.2.3.4:443: i/o timeout", "cannot be reached from this server", "docker load"),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "cannot be reached", "docker load"),
        ("tls: failed to verify certificate: x509: unknown authority", "certificate", "certs.d/quay.io"),
        ("no matching manifest for linux/amd64 in the manifest list entries", "kind of processor", "another tag"),
        ("manifest verification failed for digest sha256:0", "another digest", "stays in use"),
        ("filesystem layer verification failed for digest sha256:0", "another digest", "stays in use"),
        ("write /var/lib/docker/tmp/x: no space left on device", "no room on the disk", "docker system df"),
        ("failed to register layer: write /x: no space left on device", "no room on the disk", "docker system df"),
        ("unexpected EOF", "broke off", "Run this again"),
        ("read tcp 10.0.0.1:5: read: connection reset by peer", "broke off", "Run this again"),
        ("the registry sent nothing for 60 seconds", "quay.io does not answer", "Run this again"),
        ("received unexpected HTTP status: 503 Service Unavailable", "returned a server error", "in a minute"),
        ("something nobody has seen", "cannot be pulled", "is above"),
    ],
)
def test_a_message_becomes_a_sentence_and_a_hint(message: str, sentence: str, hint: str) -> None:
    error = explain(REFERENCE, message)
    assert sentence in error.message
    assert hint in error.hint
    assert error.detail == message


def test_docker_hub_has_its_name_in_messages() -> None:
    error = explain("jupyterhub/nope:1", "pull access denied for jupyterhub/nope, repository does not exist or may require")
    assert error.message.startswith("Docker Hub denies access to jupyterhub/nope:1")
    assert error.hint.endswith(": docker login")
