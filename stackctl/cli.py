"""What every command of stackctl has: examples, errors for a person, the lock; and groups that import what is asked for."""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from stackctl.errors import CONTINUE_HINT, DISK_FULL, Exit, StackError, disk_full
from stackctl.ui.command import typeable

HELP = {"help_option_names": ["-h", "--help"]}

UsageError: Any = typer.BadParameter.__base__
"""Click's, which typer does not export."""


class ExamplesFirst:
    """Help that begins with its examples, which are the epilog."""

    epilog: str | None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write("Examples:\n")
        for line in _examples((self.epilog or "").strip()):
            formatter.write(f"  {line}\n")
        formatter.write("\n")
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Shown first, by format_help."""


class Argument(TyperArgument):
    """An argument that help shows as NAME, [NAME] or [NAME]..., without a type."""

    def get_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002
        name = self.display_name_raw.strip("[].")
        return [(name if self.required else f"[{name}]") + ("..." if self.nargs != 1 else "")]

    def get_help_record(self, ctx: Any) -> tuple[str, str]:
        return self.get_usage_pieces(ctx)[0], self.help or ""


def with_plain_help(command: Any) -> Any:
    """`command`, whose help shows names of values, such as --title TITLE, and no types of Python."""
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            parameter.__class__ = Argument
        elif isinstance(parameter, TyperOption) and not parameter.is_flag and not parameter.metavar:
            parameter.metavar = parameter.opts[-1].lstrip("-").upper()
    return command


def _examples(text: str) -> Iterator[str]:
    """Commands with their comments, or, where a line is too long for the terminal, with the comments below them."""
    lines = [typeable(line.strip()) for line in text.splitlines()]
    width = shutil.get_terminal_size().columns - 2
    for line in lines:
        command, _, comment = line.partition("  ")
        if max(map(len, lines)) <= width:
            yield line
        else:
            yield command
            yield from textwrap.wrap(comment.strip(), width, initial_indent="    ", subsequent_indent="    ")


class Command(ExamplesFirst, TyperCommand):
    """A command with examples, whose errors are for a person."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        from stackctl.ui import console

        try:
            return self.carry_out(ctx)
        except KeyboardInterrupt as interrupt:
            console.say(" ".join(["\nStopped.", *map(str, interrupt.args or [CONTINUE_HINT])]))
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
            hint = "This is a bug in stackctl. See more: stackctl --debug …"
            bug = StackError(f"{type(error).__name__}: {error}", hint)
            console.fail(disk_full() if DISK_FULL in str(error).lower() else bug)
            raise typer.Exit(Exit.FAILED) from None

    def carry_out(self, ctx: typer.Context) -> Any:
        """Do what the command is for."""
        return super().invoke(ctx)


class Changing(Command):
    """A command that changes something of the stack's, while no other does. `--dry-run` changes nothing."""

    def carry_out(self, ctx: typer.Context) -> Any:
        if ctx.params.get("dry_run"):
            return super().carry_out(ctx)
        from stackctl import settings
        from stackctl.checkout import lock, secrets, state, worktree

        root = worktree.root()
        folder = secrets.folder(root, settings.stack_name(root))
        with lock.held(folder, ctx.command_path):
            state.check(folder)
            state.mark(folder)
            return super().carry_out(ctx)


@dataclass(frozen=True)
class Entry:
    """Where a command is: a function in a module, or a group, which is a module with EXAMPLES and a table COMMANDS."""

    module: str
    function: str = ""
    kind: type[Command] = Command
    default: str = ""
    """Of a group: the command that is meant where none is named."""

    @property
    def summary(self) -> str:
        """The first line of its docstring, read without importing anything: that would take a second for all commands."""
        spec = importlib.util.find_spec(self.module)
        tree = ast.parse(Path(str(spec and spec.origin)).read_text())
        functions = [item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == self.function]
        return (ast.get_docstring(functions[0] if functions else tree) or "").partition("\n")[0]

    def load(self, name: str) -> Any:
        """The command called `name`. A Ctrl-C meanwhile ends stackctl."""
        try:
            module = importlib.import_module(self.module)
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            raise typer.Exit(Exit.INTERRUPTED) from None
        gc.freeze()  # all that is imported stays; __main__ has switched the collector off
        gc.enable()
        if not self.function:
            named = {"name": name, "help": self.summary, "epilog": module.EXAMPLES}
            return Group(module.COMMANDS, self.default, **named)
        examples = getattr(module, f"{name.upper()}_EXAMPLES", None) or module.EXAMPLES
        app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        app.command(name, cls=self.kind, epilog=examples, context_settings=HELP)(getattr(module, self.function))
        return with_plain_help(get_command(app))


def reading(module: str, function: str) -> Entry:
    """A command that changes nothing."""
    return Entry(f"stackctl.commands.{module}", function)


def changing(module: str, function: str) -> Entry:
    """A command that changes the stack or the checkout, and so takes the lock."""
    return Entry(f"stackctl.commands.{module}", function, Changing)


def group(module: str, default: str = "") -> Entry:
    """A group of commands."""
    return Entry(f"stackctl.commands.{module}", default=default)


class Group(ExamplesFirst, TyperGroup):
    """Commands that are imported when they are named."""

    def __init__(self, table: Mapping[str, Entry], default: str = "", **attributes: Any) -> None:
        attributes |= {"rich_markup_mode": None, "no_args_is_help": True, "context_settings": HELP}
        super().__init__(**attributes)
        self.table = table
        self.default = default

    def main(self, *args: Any, **options: Any) -> Any:
        """Run a command and exit. Usage errors look like all others."""
        try:
            sys.exit(super().main(*args, **options | {"standalone_mode": False}) or Exit.DONE)
        except UsageError as error:
            if type(error).show is not UsageError.show:  # no command named: this prints the help
                error.show()
            else:
                _show_usage(error)
            sys.exit(Exit.USAGE)

    def list_commands(self, _: Any) -> list[str]:
        return list(self.table)

    def get_command(self, _: Any, cmd_name: str) -> Any:
        if cmd_name in self.table and cmd_name not in self.commands:
            self.commands[cmd_name] = self.table[cmd_name].load(cmd_name)
        return self.commands.get(cmd_name)

    def format_commands(self, _: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        alone = not args or (args[0].startswith("-") and args[0] not in ("-h", "--help"))
        return super().parse_args(ctx, [self.default, *args] if alone and self.default else args)


def _show_usage(error: Any) -> None:
    from stackctl.ui import console

    hint = ""
    if error.ctx:
        console.say(f"{error.ctx.get_usage()}\n")
        hint = f"See: {error.ctx.command_path} --help"
    console.fail(StackError(error.format_message().replace(": Input should be", ": must be"), hint))


def debugging(ctx: typer.Context) -> bool:
    """Whether --debug was given."""
    return bool(ctx.find_root().params.get("debug"))
