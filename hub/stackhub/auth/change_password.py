"""The page on which people change their own password."""

from __future__ import annotations

from typing import Any

from nativeauthenticator.handlers import ChangePasswordHandler
from tornado import web

from stackhub.auth import sessions
from stackhub.pages.sign_in import Translated

FIELDS = ("old_password", "new_password", "new_password_confirmation")
WRONG = "Your current password was incorrect. Please try again."
DIFFERENT = "Your new password didn't match the confirmation. Please try again."
CHANGED = "Your password has been changed successfully!"


class ChangeOwnPassword(Translated, ChangePasswordHandler):
    """NativeAuthenticator's page. Wrong passwords count as at sign-in, and a new one ends all other sessions."""

    @web.authenticated
    async def get(self) -> None:
        await self._show(CHANGED if self.get_query_argument("changed", "") else "", kind="success")

    @web.authenticated
    async def post(self) -> None:
        user: Any = self.current_user
        old, new, again = (self.get_body_argument(name, "", strip=False) for name in FIELDS)
        if not self.authenticator.is_password_strong(new):
            await self._show(self.authenticator.password_rule)
        elif new != again:
            await self._show(DIFFERENT)
        elif not await self.authenticator.authenticate(self, {"username": user.name, "password": old}):
            await self._show(WRONG)
        else:
            self.authenticator.set_password(user.name, new)
            sessions.end_all(user)
            self.set_login_cookie(user)
            self.redirect(f"{self.hub.base_url}change-password?changed=1")

    async def _show(self, message: str, kind: str = "danger") -> None:
        named = {"result_message": message, "alert": f"alert-{kind}"} if message else {}
        self.finish(await self.render_template("change-password.html", user_name=self.current_user.name, **named))
