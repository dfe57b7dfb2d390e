"""Git over HTTP: app/controllers/repositories/git_http_*.rb, lib/gitlab/auth.rb, lib/gitlab/git_access.rb."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os

from aiohttp import web

from tests.standins.gitlab.model import DEVELOPER, REPORTER, Project, User
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import state_of

ACCESS_DENIED = (
    "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're "
    "required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or "
    "improperly scoped. See {url}/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied"
)
NOT_FOUND = "The project you were looking for could not be found or you don't have permission to view it."
ABILITIES = {
    "api": {"download", "push"},
    "read_api": {"download"},
    "read_repository": {"download"},
    "write_repository": {"download", "push"},
}
"""abilities_for_scopes in lib/gitlab/auth.rb."""
ROUTES = web.RouteTableDef()


class Refusal(web.HTTPException):
    """A plain-text response, which git shows to the person."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code = status
        super().__init__(text=text, headers={"WWW-Authenticate": 'Basic realm="GitLab"'} if status == 401 else None)


def person_of(state: State, header: str) -> tuple[User, set[str]] | None:
    """The owner and abilities of the token in the password; the name may be anything (doc/api/oauth2.md). None for an
    invalid token and for a blocked person: find_for_git_client."""
    kind, _, value = header.partition(" ")
    try:
        _, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if kind.lower() != "basic" or not password:
        return None
    personal = (token for token in state.personal_tokens if token.value == password)
    token = state.find_access_token(password) or next(personal, None)
    if token is None or token.user is None or not state.is_good(token) or token.user.state != "active":
        return None
    return token.user, set().union(*(ABILITIES.get(scope, set()) for scope in token.scopes))


def opened(state: State, person: tuple[User, set[str]] | None, path: str, what: str) -> Project:
    """The project, for `what`: download or push. Raises Refusal for the first failed check of GitAccess#check."""
    if person is None:
        raise Refusal(401, ACCESS_DENIED.format(url=state.settings.url))
    user, abilities = person
    if what not in abilities:
        raise Refusal(403, f"You are not allowed to {'upload' if what == 'push' else 'download'} code.")
    project = state.find_project(path)
    level = state.level(user, project.group) if project else 0
    if project is None or not level:
        raise Refusal(404, NOT_FOUND)
    if what == "download" and level < REPORTER:
        raise Refusal(403, "You are not allowed to download code from this project.")
    if what == "push" and level < DEVELOPER:
        raise Refusal(403, "You are not allowed to push code to this project.")
    return project


@ROUTES.get("/{project:.+}.git/{service:info/refs}")
@ROUTES.post("/{project:.+}.git/{service:git-upload-pack|git-receive-pack}")
async def serve(request: web.Request) -> web.Response:
    """Clone, fetch and push. No branch is protected here; by GitLab's default only maintainers push to the first one."""
    state, service = state_of(request), request.match_info["service"]
    command = request.query.get("service", "") if service == "info/refs" else service
    what = {"git-upload-pack": "download", "git-receive-pack": "push"}.get(command)
    if what is None:
        raise Refusal(403, "The command you're trying to execute is not allowed.")
    person = person_of(state, request.headers.get("Authorization", ""))
    project = opened(state, person, request.match_info["project"], what)
    return await http_backend(request, project.folder, service, person[0].username if person else "")


async def http_backend(request: web.Request, folder: str, service: str, username: str) -> web.Response:
    """The response of git's own CGI program. aiohttp has decompressed the body, so the CGI gets no Content-Encoding."""
    body = await request.read()
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": folder,
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": folder,
        "PATH_INFO": f"/{service}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_USER": username,
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec("git", "http-backend", stdin=pipe, stdout=pipe, env=environment)
    output, _ = await program.communicate(body)
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(body=content, status=status, headers=headers)
