"""`stackctl up`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Annotated

import typer

from stackctl import accounts, base_image, console, host, machine, preflight, tls, topics, walls
from stackctl.build import build
from stackctl.catalogue import Image
from stackctl.errors import CheckFailedError, StackError, left_when_stopped
from stackctl.image_lock import Lock
from stackctl.loaded import Standing
from stackctl.offer import Offer, make
from stackctl.plan import CONFIG_HASH, Seen, service_changes
from stackctl.pull import not_here, pull
from stackctl.stack import STARTED, Stack

EXAMPLES = """
stackctl up              set up what is missing and start the stack
sudo stackctl up --yes   the same on a fresh server, Docker included, without a question
stackctl up --dry-run    only say what it would do
"""


def up(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Install what is missing without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")] = False,
) -> None:
    """Set up what is missing, start the stack, and print its address. Run again, it changes only what differs."""
    stack = Stack.load()
    preflight.check(stack, before="docker")
    if dry_run and (missing := _docker_missing()):
        console.say(f"Would do:\n  {missing}\n  make the base image, build the images, start the services")
        return
    offered = stack.catalogue.offered
    started = _ensure_docker(yes)
    preflight.check(stack, before="start")
    gpus = machine.gpus() if any(size.gpus for size in stack.catalogue.sizes) else ()
    lock = Lock.read(stack.root)
    images = stack.compose.images() | {
        item.name: item.reference for item in stack.catalogue.with_parents(offered) if item.folder
    }
    if dry_run:
        _say_plan(stack, images, not_here(stack.engine, lock, stack.catalogue))
        return

    unpulled = _pull(stack, lock)
    _build(stack, images, try_docker=started)
    offer = _look_at_images(stack, gpus, unpulled)
    changes = _changes(stack, stack.compose.images())
    if "walls" in changes and stack.settings.stack_isolation == "on":
        walls.check_kernel(stack.engine, stack.name)
    told, certified, mended = _start(stack, offer, changes)
    if "proxy" in changes:
        stack.hub().check_routes()
    if stack.settings.stack_auth == "local":
        accounts.ensure_admin(stack)
    if told:
        console.done(f"People can choose: {', '.join(offer.ids)}. A server that runs goes on as it is.")
    if certified:
        console.done(f"nginx has a new certificate for {stack.settings.stack_host}. Open connections go on.")
    for found in topics.empty_groups(stack):
        console.warn(f"{found.message} {found.fix}")
    _report(stack, changed=bool(changes or told or certified or mended))


def _build(stack: Stack, images: dict[str, str], *, try_docker: bool) -> None:
    """Build what is not as its files say, after what all stands on. `try_docker`: see whether Docker runs a container."""
    former = _ids(stack, images)
    standing = stack.standing(former)
    kept = standing.kept | stack.built.unchanged(former, stack.made_of)
    with _explained(standing):
        if to_build := former.keys() - kept:
            base_image.ensure(stack.engine, stack.settings)
        if try_docker:
            image = stack.settings.stack_base_image if to_build else former["hub"]
            stack.engine.once(image, ["true"], stack=stack.name)
            console.done("A container runs.")
        if unbuilt := sorted(name for name in to_build if not former[name]):
            console.say(f"Building {', '.join(unbuilt)}: some minutes the first time.")
        build(stack, stack.compose.services(), stack.catalogue.offered, kept)
    stack.built.note(_ids(stack, images), stack.made_of)
    if unbuilt:
        console.done("Images built.")


@left_when_stopped(STARTED)
def _start(stack: Stack, offer: Offer, changes: dict[str, str]) -> tuple[bool, bool, list[str]]:
    """Start what is to be changed, and wait for the hub.

    Whether the offer was news to it, the certificate to nginx; the volumes that were not there, and the notebook servers
    that were off their network.
    """
    for service, what in changes.items():
        console.say(f"  {service}: {what}")
    for name in (made := stack.make_shared()):
        console.say(f"  {name}: create (everybody's folder)")
    if changes:
        with console.Working("starting the services"):
            stack.start()
    for name in (connected := stack.connect_servers()):
        console.say(f"  {name}: connect (it was off its network)")
    certified = stack.bring_certificate()
    told = stack.tell(offer)
    stack.known.told = offer.ids
    stack.known.save()
    with console.Working("waiting for the hub"):
        stack.wait_until_ready()
    return told, certified, [*made, *connected]


@contextlib.contextmanager
def _explained(standing: Standing) -> Iterator[None]:
    """Where what was loaded has to be built after all, and that fails, say why it is built."""
    try:
        yield
    except StackError as error:
        if not standing.changed:
            raise
        raise StackError(
            f"{', '.join(standing.changed)} was changed here since it was saved, and cannot be built here: {error.message}",
            "Unpack the archive's files again (tar xf FILE); or change them where there is a network, and save again there.",
            detail=error.detail,
        ) from error


def _pull(stack: Stack, lock: Lock) -> dict[str, StackError]:
    """Pull what people are offered, is not built here, and is missing. What could not be pulled, by name."""
    images = not_here(stack.engine, lock, stack.catalogue)
    if images:
        console.say(f"Pulling {', '.join(image.reference for image in images)}")
    failed = pull(stack.engine, lock, images)
    if pulled := [image.name for image in images if image.name not in failed]:
        console.done(f"Images pulled: {', '.join(pulled)}")
    return failed


@left_when_stopped()
def _look_at_images(stack: Stack, gpus: tuple[str, ...], unpulled: dict[str, StackError]) -> Offer:
    """Find out which images are fit; `unpulled`: which could not be pulled. Raises CheckFailedError when none is fit."""
    with console.Working("trying the notebook images"):
        offer = make(stack.engine, stack.catalogue, stack.known, gpus)
    for name, reason in (dict.fromkeys(unpulled, "") | offer.refused).items():
        kept = "People have its former build." if name in offer.ids else "Nobody can choose it."
        if name in unpulled:
            kept = "People have the former one." if name in offer.ids else kept
            console.warn(f"The image {name} could not be pulled: {unpulled[name].message} {kept}")
            console.say(f"  {unpulled[name].hint}")
        else:
            console.warn(f"The image {name} cannot be used: {reason}. {kept} More: stackctl images check {name}")
    stack.known.save()
    if not offer.ids:
        raise CheckFailedError("There is no notebook image that people could use.", "See: stackctl images list")
    return offer


def _docker_missing() -> str:
    """What would be done to have a Docker Engine that answers; "" when there is one."""
    if not host.docker_is_installed():
        where = host.distribution()
        source = f" from {where.suite}" if where.suite else ""
        return f"install Docker ({where.name}{source}): {', '.join(where.packages)}"
    return "start Docker" if host.engine_state() else ""


def _ensure_docker(yes: bool) -> bool:
    """Have a Docker Engine that answers. Whether it had to be installed or started."""
    missing = _docker_missing()
    if not missing:
        return False
    host.need_root(missing)
    if not host.docker_is_installed():
        console.say(f"Docker is not on this machine. To do: {missing}")
        if not yes:
            console.confirm("Install it?", flag="--yes")
        host.install_docker(host.distribution())
        console.done("Docker installed.")
        if user := host.join_docker_group():
            console.say(f"  {user} is in the group docker now, and can use Docker without sudo after a new sign-in.")
    if host.engine_state():  # the package may have started it
        host.start_docker()
    console.done("Docker started.")
    return True


def _say_plan(stack: Stack, images: dict[str, str], unpulled: list[Image]) -> None:
    steps = []
    ids = _ids(stack, images)
    standing = stack.standing(ids)
    if ids.keys() - standing.kept and not stack.engine.has_image(stack.settings.stack_base_image):
        steps.append(f"pull or make the base image {stack.settings.stack_base_image}")
    steps += [f"pull {image.reference}" for image in unpulled]
    steps += [f"build {image}" for name, image in images.items() if not ids[name] and name not in standing.kept]
    steps += [f"build {images[name]}: it was changed here since it was saved" for name in standing.changed]
    steps += filter(None, [stack.certificate_todo()])
    steps += [f"{name}: create (everybody's folder)" for name in stack.engine.missing_volumes(stack.shared_volumes)]
    steps += [f"{service}: {what}" for service, what in _changes(stack, images).items()]
    steps += [f"{server.name}: connect (it is off its network)" for server in stack.cut_off()]
    if not steps:
        console.say("Nothing to do, unless the images' files have changed: then they are rebuilt.")
    else:
        console.say("\n  ".join(["Would do:", *steps]))


def _changes(stack: Stack, images: dict[str, str]) -> dict[str, str]:
    containers = stack.services()
    seen = {
        item.service: Seen(item.state, item.image_id, item.labels.get(CONFIG_HASH, ""), item.connected)
        for item in containers
    }
    return service_changes(seen, stack.compose.hashes(), _ids(stack, images))


def _ids(stack: Stack, images: dict[str, str]) -> dict[str, str]:
    return {service: stack.engine.image_id(image) for service, image in images.items()}


def _report(stack: Stack, *, changed: bool) -> None:
    console.done(f"{'' if changed else 'Nothing to change. '}The stack is running: {stack.url}")
    if stack.settings.stack_auth == "gitlab":
        console.say(f"  People sign in with their accounts at {stack.settings.gitlab_url}")
    elif stack.settings.stack_auth == "pam":
        groups = " or ".join(stack.settings.pam_groups)
        console.say(f"  People sign in with their accounts on this server; whoever is in {groups} may.")
    elif stack.settings.stack_auth == "local" and os.path.exists(stack.admin_password):  # False where this user may not look
        console.say(f"  Sign in as admin; the password is in {stack.admin_password.relative_to(stack.root)}")
    _say_how_to_get_there(stack)
    following = {"local": "stackctl users add NAME, ", "gitlab": "stackctl gitlab check, "}
    console.say(f"  Next: {following.get(stack.settings.stack_auth, '')}stackctl status")


def _say_how_to_get_there(stack: Stack) -> None:
    settings = stack.settings
    if not settings.stack_host:
        port = settings.stack_http_port
        tunnel = f"ssh -L {port}:127.0.0.1:{port} THIS-SERVER"
        console.say(f"  It listens on this machine only. From yours: {tunnel}, then open that address.")
    elif settings.stack_tls == "off":
        where = f"{settings.proxied_address}:{settings.stack_http_port}"
        console.say(f"  It listens on {where}, without TLS, for the proxy that has it: docs/tls.md says how to set that up.")
    elif settings.stack_tls == "selfsigned":
        file = tls.authority(stack.root, settings).certificate.relative_to(stack.root)
        console.say(f"  Browsers warn of its certificate until they trust the CA in {file}: docs/tls.md says how.")
