"""Names for containers and volumes: valid in Docker, readable if possible, and unique."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackhub.names import host, opaque, slug

FIT = re.compile(r"[a-z0-9-]{1,40}")


@pytest.mark.parametrize("name", ["alice", "a", "7", "a-b", "team-2026-x", "a" * 40])
def test_a_valid_name_is_unchanged(name: str) -> None:
    assert slug(name) == name


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Alice", "alice"),
        ("alice.smith", "alice-smith"),
        ("alice smith", "alice-smith"),
        ("alice@example.org", "alice-example-org"),
        ("a--b", "a-b"),
        ("-a-", "a"),
        ("../x", "x"),
        ("a/b", "a-b"),
        ("/etc/passwd", "etc-passwd"),
        ("józef", "j-zef"),
        ("李雷", "x"),
        ("😀", "x"),
        ("\udcff", "x"),
        ("a\0b", "a-b"),
        ("a\n", "a"),
        ("", "x"),
        (".", "x"),
        ("a" * 41, "a" * 26),
        ("a" * 200, "a" * 26),
        ("u" * 25 + ".x", "u" * 25),
    ],
)
def test_any_other_name_becomes_its_readable_part_and_a_digest(name: str, readable: str) -> None:
    assert re.fullmatch(rf"{readable}--[0-9a-f]{{12}}", slug(name))
    assert FIT.fullmatch(slug(name))


def test_long_names_that_differ_at_the_end_differ() -> None:
    assert slug("a" * 199 + "b") != slug("a" * 200)


def test_many_short_names_are_all_different() -> None:
    letters = "aA-./é0"
    names = ["".join(name) for length in range(6) for name in itertools.product(letters, repeat=length)]
    slugs = {name: slug(name) for name in names}
    assert len(names) > 19_000
    assert all(FIT.fullmatch(made) for made in slugs.values())
    # nor may anybody take another's by calling themselves what it was made into
    everybody = set(names) | set(slugs.values())
    assert len({slug(name) for name in everybody}) == len(everybody)


def test_servers_of_different_users_have_different_names() -> None:
    # the spawner joins user and server with "/", which is in no user's name
    names = ["alice", "alice/lab", "alice-lab", "alice/lab-2", "alice-lab/2", "alice/", "alice--lab"]
    assert len({slug(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["ada.lovelace", "a" * 60, "20231234--", "中心", "ada@example.org"])
def test_a_users_host_has_too_many_digits_to_find_a_collision(name: str) -> None:
    label = host(name, "hub.example.org", "user").removesuffix(".hub.example.org")
    assert re.fullmatch(r"[a-z0-9-]{1,26}--[0-9a-f]{32}", label)
    assert len(label) <= 63, "RFC 1035, section 2.3.4"


def test_hosts_of_users_and_services_are_different() -> None:
    assert host("ada", "a.b", "user") == "ada.a.b"
    assert host("20231234", "a.b", "user") == "20231234.a.b"
    names = ["ada", "ada--service", "ada-service"]
    assert len({host(name, "a.b", kind) for name in names for kind in ("user", "service")}) == 6


def test_an_opaque_name_is_unique_lasts_and_says_nothing() -> None:
    servers = ["alice/", "alice/two", "alice-two/", "bob/", "爱丽丝/"]
    made = {server: opaque(server, b"secret") for server in servers}
    assert len(set(made.values())) == len(servers)
    assert made == {server: opaque(server, b"secret") for server in servers}
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in made.values())
    assert opaque("alice/", b"another") != made["alice/"]


ANY = st.text(st.characters(), max_size=300)
"""Halves of pairs included."""


@given(ANY, ANY)
def test_any_two_names_get_two_that_fit(one: str, other: str) -> None:
    for name in (one, other):
        assert FIT.fullmatch(slug(name))
        assert re.fullmatch("[0-9a-f]{16}", opaque(name, b"secret"))
        assert re.fullmatch(r"[a-z0-9-]{1,63}\.hub\.example\.org", host(name, "hub.example.org", "user"))
    assert (slug(one) == slug(other)) == (one == other)
    assert (opaque(one, b"secret") == opaque(other, b"secret")) == (one == other)
