"""GitLab's API and OAuth endpoints, as stackctl calls them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from stackctl.errors import StackError
from stackctl.gitlab import GitLab, Kind, RefusedError, RemoteApplication, oauth
from stackctl.gitlab.oauth import Verification
from stackctl.gitlab.session import GitLabSession
from stackctl.settings import Settings
from tests.standins.gitlab.running import Running, running
from tests.unit.stackctl.conftest import CALLBACK, SCOPES
from tests.unit.stackctl.gitlab.test_session import other


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(prefix="/gitlab", tls=True) as made:
        yield made


@pytest.fixture
def root(server: Running) -> GitLab:
    """The GitLab, asked by its administrator."""
    return GitLab(settings(server), SecretStr(server.control.add_token("root", ["api"])))


def settings(server: Running) -> Settings:
    return Settings.model_validate({"gitlab_url": server.url, "gitlab_ca_file": str(server.ca_file)})


def test_an_application_is_created_found_and_deleted(root: GitLab) -> None:
    made = root.create("instance", "Hub", CALLBACK, SCOPES)
    assert made.secret
    assert made.secret.get_secret_value() not in repr(made)
    (found,) = [item for item in root.applications("instance") if item.id == made.id]
    assert (found.client_id, found.name, found.callback, found.secret) == (made.client_id, "Hub", CALLBACK, None)
    assert [root.delete("instance", made.id), root.delete("instance", made.id)] == [True, False]


def test_all_pages_of_a_users_applications(root: GitLab, server: Running) -> None:
    for number in range(120):
        server.state.add_application(f"a{number}", CALLBACK, SCOPES, owner=server.state.user("root"))
    assert len(root.applications("user")) == 120


def test_a_rejected_request_is_explained_in_gitlabs_words(root: GitLab) -> None:
    with pytest.raises(RefusedError) as caught:
        root.create("instance", "", "nowhere", SCOPES)
    assert (caught.value.status, caught.value.message) == (
        400,
        "GitLab rejected the request: name can't be blank; redirect_uri must be an absolute URI.",
    )


@pytest.mark.parametrize("path", ["data/lap", "dta/lab"])
def test_similar_groups_are_suggested_even_if_there_are_many(root: GitLab, server: Running, path: str) -> None:
    if not server.state.find_group("data"):
        for number in range(120):  # more than a page of them stands before
            server.state.add_group(f"a{number:03}")
        for name in ("data", "data/lab"):
            server.state.add_group(name)
    assert not root.has_group(path)
    assert root.groups_like(path)[0] == "data/lab"
    assert root.has_group("data/lab")


def test_a_private_group_is_invisible_without_a_token(server: Running) -> None:
    server.state.add_group("secret")
    assert not GitLab(settings(server)).has_group("secret")


@pytest.mark.parametrize(
    ("version", "renews"),
    [("16.11.0", True), ("17.0.1-ee", True), ("19.0.0-pre", True), ("16.10.9", False), ("9.5", False), ("", False)],
)
def test_which_versions_renew_secrets(version: str, renews: bool) -> None:
    assert registered("instance").renewable(version) == renews
    assert not registered("user").renewable(version)


def registered(kind: Kind) -> RemoteApplication:
    return RemoteApplication(1, kind, "id", "name", "callback", True, None, None)


@pytest.mark.parametrize(
    ("secret", "scopes", "verification"),
    [
        ("", ["read_user"], Verification.VALID),
        ("wrong", ["read_user"], Verification.WRONG_SECRET),
        ("", ["read_user", "api"], Verification.WRONG_SCOPES),
    ],
)
def test_an_application_is_verified_without_a_sign_in(
    server: Running, secret: str, scopes: list[str], verification: Verification
) -> None:
    client_id, right = server.control.add_application("Hub", CALLBACK, SCOPES)
    session = GitLabSession(settings(server))
    given = SecretStr(secret or right)
    assert oauth.verify(session, client_id, given, ["openid", *scopes]) is verification
    assert oauth.verify(session, "unknown", given, scopes) is Verification.WRONG_SECRET


def test_an_unclear_answer_verifies_nothing() -> None:
    body = '{"error": "unauthorized_client", "error_description": "Not by this method."}'
    with other(401, {"Content-Type": "application/json"}, body) as place:
        session = GitLabSession(Settings.model_validate({"gitlab_url": f"http://{place}"}))
        with pytest.raises(StackError, match=r"GitLab does not say whether the secret is right: Not by this method\."):
            oauth.verify(session, "id", SecretStr("secret"), SCOPES)


def test_a_different_error_at_the_callback_means_no() -> None:
    with other(302, {"Location": f"{CALLBACK}?error=invalid_scope&state=check"}) as place:
        session = GitLabSession(Settings.model_validate({"gitlab_url": f"http://{place}"}))
        assert not oauth.accepts(session, "id", CALLBACK, SCOPES)


@pytest.mark.parametrize(
    ("callback", "scopes", "accepted"),
    [
        (CALLBACK, SCOPES, True),
        (CALLBACK.replace("8000", "9000"), SCOPES, True),  # RFC 8252, 7.3
        (CALLBACK + "/", SCOPES, False),
        (CALLBACK.replace("127.0.0.1", "localhost"), SCOPES, False),
        (CALLBACK, [*SCOPES, "api"], False),
    ],
)
def test_which_callbacks_gitlab_accepts(gitlab: Running, callback: str, scopes: list[str], accepted: bool) -> None:
    client_id, _ = gitlab.control.add_application("Hub", CALLBACK, SCOPES)
    session = GitLabSession(Settings.model_validate({"gitlab_url": gitlab.url}))
    assert oauth.accepts(session, client_id, callback, scopes) == accepted
    assert oauth.accepts(session, "unknown", callback, scopes) is False
    assert oauth.own_address(session, client_id, callback, scopes) == gitlab.url
