"""The operator's own configuration of the hub: hub/conf.d/*.py, read after ours.

Examples for JupyterHub assign what ours has set already, or set it for a class (c.Spawner, c.DockerSpawner) whose setting
ours overrides. Here that counts too, is added to ours, or is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

FOLDER = Path("/etc/jupyterhub/conf.d")

SPAWNERS = ("Spawner", "DockerSpawner", "ContainerSpawner", "StackSpawner")
"""From the general to the special, which is the class that runs."""

AUTHENTICATORS = (
    *("Authenticator", "OAuthenticator", "GitLabOAuthenticator", "GitLabAuthenticator"),
    *("PAMAuthenticator", "ServerAuthenticator", "NativeAuthenticator", "LocalAuthenticator"),
)
SECTIONS = (*SPAWNERS, *AUTHENTICATORS, "JupyterHub")
Values = dict[str, dict[str, Any]]
"""By class and setting."""

SIZES = "Memory and CPUs are those of the sizes in singleuser/sizes.local.yaml: docs/images.md"
IMAGES = "Images are those of the catalogue, singleuser/compose.local.yaml: docs/images.md"
FOLDERS = "Everybody's folders are in STACK_SHARED_FOLDERS: docs/users.md"
CONFINED = "The Docker API gate lets through no other containers: docs/security.md"
OURS = "The stack relies on its own value."

SPAWNER: dict[str, str] = {
    **dict.fromkeys(("mem_limit", "mem_guarantee", "cpu_limit", "cpu_guarantee"), SIZES),
    **dict.fromkeys(("image", "allowed_images", "image_whitelist", "container_image", "profile_list"), IMAGES),
    **dict.fromkeys(("options_form", "options_from_form"), IMAGES),
    **dict.fromkeys(("volumes", "read_only_volumes", "mounts"), FOLDERS),
    **dict.fromkeys(("extra_host_config", "extra_create_kwargs", "post_start_cmd", "host_ip"), CONFINED),
    **dict.fromkeys(("network_name", "prefix", "name_template", "container_name", "remove", "pull_policy"), OURS),
    **dict.fromkeys(("use_internal_ip", "use_internal_hostname", "notebook_dir", "port", "ip"), OURS),
}
"""What to say instead of a setting of the spawner that would have no effect, or would make every start fail."""

SET = "Set {} in .env."
GITLAB = {
    "allow_all": SET.format("GITLAB_ALLOW_ALL"),
    "allowed_users": SET.format("GITLAB_ALLOWED_USERS"),
    **dict.fromkeys(("allowed_groups", "allowed_gitlab_groups"), SET.format("GITLAB_ALLOWED_GROUPS")),
    "allowed_project_ids": SET.format("GITLAB_ALLOWED_GROUPS"),
    "admin_users": SET.format("GITLAB_ADMIN_USERS"),
    "admin_groups": SET.format("GITLAB_ADMIN_GROUPS"),
    "gitlab_url": SET.format("GITLAB_URL"),
}
PAM = dict.fromkeys(("allow_all", "allowed_users", "allowed_groups"), SET.format("STACK_PAM_GROUP"))
PAM |= dict.fromkeys(("admin_users", "admin_groups"), SET.format("STACK_PAM_ADMIN_GROUP"))
LOCAL = dict.fromkeys(("allow_all", "allowed_users"), "Everybody with an account may sign in: docs/users.md")

SIGN_IN = {"gitlab": GITLAB, "pam": PAM, "local": LOCAL}
"""What says who may sign in, by STACK_AUTH."""

CLASSES = {"spawner_class": CONFINED, "authenticator_class": SET.format("STACK_AUTH")}
"""Only a class that is made from ours may take its place."""


def load(c: Config, auth: str, folder: Path = FOLDER) -> None:
    """Read the files into `c`, in the order of their names. `auth`: STACK_AUTH.

    Raises SystemExit, with file, line and what to write instead, for a setting that would have no effect.
    """
    for path in sorted(folder.glob("*.py")):
        text, before = path.read_text(), _snapshot(c)
        exec(compile(text, path, "exec"), {"__file__": str(path), "c": c, "get_config": lambda: c})
        changed = list(_changed(before, c))
        for section, name in changed:
            if reason := _refusal(section, name, auth) or _wrong_class(name, before[section].get(name), c[section][name]):
                where = f"hub/conf.d/{path.name}{_line(text, name)}: c.{section}.{name}"
                raise SystemExit(f"{where} has no effect here. {reason}")
            if section == "StackSpawner" or (section in SPAWNERS and ("StackSpawner", name) not in changed):
                _pass_on(c, before["StackSpawner"], section, name)


def _snapshot(c: Config) -> Values:
    return {section: {name: copy(value) for name, value in c.get(section, {}).items()} for section in SECTIONS}


def _changed(before: Values, after: Config) -> Iterator[tuple[str, str]]:
    for section, known in before.items():
        for name, value in list(after.get(section, {}).items()):
            if name not in known or known[name] != value:
                yield section, name


def _refusal(section: str, name: str, auth: str) -> str:
    if section in SPAWNERS:
        return SPAWNER.get(name, "")
    return SIGN_IN.get(auth, {}).get(name, "") if section in AUTHENTICATORS else ""


def _wrong_class(name: str, ours: Any, other: Any) -> str:
    fits = isinstance(other, type) and isinstance(ours, type) and issubclass(other, ours)
    return "" if fits else CLASSES.get(name, "")


def _pass_on(c: Config, ours: dict[str, Any], section: str, name: str) -> None:
    """Let a setting count although ours is more special, and keep our variables in the servers' environment."""
    value = c[section][name]
    if isinstance(value, LazyConfigValue):  # c.Spawner.args.append("--debug")
        value = value.get_value(copy(c.StackSpawner.get(name, _like(value))))
    if name == "environment":
        value = {**ours.get(name, {}), **value}
    if section == "StackSpawner" or name in c.StackSpawner:
        c.StackSpawner[name] = value
        if section != "StackSpawner":  # another file may set it again
            del c[section][name]


def _like(lazy: LazyConfigValue) -> Any:
    """An empty value of the kind that is extended."""
    update = lazy.to_dict().get("update", [])
    return type(update)()


def _line(text: str, name: str) -> str:
    lines = [node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute) and node.attr == name]
    return f" line {lines[0]}" if lines else ""
