"""Which Docker Engine the environment names."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from stackctl.errors import CheckFailedError

OWN = ("", "unix:///var/run/docker.sock", "unix:///run/docker.sock")
"""Values of DOCKER_HOST that mean this server's own Docker. The gate has its socket mounted."""

IGNORED = (
    *("COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_ENV_FILES", "COMPOSE_DISABLE_ENV_FILE"),
    *("COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "COMPOSE_REMOVE_ORPHANS", "COMPOSE_IGNORE_ORPHANS"),
)
"""Variables of a shell, perhaps for another project, that would change what Compose runs. stackctl does not hand them on.
https://docs.docker.com/compose/how-tos/environment-variables/envvars/"""


def host() -> str:
    """DOCKER_HOST, "" for this server's own Docker."""
    value = os.environ.get("DOCKER_HOST", "")
    return "" if value in OWN else value


def check_context() -> None:
    """Raises CheckFailedError if the docker command would use a context, which the docker SDK does not know.

    https://docs.docker.com/engine/manage-resources/contexts/
    """
    if os.environ.get("DOCKER_HOST"):  # it comes before any context
        return
    if name := os.environ.get("DOCKER_CONTEXT", ""):
        source, hint = "DOCKER_CONTEXT", "unset DOCKER_CONTEXT"
    else:
        name, source, hint = _current_context(), "docker context show", "docker context use default"
    if name not in ("", "default"):
        message = f"Docker's context is {name!r} ({source}), but stackctl uses the Docker of this server."
        raise CheckFailedError(message, f"Run: {hint}")


def _current_context() -> str:
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        return str(json.loads((folder / "config.json").read_text()).get("currentContext", ""))
    except (OSError, ValueError):
        return ""


def ignored(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables that are set and not handed on to Compose."""
    return [name for name in IGNORED if environ.get(name)]


def for_compose(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without them."""
    return {name: value for name, value in environ.items() if name not in IGNORED}
