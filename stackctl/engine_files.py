"""Files in containers, through the Docker Engine's API: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path
from typing import cast

import docker
import docker.errors

from stackctl.errors import NotRunningError


class EngineFiles:
    """Calls to the engine about files in containers."""

    _client: docker.DockerClient

    def read_file(self, container: str, path: str, user: str) -> str:
        """The text of a file in a running container, read as `user`."""
        try:
            ran = self._client.containers.get(container).exec_run(["cat", path], user=user)
        except docker.errors.APIError as error:
            raise NotRunningError(f"{container} does not answer: {error.explanation}") from error
        text = cast(bytes, ran.output).decode(errors="replace").strip()
        if ran.exit_code != 0:
            raise NotRunningError(f"{Path(path).name} is not there yet: the hub is starting.", "Try again in a few seconds.")
        return text

    def read_archive(self, container: str, path: str) -> str:
        """The text of a file in a container, running or not, or in its volume; "" when there is no such file."""
        try:
            chunks, _ = self._client.containers.get(container).get_archive(path)
        except docker.errors.NotFound:
            return ""
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            file = tar.extractfile(tar.next() or "")
            return file.read().decode() if file else ""

    def write_file(self, container: str, path: str, text: str, owner: int) -> None:
        """Write a file that `owner` (a user's number) alone may read into a container, running or not, or its volume."""
        entry = tarfile.TarInfo(Path(path).name)
        content = text.encode()
        entry.size, entry.mode, entry.uid, entry.gid, entry.mtime = len(content), 0o600, owner, owner, int(time.time())
        with io.BytesIO() as archive:
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.addfile(entry, io.BytesIO(content))
            self._client.containers.get(container).put_archive(str(Path(path).parent), archive.getvalue())

    def replace_file(self, container: str, path: str, text: str, owner: int) -> None:
        """As `write_file`; in a running container in one step, so that whoever reads finds the one text or the other."""
        new = f"{path}.new"
        self.write_file(container, new, text, owner)
        try:
            moved = self._client.containers.get(container).exec_run(["mv", new, path], user=str(owner)).exit_code == 0
        except docker.errors.APIError:  # it does not run, so that nothing reads
            moved = False
        if not moved:
            self.write_file(container, path, text, owner)
