"""What a person's next server still knows: settings, keys and history, in every image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import docker
import pytest
from docker.types import Mount

from contract import container, users
from tests.images.conftest import LIMITS
from tests.images.notebook import Notebook, started
from tests.unit.singleuser.hub import Hub

THEME = "lab/api/settings/@jupyterlab/apputils-extension:themes"


@pytest.fixture
def volume(engine_ready: None) -> Iterator[Mount]:
    """A person's files."""
    made = docker.from_env().volumes.create()
    yield Mount(container.WORK, str(made.name), type="volume")
    made.remove()


@pytest.mark.parametrize(("image", "read_only"), [("base", False), ("r", True)])
def test_settings_keys_and_history_are_there_again(
    images: dict[str, str], alices_hub: Hub, volume: Mount, image: str, read_only: bool
) -> None:
    tmpfs = container.tmpfs(int(LIMITS["MEM_LIMIT"]), read_only=read_only)
    options: dict[str, Any] = {"mounts": [volume], "read_only": read_only, "tmpfs": tmpfs}
    with started(images[image], alices_hub, LIMITS, **options) as notebook:
        notebook.server("PUT", THEME, json={"raw": '{"theme": "JupyterLab Dark"}'})
        notebook.shell("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; echo \"alias ll='ls -l'\" >>~/.bashrc")
        notebook.shell("echo 'c.X = 1' >~/.jupyter/jupyter_lab_config.py; git config --global core.editor nano")
        # what a repository in the work folder shows is the person's
        assert notebook.shell("cd ~/work && git init -q && mkdir .ipynb_checkpoints && touch .ipynb_checkpoints/a") == ""
        assert notebook.shell("cd ~/work && git status --porcelain") == ""
    with started(images[image], alices_hub, LIMITS, **options) as notebook:
        assert notebook.server("GET", THEME).json()["settings"] == {"theme": "JupyterLab Dark"}
        keys = notebook.shell("stat -Lc %a ~/.ssh ~/.ssh/id_ed25519; ssh-keygen -y -f ~/.ssh/id_ed25519")
        assert keys.startswith("700\n600\nssh-ed25519 ")
        assert "alias ll" in notebook.shell("tail -1 ~/.bashrc")
        assert notebook.shell("git config core.editor") == "nano\n"
        listed = notebook.server("GET", "api/contents").json()["content"]
        assert {item["name"] for item in listed if not item["name"].startswith(".")} <= {"examples"}
        assert started_without_warnings(notebook)


def started_without_warnings(notebook: Notebook) -> bool:
    return "will be lost" not in bytes(notebook.container.logs()).decode()


def test_a_server_starts_where_nothing_can_be_kept(images: dict[str, str], alices_hub: Hub) -> None:
    """The volume is full."""
    own = f"uid={users.NOTEBOOK},gid={users.NOTEBOOK},mode=700"
    with started(images["base"], alices_hub, LIMITS, tmpfs={container.WORK: f"{own},nr_inodes=1"}) as notebook:
        assert "Settings outside the work folder will be lost when this server stops: " in (
            bytes(notebook.container.logs()).decode()
        )
        assert notebook.shell("git config --global x.y z && git config x.y") == "z\n"
