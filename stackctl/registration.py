"""Making the application at GitLab what the settings ask for: what is there, what is to do, and doing it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal

from pydantic import SecretStr

from stackctl import console, gitlab_oauth
from stackctl.application import Application, Wanted
from stackctl.errors import CheckFailedError, StackError
from stackctl.gitlab import GitLab, Kind, RefusedError, Registered, TokenOwner
from stackctl.gitlab_oauth import Proof
from stackctl.settings import Settings

OWNERS = {"instance": "for all of this GitLab", "user": "in the token's owner's name"}
SIGN_IN_AGAIN = "everybody signs in again, and notebooks that run go on"


@dataclass(frozen=True)
class Plan:
    """What is to do at GitLab, and why. `found`: the application that is there."""

    action: Literal["keep", "create", "update", "renew", "replace"]
    kind: Kind
    found: Registered | None = None
    reasons: tuple[str, ...] = ()

    def step(self, wanted: Wanted) -> str:
        """For a person; "" when there is nothing to do."""
        why = " and ".join(self.reasons)
        return {
            "keep": "",
            "create": f"make the application {wanted.name!r} {OWNERS[self.kind]}: "
            f"callback {wanted.callback}, scopes {' '.join(wanted.scopes)}",
            "update": f"change the application {wanted.name!r}: {why}",
            "renew": f"renew the application's secret: {why}",
            "replace": f"make another application in place of the one that is there ({SIGN_IN_AGAIN}): {why}",
        }[self.action]


@dataclass(frozen=True)
class Registration:
    """The application of `settings` at `gitlab`. `stored`: what is kept of one, None for none that counts.

    `accounts`: see Application. Everything here raises StackError when GitLab refuses or does not answer.
    """

    gitlab: GitLab
    settings: Settings
    stored: Application | None
    accounts: str

    @property
    def wanted(self) -> Wanted:
        return Wanted.by(self.settings)

    def kind(self, owner: TokenOwner) -> Kind | None:
        """Whose application this token can make, None for nobody's. Raises CheckFailedError when it lacks a scope."""
        if owner.scopes is not None and "api" not in owner.scopes:
            has = ", ".join(sorted(owner.scopes)) or "none"
            raise CheckFailedError(f"The token of {owner.username} may not do this: its scopes are {has}.", "api is needed.")
        if not owner.is_admin:
            return "user" if self.gitlab.has_user_applications() else None
        try:
            self.gitlab.applications("instance")
        except RefusedError as error:
            if error.status != 403:
                raise
            reason = f"{owner.username} is an administrator, and this token may not act as one: Admin Mode is on."
            raise CheckFailedError(reason, "Make one with the scopes api and admin_mode.") from error
        return "instance"

    def plan(self, kind: Kind, version: str) -> Plan:
        """What is to do. Raises CheckFailedError when the application needs a change that this token cannot make."""
        found = self._find(kind)
        proof = self.proof(self.stored) if self.stored else Proof.WRONG_SECRET
        if found is None:
            return self._plan_without(kind, proof)
        mine = self.stored is not None and self.stored.client_id == found.client_id
        proof = proof if mine else Proof.WRONG_SECRET
        reasons = self._differences(found, proof)
        if reasons:
            small = found.kind == "user" and set(reasons) <= {"its name", "its scopes"} and proof is not Proof.WRONG_SECRET
            return Plan("update" if small else "replace", found.kind, found, reasons)
        if proof is Proof.WRONG_SECRET:
            why = "the secret kept here is not in force" if mine else "its secret is not kept here"
            return Plan("renew" if found.renewable(version) else "replace", found.kind, found, (why,))
        return Plan("keep", found.kind, found)

    def proof(self, application: Application) -> Proof:
        """What GitLab says of what is kept of an application."""
        client = application.client_id, application.client_secret
        return gitlab_oauth.prove(self.gitlab.session, *client, self.wanted.scopes)

    def _plan_without(self, kind: Kind, proof: Proof) -> Plan:
        """The plan when the token's owner does not see an application."""
        if self.stored is None or proof is Proof.WRONG_SECRET:
            return Plan("create", kind)
        different = [item for item in self.stored.differences(self.settings) if item != "GITLAB_URL"]
        if not different and proof is Proof.PROVEN:
            return Plan("keep", kind)
        what = " and ".join(different or ["the scopes"])
        raise CheckFailedError(
            f"The application needs a change ({what}), and is not this token's to change.",
            "Use the token that made it; or change it on GitLab's page, then: stackctl gitlab register --manual",
        )

    def _find(self, kind: Kind) -> Registered | None:
        """This stack's application: by the id that is kept, else by name and callback."""
        kinds = [kind]
        if kind == "instance" and self.stored and self.stored.kind == "user" and self.gitlab.has_user_applications():
            kinds.append("user")
        seen = [item for each in kinds for item in self.gitlab.applications(each)]
        if self.stored:
            for item in seen:
                if item.client_id == self.stored.client_id:
                    return item
        wanted = self.wanted
        return next((item for item in seen if (item.name, item.callback) == (wanted.name, wanted.callback)), None)

    def _differences(self, found: Registered, proof: Proof) -> tuple[str, ...]:
        wanted, scopes = self.wanted, found.scopes
        if scopes is None and self.stored and self.stored.client_id == found.client_id:
            scopes = frozenset(self.stored.scopes)
        looks = {
            "its callback": wanted.callback not in found.callback.split(),
            # without an API to change it, a name alone is not worth a new application, and everybody's sign-in
            "its name": found.kind == "user" and found.name != wanted.name,
            "its scopes": proof is Proof.WRONG_SCOPES or (scopes is not None and scopes != set(wanted.scopes)),
            "it is not confidential": not found.confidential,
        }
        return tuple(name for name, differs in looks.items() if differs)

    @contextlib.contextmanager
    def carried_out(self, plan: Plan) -> Iterator[Application]:
        """Do what is to do, and have the result kept in the block. When that fails, a new application is deleted again;
        when it does not, the former one is."""
        if known := self._changed(plan):
            yield known
            return
        with self._made(plan.kind) as made:
            yield made
        if plan.found:
            self._delete_former(plan.found)

    def _changed(self, plan: Plan) -> Application | None:
        """The application that is there, as it is now to be; None when it takes a new one."""
        found = plan.found
        if plan.action == "renew" and found:
            changed = self.application(found.client_id, self.gitlab.renew_secret(found.id), found.id, found.kind)
            if self.proof(changed) is not Proof.PROVEN:
                raise StackError("GitLab has given a new secret, and does not take it.", "Run this again.")
            return changed
        if plan.action not in ("keep", "update") or not self.stored:
            return None
        if found is None:
            return self.application(self.stored.client_id, self.stored.client_secret, self.stored.id, self.stored.kind)
        if plan.action == "update":
            self.gitlab.update(found.id, self.wanted.name, self.wanted.scopes)
        return self.application(found.client_id, self.stored.client_secret, found.id, found.kind)

    @contextlib.contextmanager
    def _made(self, kind: Kind) -> Iterator[Application]:
        """A new application that has been proven; deleted again when the block, or the proof, fails."""
        before = {item.id for item in self.gitlab.applications(kind)}
        try:
            made = self.gitlab.create(kind, self.wanted.name, self.wanted.callback, self.wanted.scopes)
            if made.secret is None:
                raise StackError("GitLab has made an application, and does not show its secret.", "Run this again.")
            new = self.application(made.client_id, made.secret, made.id, kind)
            if (proof := self.proof(new)) is not Proof.PROVEN:
                raise StackError(f"GitLab has made an application, and then: {proof.value}.", "Run this again.")
            yield new
        except BaseException:
            self._delete_new(kind, before)
            raise

    def _delete_new(self, kind: Kind, before: set[int]) -> None:
        """Delete what was made since, also when GitLab's answer to that never came."""
        wanted = self.wanted
        try:
            for item in self.gitlab.applications(kind):
                if item.id not in before and (item.name, item.callback) == (wanted.name, wanted.callback):
                    self.gitlab.delete(kind, item.id)
        except StackError as error:
            console.warn(f"An application {wanted.name!r} may be left at GitLab, for this failed: {error.message}")
            console.say(f"  See {page(self.settings, kind)}, or run this again: it is found, and used.")

    def _delete_former(self, former: Registered) -> None:
        try:
            self.gitlab.delete(former.kind, former.id)
        except StackError as error:
            console.warn(f"The former application, number {former.id}, is still at GitLab: {error.message}")
            console.say(f"  Delete it on {page(self.settings, former.kind)}")

    def application(
        self, client_id: str, secret: SecretStr, number: int | None, kind: Literal["instance", "user", "manual"]
    ) -> Application:
        """What is to be kept of an application that is as the settings want it."""
        now, stored, wanted = datetime.now(timezone.utc).replace(microsecond=0), self.stored, self.wanted
        return Application(
            client_id=client_id,
            client_secret=secret,
            accounts=self.accounts,
            url=self.settings.gitlab_url,
            id=number,
            kind=kind,
            name=wanted.name,
            callback=wanted.callback,
            scopes=wanted.scopes,
            created=stored.created if stored and stored.client_id == client_id else now,
            renewed=stored.renewed if stored and stored.client_secret == secret else now,
        )


def page(settings: Settings, kind: str) -> str:
    """Where GitLab shows an application: https://docs.gitlab.com/integration/oauth_provider/"""
    return settings.gitlab_url + ("/admin/applications" if kind == "instance" else "/-/user_settings/applications")
