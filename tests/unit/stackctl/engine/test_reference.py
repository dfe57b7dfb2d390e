"""The parts of image references."""

from __future__ import annotations

import pytest

from stackctl.engine.reference import Reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "name", "tag", "digest", "registry", "full"),
    [
        ("debian", "debian", "", "", "docker.io", "docker.io/library/debian:latest"),
        ("jupyterhub/singleuser:5", "jupyterhub/singleuser", "5", "", "docker.io", "docker.io/jupyterhub/singleuser:5"),
        ("docker.io/debian:12", "docker.io/debian", "12", "", "docker.io", "docker.io/library/debian:12"),
        ("quay.io/jupyter/x:1", "quay.io/jupyter/x", "1", "", "quay.io", "quay.io/jupyter/x:1"),
        ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b", "", "", "127.0.0.1:5000", "127.0.0.1:5000/a/b:latest"),
        (f"localhost/a@{DIGEST}", "localhost/a", "", DIGEST, "localhost", f"localhost/a@{DIGEST}"),
        (f"quay.io/a/b:1@{DIGEST}", "quay.io/a/b", "1", DIGEST, "quay.io", f"quay.io/a/b:1@{DIGEST}"),
    ],
)
def test_parts(text: str, name: str, tag: str, digest: str, registry: str, full: str) -> None:
    parsed = Reference.parse(text)
    assert (parsed.name, parsed.tag, parsed.digest, parsed.registry, parsed.full) == (name, tag, digest, registry, full)
    assert parsed.at(DIGEST) == f"{name}@{DIGEST}"


@pytest.mark.parametrize(
    ("text", "name"),
    [("quay.io/jupyter/scipy-notebook:1", "scipy-notebook"), ("a/B.c", "b-c"), (f"a/{'x' * 50}", "x" * 31)],
)
def test_a_name_is_suggested(text: str, name: str) -> None:
    assert Reference.parse(text).suggested_name() == name
