"""Registration at GitLab: compare the application there with the settings, plan what to change, apply the plan."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from pydantic import SecretStr

from stackctl.errors import CheckFailedError, StackError
from stackctl.gitlab import oauth
from stackctl.gitlab.api import GitLab, Kind, RefusedError, RemoteApplication, TokenOwner
from stackctl.gitlab.application import Application, DesiredApplication
from stackctl.gitlab.oauth import Verification
from stackctl.settings import Settings
from stackctl.ui import console

OWNERS = {"instance": "for all of this GitLab", "user": "owned by the token's user"}
SIGN_IN_AGAIN = "everyone signs in again, running notebooks are not affected"


@dataclass(frozen=True)
class Plan:
    """What to do at GitLab, and why. `remote`: the application at GitLab now."""

    action: Literal["keep", "create", "update", "renew", "replace"]
    kind: Kind
    remote: RemoteApplication | None = None
    reasons: tuple[str, ...] = ()

    def step(self, desired: DesiredApplication) -> str:
        """The plan in words, "" when there is nothing to do."""
        reasons = " and ".join(self.reasons)
        return {
            "keep": "",
            "create": f"create the application {desired.name!r} {OWNERS[self.kind]}: "
            f"callback {desired.callback}, scopes {' '.join(desired.scopes)}",
            "update": f"change the application {desired.name!r}: {reasons}",
            "renew": f"renew the application's secret: {reasons}",
            "replace": f"replace the application with a new one ({SIGN_IN_AGAIN}): {reasons}",
        }[self.action]


@dataclass(frozen=True)
class Registration:
    """The application for `settings` at `gitlab`. `stored`: the stored application, if it belongs to this GitLab.

    `accounts`: see Application. Every method raises StackError when GitLab rejects a request or does not answer.
    """

    gitlab: GitLab
    settings: Settings
    stored: Application | None
    accounts: str

    @property
    def desired(self) -> DesiredApplication:
        return DesiredApplication.of(self.settings)

    def kind(self, owner: TokenOwner) -> Kind | None:
        """The kind of application this token can create, None if neither. Raises CheckFailedError for a missing scope."""
        if owner.scopes is not None and "api" not in owner.scopes:
            scopes = ", ".join(sorted(owner.scopes)) or "none"
            message = f"The token of {owner.username} lacks the scope api. Its scopes: {scopes}."
            raise CheckFailedError(message, "Create a token with the scope api.")
        if not owner.is_admin:
            return "user" if self.gitlab.has_user_applications() else None
        try:
            self.gitlab.applications("instance")
        except RefusedError as error:
            if error.status != 403:
                raise
            reason = f"{owner.username} is an administrator, but this token cannot act as one: Admin Mode is on."
            raise CheckFailedError(reason, "Create a token with the scopes api and admin_mode.") from error
        return "instance"

    def plan(self, kind: Kind, version: str) -> Plan:
        """Plan the registration. Raises CheckFailedError when the application needs a change that this token cannot make."""
        remote = self._find(kind)
        verdict = self.verify(self.stored) if self.stored else Verification.WRONG_SECRET
        if remote is None:
            return self._plan_without(kind, verdict)
        mine = self.stored is not None and self.stored.client_id == remote.client_id
        verdict = verdict if mine else Verification.WRONG_SECRET
        reasons = self._differences(remote, verdict)
        if reasons:
            small = (
                remote.kind == "user"
                and set(reasons) <= {"its name", "its scopes"}
                and verdict is not Verification.WRONG_SECRET
            )
            return Plan("update" if small else "replace", remote.kind, remote, reasons)
        if verdict is Verification.WRONG_SECRET:
            reason = "the secret stored here is not valid" if mine else "its secret is not stored here"
            return Plan("renew" if remote.renewable(version) else "replace", remote.kind, remote, (reason,))
        return Plan("keep", remote.kind, remote)

    def verify(self, application: Application) -> Verification:
        """GitLab's verdict on an application's id, secret and scopes."""
        client = application.client_id, application.client_secret
        return oauth.verify(self.gitlab.session, *client, self.desired.scopes)

    def _plan_without(self, kind: Kind, verdict: Verification) -> Plan:
        """The plan when the token's owner sees no application of this stack."""
        if self.stored is None or verdict is Verification.WRONG_SECRET:
            return Plan("create", kind)
        different = [item for item in self.stored.differences(self.settings) if item != "GITLAB_URL"]
        if not different and verdict is Verification.VALID:
            return Plan("keep", kind)
        changes = " and ".join(different or ["the scopes"])
        raise CheckFailedError(
            f"The application needs a change ({changes}), which this token cannot make.",
            "Use the token that created it; or change it on GitLab's page, then run: stackctl gitlab register --manual",
        )

    def _find(self, kind: Kind) -> RemoteApplication | None:
        """This stack's application: by the stored id, otherwise by name and callback."""
        kinds = [kind]
        if kind == "instance" and self.stored and self.stored.kind == "user" and self.gitlab.has_user_applications():
            kinds.append("user")
        seen = [item for each in kinds for item in self.gitlab.applications(each)]
        if self.stored:
            for item in seen:
                if item.client_id == self.stored.client_id:
                    return item
        desired = self.desired
        return next((item for item in seen if (item.name, item.callback) == (desired.name, desired.callback)), None)

    def _differences(self, remote: RemoteApplication, verdict: Verification) -> tuple[str, ...]:
        desired, scopes = self.desired, remote.scopes
        if scopes is None and self.stored and self.stored.client_id == remote.client_id:
            scopes = frozenset(self.stored.scopes)
        looks = {
            "its callback": desired.callback not in remote.callback.split(),
            # without an API to change it: a new name is not worth a new application, and a new sign-in for everyone
            "its name": remote.kind == "user" and remote.name != desired.name,
            "its scopes": verdict is Verification.WRONG_SCOPES or (scopes is not None and scopes != set(desired.scopes)),
            "it is not confidential": not remote.confidential,
        }
        return tuple(name for name, differs in looks.items() if differs)

    @contextlib.contextmanager
    def applied(self, plan: Plan) -> Iterator[Application]:
        """Apply the plan; the block stores the result. If the block fails, a new application is deleted, otherwise the
        one it replaces."""
        if changed := self._changed(plan):
            yield changed
            return
        with self._created(plan.kind) as created:
            yield created
        if plan.remote:
            self._delete_replaced(plan.remote)

    def _changed(self, plan: Plan) -> Application | None:
        """The existing application with its changes applied; None if the plan needs a new one."""
        remote = plan.remote
        if plan.action == "renew" and remote:
            changed = self.application(remote.client_id, self.gitlab.renew_secret(remote.id), remote.id, remote.kind)
            if self.verify(changed) is not Verification.VALID:
                raise StackError("GitLab renewed the secret but rejects it.", "Run this again.")
            return changed
        if plan.action not in ("keep", "update") or not self.stored:
            return None
        if remote is None:
            return self.application(self.stored.client_id, self.stored.client_secret, self.stored.id, self.stored.kind)
        if plan.action == "update":
            self.gitlab.update(remote.id, self.desired.name, self.desired.scopes)
        return self.application(remote.client_id, self.stored.client_secret, remote.id, remote.kind)

    @contextlib.contextmanager
    def _created(self, kind: Kind) -> Iterator[Application]:
        """Create and verify an application; delete it if the block or the verification fails."""
        before = {item.id for item in self.gitlab.applications(kind)}
        try:
            remote = self.gitlab.create(kind, self.desired.name, self.desired.callback, self.desired.scopes)
            if remote.secret is None:
                raise StackError("GitLab created an application but did not return its secret.", "Run this again.")
            new = self.application(remote.client_id, remote.secret, remote.id, kind)
            if (verdict := self.verify(new)) is not Verification.VALID:
                raise StackError(f"GitLab created an application, but {verdict.value}.", "Run this again.")
            yield new
        except BaseException:
            self._delete_new(kind, before)
            raise

    def _delete_new(self, kind: Kind, before: set[int]) -> None:
        """Delete what was created since `before`, also if GitLab's answer was lost."""
        desired = self.desired
        try:
            for item in self.gitlab.applications(kind):
                if item.id not in before and (item.name, item.callback) == (desired.name, desired.callback):
                    self.gitlab.delete(kind, item.id)
        except StackError as error:
            console.warn(f"An application {desired.name!r} may be left at GitLab: {error.message}")
            console.say(f"  See {page(self.settings, kind)}, or run this again: it is remote, and used.")

    def _delete_replaced(self, replaced: RemoteApplication) -> None:
        try:
            self.gitlab.delete(replaced.kind, replaced.id)
        except StackError as error:
            console.warn(f"The replaced application (id {replaced.id}) is still at GitLab: {error.message}")
            console.say(f"  Delete it on {page(self.settings, replaced.kind)}")

    def application(
        self, client_id: str, secret: SecretStr, number: int | None, kind: Literal["instance", "user", "manual"]
    ) -> Application:
        """An application to store, with the name, callback and scopes of the settings."""
        now, stored, desired = datetime.now(timezone.utc).replace(microsecond=0), self.stored, self.desired
        return Application(
            client_id=client_id,
            client_secret=secret,
            accounts=self.accounts,
            url=self.settings.gitlab_url,
            id=number,
            kind=kind,
            name=desired.name,
            callback=desired.callback,
            scopes=desired.scopes,
            created=stored.created if stored and stored.client_id == client_id else now,
            renewed=stored.renewed if stored and stored.client_secret == secret else now,
        )


def page(settings: Settings, kind: str) -> str:
    """GitLab's page for an application: https://docs.gitlab.com/integration/oauth_provider/"""
    return settings.gitlab_url + ("/admin/applications" if kind == "instance" else "/-/user_settings/applications")
