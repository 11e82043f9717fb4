"""The command line of ossup: `python -m ossup ARGUMENTS...`, and the program `ossup` of the environment."""

from __future__ import annotations

import signal
import sys

from . import _ossup


def main() -> int:
    """Carries out the command line and returns the exit code."""
    # As in a program of its own, until the command listens for it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _ossup.command_line(["ossup", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
