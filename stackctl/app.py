"""The command tree, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from stackctl import __version__, console, lock, project, secrets, settings, state
from stackctl.commands import audit, build, config, doctor, down, groups, init, logs, restart, status, up, users
from stackctl.commands.gitlab import check, register, revoke, rotate, show
from stackctl.commands.images import add, load, pull, remove, save, sbom, search, verify
from stackctl.commands.images import build as images_build
from stackctl.commands.images import check as images_check
from stackctl.commands.images import list as images_list
from stackctl.commands.images import lock as images_lock
from stackctl.commands.images import prune as images_prune
from stackctl.errors import FULL, GOES_ON, Exit, StackError, disk_full

OPTIONS: dict[str, Any] = {
    "no_args_is_help": True,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
EXAMPLES = """
sudo stackctl up --yes     set up everything on a fresh server and start the stack
stackctl users add alice   let somebody in
stackctl gitlab register   let people in by their GitLab accounts
stackctl status            what runs, and who uses it
"""


class ExamplesFirst:
    """Help that begins with its examples, which stand in the epilog."""

    epilog: str | None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write("Examples:\n")
        for line in (self.epilog or "").strip().splitlines():
            formatter.write(f"  {line.strip()}\n")
        formatter.write("\n")
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Shown first, by format_help."""


class Group(ExamplesFirst, TyperGroup):
    """Commands, with examples."""


class Shown(Group):
    """Commands of which `show` is what the group's name means by itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        alone = not args or (args[0].startswith("-") and args[0] not in ("-h", "--help"))
        return super().parse_args(ctx, ["show", *args] if alone else args)


class Command(ExamplesFirst, TyperCommand):
    """A command with examples, whose errors are for a person."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return self.carry_out(ctx)
        except KeyboardInterrupt as stopped:
            console.say(" ".join(["\nStopped.", *map(str, stopped.args or [GOES_ON])]))
            raise typer.Exit(Exit.INTERRUPTED) from None
        except StackError as error:
            if debugging(ctx):
                raise
            console.fail(error)
            raise typer.Exit(error.code) from None
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except Exception as error:
            if debugging(ctx):
                raise
            hint = "This is a mistake in stackctl. See more: stackctl --debug …"
            mistake = StackError(f"{type(error).__name__}: {error}", hint)
            console.fail(disk_full() if FULL in str(error).lower() else mistake)
            raise typer.Exit(Exit.FAILED) from None

    def carry_out(self, ctx: typer.Context) -> Any:
        """Do what the command is for."""
        return super().invoke(ctx)


class Changing(Command):
    """A command that changes something of the stack's, as no other does meanwhile. `--dry-run` changes nothing."""

    def carry_out(self, ctx: typer.Context) -> Any:
        if ctx.params.get("dry_run"):
            return super().carry_out(ctx)
        root = project.root()
        folder = secrets.folder(root, settings.name(root))
        with lock.held(folder, ctx.command_path):
            state.check(folder)
            state.mark(folder)
            return super().carry_out(ctx)


app = typer.Typer(cls=Group, epilog=EXAMPLES, **OPTIONS)


def debugging(ctx: typer.Context) -> bool:
    """Whether --debug was given."""
    return bool(ctx.find_root().params.get("debug"))


@app.callback()
def stackctl(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")] = False,  # noqa: ARG001
) -> None:
    """A JupyterHub for a team on one server, in one command. Start with: stackctl up"""
    if version:
        print(f"stackctl {__version__}")
        raise typer.Exit


app.command("init", cls=Changing, epilog=init.EXAMPLES)(init.init)
app.command("up", cls=Changing, epilog=up.EXAMPLES)(up.up)
app.command("down", cls=Changing, epilog=down.EXAMPLES)(down.down)
app.command("restart", cls=Changing, epilog=restart.EXAMPLES)(restart.restart)
app.command("status", cls=Command, epilog=status.EXAMPLES)(status.status)
app.command("doctor", cls=Command, epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("audit", cls=Command, epilog=audit.EXAMPLES)(audit.audit)
app.command("logs", cls=Command, epilog=logs.EXAMPLES)(logs.logs)
app.command("build", cls=Changing, epilog=build.EXAMPLES)(build.build)

values = typer.Typer(cls=Shown, epilog=config.EXAMPLES, help="The settings: show, set, unset.", **OPTIONS)
values.command("show", cls=Command, epilog=config.SHOW_EXAMPLES)(config.show)
values.command("set", cls=Changing, epilog=config.SET_EXAMPLES)(config.set_)
values.command("unset", cls=Changing, epilog=config.UNSET_EXAMPLES)(config.unset)
app.add_typer(values, name="config")

accounts = typer.Typer(
    cls=Group,
    epilog=users.ADD_EXAMPLES,
    help="Who can sign in: list, remove; and with STACK_AUTH=local add, passwd.",
    **OPTIONS,
)
accounts.command("list", cls=Command, epilog=users.LIST_EXAMPLES)(users.list_users)
accounts.command("add", cls=Changing, epilog=users.ADD_EXAMPLES)(users.add)
accounts.command("remove", cls=Changing, epilog=users.REMOVE_EXAMPLES)(users.remove)
accounts.command("passwd", cls=Changing, epilog=users.PASSWD_EXAMPLES)(users.passwd)
app.add_typer(accounts, name="users")

people = typer.Typer(cls=Group, epilog=groups.ADD_EXAMPLES, help="Who is in which group: list, add, remove.", **OPTIONS)
people.command("list", cls=Command, epilog=groups.LIST_EXAMPLES)(groups.list_groups)
people.command("add", cls=Changing, epilog=groups.ADD_EXAMPLES)(groups.add)
people.command("remove", cls=Changing, epilog=groups.REMOVE_EXAMPLES)(groups.remove)
app.add_typer(people, name="groups")

gitlab = typer.Typer(
    cls=Group, epilog=register.EXAMPLES, help="Sign-in with GitLab: register, check, show, rotate, revoke.", **OPTIONS
)
gitlab.command("register", cls=Changing, epilog=register.EXAMPLES)(register.register)
gitlab.command("check", cls=Command, epilog=check.EXAMPLES)(check.check)
gitlab.command("show", cls=Command, epilog=show.EXAMPLES)(show.show)
gitlab.command("rotate", cls=Changing, epilog=rotate.EXAMPLES)(rotate.rotate)
gitlab.command("revoke", cls=Changing, epilog=revoke.EXAMPLES)(revoke.revoke)
app.add_typer(gitlab, name="gitlab")

images = typer.Typer(cls=Group, epilog=images_list.EXAMPLES, help="The notebook images that people choose from.", **OPTIONS)
images.command("list", cls=Command, epilog=images_list.EXAMPLES)(images_list.list_images)
images.command("build", cls=Changing, epilog=images_build.EXAMPLES)(images_build.build)
images.command("check", cls=Changing, epilog=images_check.EXAMPLES)(images_check.check)
images.command("prune", cls=Changing, epilog=images_prune.EXAMPLES)(images_prune.prune)
images.command("sbom", cls=Command, epilog=sbom.EXAMPLES)(sbom.write_sbom)
images.command("save", cls=Changing, epilog=save.EXAMPLES)(save.save)
images.command("load", cls=Changing, epilog=load.EXAMPLES)(load.load)
images.command("pull", cls=Changing, epilog=pull.EXAMPLES)(pull.pull)
images.command("add", cls=Changing, epilog=add.EXAMPLES)(add.add)
images.command("remove", cls=Changing, epilog=remove.EXAMPLES)(remove.remove)
images.command("search", cls=Command, epilog=search.EXAMPLES)(search.search)
images.command("lock", cls=Changing, epilog=images_lock.EXAMPLES)(images_lock.lock)
images.command("verify", cls=Command, epilog=verify.EXAMPLES)(verify.verify)
app.add_typer(images, name="images")


def run() -> int:
    """Run stackctl on the command line's arguments; the exit code."""
    try:
        app(prog_name="stackctl")
    except SystemExit as end:
        return int(end.code or 0)
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        sys.stderr.close()
    return 0
