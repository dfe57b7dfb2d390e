"""Ending everything that a person, or somebody in their place, is signed in with."""

from __future__ import annotations

from typing import Any

from jupyterhub.utils import new_token
from tornado.log import app_log


def end_all(user: Any) -> None:
    """End all sessions of `user` (JupyterHub's), and revoke all API tokens but those of running servers.

    A running server needs its token to let its owner in and to report activity. It cannot be told by its note, which anybody
    can give a token of their own; so spawners remember the numbers of theirs.
    """
    account = user.orm_user
    account.cookie_id = new_token()
    kept = {spawner.token_id for spawner in user.spawners.values() if spawner.active}
    revoked = [token for token in account.api_tokens if token.api_id not in kept]
    for grant in [*revoked, *account.oauth_codes]:
        user.db.delete(grant)
    user.db.commit()
    app_log.info("Ended all sessions of %s and revoked %d API tokens", user.name, len(revoked))
