"""Files in containers, through the Docker Engine's API: a part of Engine (client.py)."""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path

import docker
import docker.errors

from stackctl import limited
from stackctl.engine.containers import run
from stackctl.engine.errors import MountGoneError
from stackctl.errors import NotRunningError, StackError

MAX_TEXT = 2**16
"""Bytes of a small file."""


class EngineFiles:
    """The engine's calls about files in containers."""

    _client: docker.DockerClient

    def read_file(self, container: str, path: str, user: str) -> str:
        """The text of a small file in a running container, read as `user`.

        Raises NotRunningError if it cannot be read, StackError if it is too large.
        """
        try:
            # a link may lead to a device or a pipe, which ends neither cat nor anything else
            code, output = run(self._client, container, ["timeout", "10", "head", "-c", str(MAX_TEXT), path], user=user)
        except docker.errors.APIError as error:
            raise NotRunningError(f"{container} does not answer: {error.explanation}") from error
        if len(output) == MAX_TEXT:
            raise StackError(f"{path} in {container} is too large.", "Somebody has changed it.")
        text = output.decode(errors="replace").strip()
        if code != 0:
            message = f"The hub is still starting: it has not written {Path(path).name} yet."
            raise NotRunningError(message, "Try again in a few seconds.")
        return text

    def read_archive(self, container: str, path: str) -> str:
        """The text of a file in a container, running or not, or in its volume; "" if there is no such file.

        Raises StackError if it is too large.
        """
        try:
            chunks, _ = self._client.containers.get(container).get_archive(path)
        except docker.errors.NotFound:
            return ""
        with tarfile.open(fileobj=io.BytesIO(limited.joined(chunks, limited.OUTPUT, f"{path} in {container}"))) as tar:
            entry = tar.next()
            file = tar.extractfile(entry) if entry and entry.isfile() else None
            return file.read().decode(errors="replace") if file else ""

    def write_file(self, container: str, path: str, text: str, owner: int) -> None:
        """Write a file into a container, running or not, or its volume. Only `owner`, a user id, can read it.

        Raises MountGoneError.
        """
        entry = tarfile.TarInfo(Path(path).name)
        content = text.encode()
        entry.size, entry.mode, entry.uid, entry.gid, entry.mtime = len(content), 0o600, owner, owner, int(time.time())
        with io.BytesIO() as archive:
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.addfile(entry, io.BytesIO(content))
            try:
                self._client.containers.get(container).put_archive(str(Path(path).parent), archive.getvalue())
            except docker.errors.APIError as error:
                if "not a directory" in str(error.explanation):  # Docker tries to make one to mount on
                    raise MountGoneError(f"A file that is mounted into {container} is gone: {error.explanation}") from error
                raise

    def replace_file(self, container: str, path: str, text: str, owner: int) -> None:
        """As `write_file`; in a running container atomically, so that nobody reads half of it."""
        new = f"{path}.new"
        self.write_file(container, new, text, owner)
        try:
            moved = self._client.containers.get(container).exec_run(["mv", new, path], user=str(owner)).exit_code == 0
        except docker.errors.APIError:  # it is not running: nothing reads the file
            moved = False
        if not moved:
            self.write_file(container, path, text, owner)
