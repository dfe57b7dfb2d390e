"""A notebook server in a container, started as the hub starts it, and what a person does there."""

from __future__ import annotations

import io
import json
import tarfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import pytest
import requests
import websocket
from docker.models.containers import Container

from tests.images.gitserver import GitServer
from tests.unit.singleuser.hub import API_TOKEN, Hub

NAME, EMAIL = "Alice 李", "alice@example.org"


class Notebook:
    """A running notebook server of `alice`'s."""

    def __init__(self, container: Container) -> None:
        self.container = container
        container.reload()
        self.url = f"http://{container.attrs['NetworkSettings']['Networks']['bridge']['IPAddress']}:8888/user/alice"

    def shell(self, script: str, code: int = 0) -> str:
        """What a login shell, as JupyterLab's terminal has, prints."""
        ran = self.container.exec_run(["bash", "-lc", f"exec 2>&1; set -e; {script}"])
        assert isinstance(ran.output, bytes)
        printed = ran.output.decode()
        assert ran.exit_code == code, printed
        return printed

    @property
    def server_url(self) -> str:
        return f"{self.url}/"

    def server(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call the server as the person. Fails when it refuses."""
        headers = {"Authorization": f"token {API_TOKEN}"}
        answer = requests.request(
            method, self.server_url + path, headers=headers, timeout=60, proxies={"http": ""}, **arguments
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def websocket(self, url: str) -> websocket.WebSocket:
        """Open a websocket as the person. Fails when it is refused."""
        header = {"Authorization": f"token {API_TOKEN}"}
        host = self.url.split("/")[2].partition(":")[0]
        return websocket.create_connection(url.replace("http:", "ws:"), timeout=30, header=header, http_no_proxy=[host])

    def kernels(self) -> dict[str, str]:
        """The names of the kernels that a person may choose, by what they read."""
        listed = self.server("GET", "api/kernelspecs").json()["kernelspecs"]
        return {kernel["spec"]["display_name"]: name for name, kernel in listed.items()}

    def git_panel(self, path: str, **asked: Any) -> requests.Response:
        """The answer to what JupyterLab's Git panel asks for a folder."""
        headers = {"Authorization": f"token {API_TOKEN}"}
        return requests.post(f"{self.url}/git/{path}", json=asked, headers=headers, timeout=30, proxies={"http": ""})

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/api", timeout=5, proxies={"http": ""}).raise_for_status()
                return
            except requests.ConnectionError as error:
                last = error
                time.sleep(0.05)
        pytest.fail(f"{last}\n{bytes(self.container.logs(tail=40)).decode()}", pytrace=False)

    def files_with(self, *texts: bytes) -> dict[bytes, list[str]]:
        """The paths of all files, of image and container, that hold each of some texts."""
        found: dict[bytes, list[str]] = {text: [] for text in texts}
        exported: Iterator[bytes] = self.container.export()  # type: ignore[assignment]  # by its types it is text
        with tarfile.open(fileobj=io.BytesIO(b"".join(exported))) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                content = file.read() if file else b""
                for text in texts:
                    found[text] += [member.name] if text in content else []
        return found


@contextmanager
def started(image: str, hub: Hub, given: dict[str, str], **options: Any) -> Iterator[Notebook]:
    """A notebook server as the hub starts it, with `given` variables, until the end of the block."""
    environment = {
        "JUPYTERHUB_API_URL": hub.api,
        "JUPYTERHUB_ACTIVITY_URL": f"{hub.api}/users/alice/activity",
        "JUPYTERHUB_API_TOKEN": API_TOKEN,
        "JUPYTERHUB_USER": "alice",
        "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-alice",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": "/user/alice/",
        "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888/user/alice/",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:servers!user=alice"]),
        **given,
    }
    container = docker.from_env().containers.run(
        image,
        ["jupyterhub-singleuser"],
        name=f"gittest-{uuid.uuid4().hex[:8]}",
        environment=environment,
        detach=True,
        init=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        **options,
    )
    try:
        notebook = Notebook(container)
        notebook.wait_until_ready()
        yield notebook
    finally:
        container.remove(force=True, v=True)


def variables(gitlab: GitServer) -> dict[str, str]:
    """What the hub tells the notebook of a person who came through GitLab."""
    person = {"STACK_GIT_NAME": NAME, "STACK_GIT_EMAIL": EMAIL}
    return {"STACK_GIT_URL": gitlab.url, "STACK_GIT_CA": gitlab.ca.read_text(), **person}
