"""Check groups about the stack."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from contract import users as user_ids
from stackctl.checkout import lock
from stackctl.checkout import secrets as secret_store
from stackctl.doctor.checks.stack import checkout as checkout_checks
from stackctl.doctor.checks.stack import gitlab, groups, secret_files
from stackctl.doctor.checks.stack import images as image_checks
from stackctl.doctor.checks.stack import servers as server_checks
from stackctl.doctor.checks.stack import services as service_checks
from stackctl.doctor.checks.stack import volumes as volume_checks
from stackctl.errors import NotRunningError, StackError
from stackctl.gitlab.token import TokenSource
from stackctl.stack import Stack
from stackctl.stack import accounts as hub_accounts
from stackctl.stack.plan import ServiceState, service_changes
from stackctl.stack.proxy_api import ProxyAPI
from stackctl.ui.check import Check


def changes(stack: Stack) -> Iterator[Check]:
    """Whether another command is changing the stack, or was interrupted."""
    if not (last := lock.last(stack.folder)):
        return
    holder, runs = last
    if runs:
        message = f"Another command is changing this stack: {holder}. Results below may be incomplete."
        yield Check("warn", message, "Run this again later.")
    else:
        yield Check("warn", f"{holder} was interrupted.", "Run that command again to finish its work.")


def checkout(stack: Stack) -> Iterator[Check]:
    """Whether the stack of this name was started from this checkout, and whether containers can read what is mounted."""
    yield checkout_checks.check(stack.name, stack.root, stack.services.checkouts())
    yield from checkout_checks.unreadable(stack.root)


def secrets(stack: Stack) -> Iterator[Check]:
    """Who can read the files in .stack, and others with a password in them."""
    entries = [*secret_store.entries(stack.root), *secret_store.files_with_password(stack.root)]
    yield from secret_files.check(entries, stack.root.stat().st_uid)


def sign_in(stack: Stack) -> Iterator[Check]:
    """Whether people can sign in with GitLab."""
    if stack.settings.stack_auth == "gitlab":
        yield from gitlab.check(stack.root, stack.settings, TokenSource(stack.root, stack.settings).find())


def services(stack: Stack) -> Iterator[Check]:
    """Whether each service is running and healthy, with the current settings and image."""
    containers = stack.services.all()
    if not containers:
        yield Check("warn", "The stack is not running; many checks need a running stack.", "stackctl up")
        return
    images = stack.compose.images()
    yield from service_checks.check(sorted(images), containers, lambda container: stack.engine.log(container, 10))
    states = {item.service: replace(ServiceState.of(item), connected=True) for item in containers}
    ids = {name: stack.engine.image_id(image) for name, image in images.items()}
    yield from service_checks.changes(service_changes(states, stack.compose.hashes(), ids))


def sign_in_page(stack: Stack) -> Iterator[Check]:
    """Whether the sign-in page is shown, through nginx, proxy and hub. The group Services reports those that are not up."""
    if not stack.services.up("nginx", "proxy", "hub"):
        return
    if problem := stack.readiness.problem():
        yield Check("fail", f"{problem}.", "See: stackctl logs nginx")
    else:
        yield Check("ok", "The sign-in page works.")


def images(stack: Stack) -> Iterator[Check]:
    """Whether the images that people may choose are on this server, and work."""
    offered, cache = stack.catalogue.offered, stack.image_cache
    if cache.published:
        published = {name: stack.engine.has_image(image_id) for name, image_id in cache.published.items()}
        ids = {item.name: stack.engine.image_id(item.reference) for item in offered}
        verdicts = {name: cache.verdicts[image_id] for name, image_id in ids.items() if image_id in cache.verdicts}
        refused = {name: verdict.reason for name, verdict in verdicts.items() if verdict.reason}
        yield from image_checks.check([item.name for item in offered], published, refused)


def servers(stack: Stack) -> Iterator[Check]:
    """Whether hub, Docker and proxy agree on which notebook servers there are."""
    hub = proxy = None
    with contextlib.suppress(StackError):
        hub = server_checks.in_hub(stack.hub().users())
    with contextlib.suppress(StackError):
        proxy = server_checks.in_proxy(ProxyAPI(stack.engine, stack.services.running("proxy").id).routes())
    if hub is not None or proxy is not None:
        yield from server_checks.check(stack.engine.servers(stack.name), hub, proxy)
    elif stack.services.up("hub", "proxy"):
        yield Check("warn", "Notebook servers were not checked: neither hub nor proxy answers.", "See Services.")


def empty_groups(stack: Stack) -> Iterator[Check]:
    """A warning for each group of the catalogue that nobody is in. Raises NotRunningError without a hub."""
    offered = [(item.name, item.groups) for item in (*stack.catalogue.offered, *stack.catalogue.sizes)]
    if any(names for _, names in offered):
        yield from groups.check(offered, stack.hub().groups(), stack.settings.stack_auth)


def groups_of_the_catalogue(stack: Stack) -> Iterator[Check]:
    """The same, without a hub too: the group Services reports that."""
    with contextlib.suppress(NotRunningError):
        yield from empty_groups(stack)


def volumes(stack: Stack) -> Iterator[Check]:
    """The owners of volumes; volumes of people who have no account any more."""
    engine, image = stack.engine, f"{stack.name}-hub"
    users = engine.user_volumes(stack.name)
    writable = {item.volume(stack.name) for item in stack.settings.shared if not item.read_only}
    shared = writable & {*engine.shared_volumes(stack.name)}
    expected = dict.fromkeys([*users, *shared], user_ids.NOTEBOOK) | dict.fromkeys(
        engine.service_volumes(stack.name), user_ids.SERVICE
    )
    if expected and (image_id := engine.image_id(image)):
        yield from volume_checks.owners(engine.owners(stack.name, image_id, list(expected)), expected, image)
    with contextlib.suppress(NotRunningError):
        yield from volume_checks.ownerless(users, {hub_accounts.owner(user) for user in stack.hub().users()})
