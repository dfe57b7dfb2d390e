"""Local accounts: valid names, passwords and lockout. The database is SQLite in memory."""

from __future__ import annotations

import asyncio
import sys
import time
import unicodedata
from types import SimpleNamespace

import bcrypt
import pytest
from jupyterhub import orm
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from tornado import web
from traitlets.config import Config

from stackhub.auth import local as local_module
from stackhub.auth.local import LocalAuthenticator, name_is_valid
from stackhub.pages.sign_in_errors import SignInError, explain

PASSWORD = "correct horse"
HANDLER = SimpleNamespace(request=SimpleNamespace(remote_ip="192.0.2.1"))


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    gensalt = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: gensalt(4))
    monkeypatch.setattr(local_module, "_UNKNOWN", bcrypt.hashpw(b"nobody", gensalt(4)))


@pytest.fixture
def local() -> LocalAuthenticator:
    config = Config()
    local_module.configure(config)
    engine = create_engine("sqlite://")
    orm.Base.metadata.create_all(engine)
    made = LocalAuthenticator(db=Session(engine), config=config)
    made.set_password("alice", PASSWORD)
    return made


def sign_in(local: LocalAuthenticator, name: str, password: str) -> str | None:
    return asyncio.run(local.authenticate(HANDLER, {"username": name, "password": password}))


@pytest.mark.parametrize(
    "name", ["alice", "alice.smith", "alice_2", "a-b", "a+b", "alice@example.org", "7", "józef", "李雷", "नीति", "a" * 200]
)
def test_valid_names(name: str) -> None:
    assert name_is_valid(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 201,
        "../x",
        "a/b",
        "a b",
        ".a",
        "-a",
        "_a",
        "@a",
        "a\0",
        "a\n",
        "a\\b",
        "a:b",
        "a%2Fb",
        "😀",
        "a'b",
        "a<b>",
        "\u202ea",
    ],
)
def test_invalid_names(name: str) -> None:
    assert not name_is_valid(name)


def test_all_spellings_of_a_name_are_one_name(local: LocalAuthenticator) -> None:
    spellings = ["JÓZEF", "józef", unicodedata.normalize("NFD", "józef"), "ｊｏ\u0301zef"]
    assert {local.normalize_username(name) for name in spellings} == {"józef"}


def test_a_normalized_name_is_unchanged_for_every_letter(local: LocalAuthenticator) -> None:
    changed = []
    for letter in map(chr, range(sys.maxunicode + 1)):
        once = local.normalize_username(letter)
        if name_is_valid(once) and local.normalize_username(once) != once:
            changed.append(letter)
    assert changed == []


def test_right_and_wrong_passwords(local: LocalAuthenticator) -> None:
    assert sign_in(local, "alice", PASSWORD) == "alice"
    assert sign_in(local, "ALICE", PASSWORD) == "alice"
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", "x" * 73, "pass\0word"):
        assert sign_in(local, "alice", wrong) is None
    assert sign_in(local, "bob", PASSWORD) is None


def test_after_five_wrong_passwords_the_right_one_is_rejected_too(local: LocalAuthenticator) -> None:
    for _ in range(5):
        assert sign_in(local, "alice", "wrong") is None
    with pytest.raises(SignInError) as caught:
        sign_in(local, "Alice", PASSWORD)
    assert caught.value.status_code == 403
    assert explain(caught.value, "en").happened == "This account is locked for 10 minutes."


def test_an_unknown_name_is_locked_the_same_way(local: LocalAuthenticator) -> None:
    for _ in range(5):
        assert sign_in(local, "nobody", "wrong") is None
    with pytest.raises(SignInError, match="locked"):
        sign_in(local, "nobody", "wrong")


def test_the_lock_ends_after_ten_minutes(local: LocalAuthenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        sign_in(local, "alice", "wrong")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 598)
    with pytest.raises(SignInError):
        sign_in(local, "alice", PASSWORD)
    monkeypatch.setattr(time, "monotonic", lambda: now + 601)
    assert sign_in(local, "alice", "wrong again") is None
    assert sign_in(local, "alice", PASSWORD) == "alice"


def test_the_right_password_resets_the_count(local: LocalAuthenticator) -> None:
    for _ in range(3):
        for _ in range(4):
            sign_in(local, "alice", "wrong")
        assert sign_in(local, "alice", PASSWORD) == "alice"


def test_a_lock_affects_one_account_only(local: LocalAuthenticator) -> None:
    local.set_password("bob", PASSWORD)
    for _ in range(5):
        sign_in(local, "alice", "wrong")
    assert sign_in(local, "bob", PASSWORD) == "bob"


def test_a_new_password_unlocks_and_replaces_the_old_one(local: LocalAuthenticator) -> None:
    for _ in range(5):
        sign_in(local, "alice", "wrong")
    local.set_password("alice", "another one")
    assert sign_in(local, "alice", "another one") == "alice"
    assert sign_in(local, "alice", PASSWORD) is None


def test_made_up_names_do_not_fill_the_memory(local: LocalAuthenticator) -> None:
    for number in range(10_050):
        local.lockout.add(f"name-{number}")
    assert len(local.lockout) <= 10_000


def test_made_up_names_unlock_nobody(local: LocalAuthenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*["late"] * 3, "early", *["alice"] * 5, "late", *map(str, range(9_998)), "late"]:
        local.lockout.add(name)
    with pytest.raises(SignInError, match="locked"):
        local.lockout.check("alice")
    with pytest.raises(SignInError, match="locked"):
        local.lockout.check("late")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 601)
    for number in range(10_000):
        local.lockout.add(f"later-{number}")
    assert len(local.lockout) == 10_000, "locks that have ended make room"


def test_a_new_name_is_counted_even_if_all_others_are_locked(local: LocalAuthenticator) -> None:
    for name in [*map(str, range(10_000)), "alice"]:
        for _ in range(5):
            local.lockout.add(name)
    for name in ("0", "9999", "alice"):
        with pytest.raises(SignInError, match="locked"):
            local.lockout.check(name)


@pytest.mark.parametrize(
    ("password", "strong"),
    [("1234567", False), ("12345678", True), ("x" * 72, True), ("x" * 73, False), ("é" * 36, True), ("é" * 37, False)],
)
def test_passwords_have_8_characters_and_at_most_bcrypts_72_bytes(
    local: LocalAuthenticator, password: str, strong: bool
) -> None:
    assert local.is_password_strong(password) == strong


def test_nobody_can_sign_up(local: LocalAuthenticator) -> None:
    paths = [path for path, _ in local.get_handlers(None)]
    assert not any("signup" in path or "authorize" in path for path in paths)
    assert not local.enable_signup
    local.create_user("mallory", PASSWORD)
    assert local.get_user("mallory") is None


def test_a_user_of_another_authenticator_is_rejected(local: LocalAuthenticator) -> None:
    local.db.add(orm.User(name="alice", user_info={"owner": "42#gitlab.example.org"}))
    local.db.commit()
    user = orm.User.find(local.db, "alice")
    assert not asyncio.run(local.refresh_user(user))
    with pytest.raises(web.HTTPError, match=r"alice is an account of gitlab\.example\.org") as caught:
        sign_in(local, "alice", PASSWORD)
    assert caught.value.status_code == 403


def test_a_local_user_keeps_access(local: LocalAuthenticator) -> None:
    local.db.add(orm.User(name="alice"))
    local.db.commit()
    assert asyncio.run(local.refresh_user(orm.User.find(local.db, "alice")))
    assert sign_in(local, "alice", PASSWORD) == "alice"
