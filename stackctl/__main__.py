"""`python -m stackctl`, and the entry point of the installed command."""

import gc
import sys

from stackctl import __version__
from stackctl.errors import Exit


def main() -> None:
    """Run stackctl. `--version` answers before anything heavy is imported: 0.4 s less."""
    if sys.argv[1:] == ["--version"]:
        print(f"stackctl {__version__}")
        return
    gc.disable()  # while it imports: to look through modules again and again is a quarter of a command's time
    try:
        from stackctl.app import run

        sys.exit(run())
    except KeyboardInterrupt:  # while it is imported: a command has its own answer
        print("\nStopped.", file=sys.stderr)
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()
