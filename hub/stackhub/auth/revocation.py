"""What happens after a user's access was checked again: changes are saved, and a user without access loses their servers."""

from __future__ import annotations

from typing import Any

from jupyterhub.roles import assign_default_roles
from tornado.log import app_log


def store(user: Any, model: dict[str, Any]) -> None:
    """Save `admin`, `user_info` and `groups` of an authenticator's model, as JupyterHub does at sign-in."""
    if user.admin != model["admin"]:
        user.admin = model["admin"]
        assign_default_roles(user.db, entity=user.orm_user)
    user.user_info = model["user_info"]
    user.sync_groups(model["groups"])
    user.db.commit()


async def stop_servers(app: Any, user: Any, reason: str) -> None:
    """Stop all running servers of `user` and log the reason. `app`: the JupyterHub application."""
    for name, spawner in list(user.spawners.items()):
        if spawner.ready and not spawner.pending:
            app_log.warning("%s %s, stopping server %r", user.name, reason, name)
            await app.proxy.delete_user(user, name)
            await user.stop(name)
