"""`stackctl up`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import accounts, base_image, console, host
from stackctl.build import follow
from stackctl.checks import ports
from stackctl.compose import check_versions
from stackctl.errors import CheckFailedError
from stackctl.plan import CONFIG_HASH, Seen, missing_images, service_changes
from stackctl.stack import Stack

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
    if not _docker(yes, dry_run):
        return
    check_versions(stack.engine.version["Version"])
    _port(stack)
    images = stack.compose.images()
    if dry_run:
        _say_plan(stack, images)
        return

    base_image.ensure(stack.engine, stack.settings)
    if missing := missing_images(images, filter(stack.engine.has_image, images.values())):
        console.say(f"Building {', '.join(missing)}: some minutes the first time.")
    former = _ids(stack, images)
    follow(stack.compose.build())
    if missing:
        console.done("Images built.")
    changes = _changes(stack, images)
    if changes:
        for service, what in changes.items():
            console.say(f"  {service}: {what}")
        with console.talk.status("starting the services"):
            stack.compose.up()
    with console.talk.status("waiting for the hub"):
        stack.wait_until_ready()
    if "proxy" in changes:
        stack.hub().check_routes()
    accounts.ensure_admin(stack)
    built = [name for name, image_id in _ids(stack, images).items() if image_id != former[name]]
    if notebooks := sorted(set(built) - set(stack.compose.services())):
        console.done(f"New notebook image: {', '.join(notebooks)}. A server that runs has it from its next start on.")
    _report(stack, changed=bool(changes or built))


def _docker(yes: bool, dry_run: bool) -> bool:
    """Have a Docker Engine that answers. False when it would have to be installed or started, and this is a dry run."""
    if not host.docker_is_installed():
        where = host.distribution()
        source = f" from {where.suite}" if where.suite else ""
        console.say(f"Docker is not on this machine. To install ({where.name}{source}): {', '.join(where.packages)}")
        if dry_run:
            console.say("Then: make the base image, build the images, start the services.")
            return False
        if not yes:
            console.confirm("Install them?", flag="--yes")
        host.install_docker(where)
        console.done("Docker installed.")
    if host.engine_state():
        if dry_run:
            console.say("Docker is installed but does not answer. To do: start it, then everything else.")
            return False
        host.start_docker()
        console.done("Docker started.")
    if user := host.join_docker_group():
        console.say(f"{user} is in the group docker now. It takes a new sign-in before {user} can use Docker without sudo.")
    return True


def _port(stack: Stack) -> None:
    """Raises CheckFailedError when somebody else has the port."""
    port = stack.settings.stack_http_port
    holder = stack.engine.publisher(port)
    if holder == f"{stack.name}-nginx-1":
        return
    if holder:
        raise CheckFailedError(
            f"Port {port} is in use by the container {holder}.", "Stop it, or set STACK_HTTP_PORT to another port in .env."
        )
    found = ports.check("127.0.0.1", port, "STACK_HTTP_PORT")
    if found.level == "fail":
        raise CheckFailedError(found.message, found.fix)


def _say_plan(stack: Stack, images: dict[str, str]) -> None:
    steps = []
    if not stack.engine.has_image(stack.settings.stack_base_image):
        steps.append(f"pull or make the base image {stack.settings.stack_base_image}")
    missing = missing_images(images, filter(stack.engine.has_image, images.values()))
    steps += [f"build {image}" for image in missing]
    steps += [f"{service}: {what}" for service, what in _changes(stack, images).items()]
    if not steps:
        console.say("Nothing to do, unless the images' files have changed: then they are rebuilt.")
    for step in steps:
        console.say(f"would {step}" if ":" not in step else f"would change {step}")


def _changes(stack: Stack, images: dict[str, str]) -> dict[str, str]:
    containers = stack.engine.services(stack.name)
    seen = {item.service: Seen(item.state, item.image_id, item.labels.get(CONFIG_HASH, "")) for item in containers}
    return service_changes(seen, stack.compose.hashes(), _ids(stack, images))


def _ids(stack: Stack, images: dict[str, str]) -> dict[str, str]:
    return {service: stack.engine.image_id(image) for service, image in images.items()}


def _report(stack: Stack, *, changed: bool) -> None:
    port = stack.settings.stack_http_port
    console.done(f"{'' if changed else 'Nothing to change. '}The stack is running: {stack.url}")
    if stack.admin_password.exists():
        console.say(f"  Sign in as admin; the password is in {stack.admin_password.relative_to(stack.root)}")
    tunnel = f"ssh -L {port}:127.0.0.1:{port} THIS-SERVER"
    console.say(f"  It listens on this machine only. From yours: {tunnel}, then open that address.")
    console.say("  Next: stackctl users add NAME, stackctl status")
