"""`stackctl up`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.doctor import preflight
from stackctl.doctor.groups.stack import empty_groups
from stackctl.errors import explain_interrupt
from stackctl.stack import Stack
from stackctl.stack.services import STARTED
from stackctl.stack.up import report
from stackctl.stack.up.docker import InstallDocker
from stackctl.stack.up.images import BuildImages, CheckImages, Publish, PullImages
from stackctl.stack.up.server import RaiseWatchLimit
from stackctl.stack.up.services import (
    ChangeOwners,
    ConnectServers,
    CreateAdmin,
    CreateSharedVolumes,
    InstallCertificate,
    StartServices,
    WaitUntilReady,
)
from stackctl.stack.up.step import Step, plan, run
from stackctl.ui import console

EXAMPLES = """
stackctl up              set up what is missing and start the stack
sudo stackctl up --yes   the same on a fresh server, Docker included, without a question
stackctl up --dry-run    only print what it would do
"""


def up(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Install what is missing without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and stop.")] = False,
) -> None:
    """Set up what is missing, start the stack, and print its address. Run again, it changes only what differs."""
    stack = Stack.load()
    docker = InstallDocker(yes)

    preflight.check(stack, before="docker")
    if dry_run and (todo := docker.todo()):
        report.plan([*todo, "make the base image, build the images, start the services"])
        return
    run([docker])
    preflight.check(stack, before="start")
    stack.former_owners.check()
    starting, started = _steps(stack, docker)
    if dry_run:
        report.plan(plan([*starting, *started]))
        return
    changed = run(starting)
    with explain_interrupt(STARTED):
        changed |= run(started)
    for finding in empty_groups(stack):
        console.warn(f"{finding.message} {finding.fix}")
    report.result(stack, changed=changed)


def _steps(stack: Stack, docker: InstallDocker) -> tuple[list[Step], list[Step]]:
    """What `up` does to a stack, in order: until the services are started, and then."""
    pull = PullImages(stack)
    build = BuildImages(stack, try_docker=docker.started)
    check = CheckImages(stack, pull)
    start = StartServices(stack, build)
    return [RaiseWatchLimit(), pull, build, check, CreateSharedVolumes(stack), ChangeOwners(stack), start], [
        ConnectServers(stack),
        InstallCertificate(stack),
        Publish(stack, build, check),
        WaitUntilReady(stack, start),
        CreateAdmin(stack),
    ]
