"""The command line of ossup: `python -m ossup ARGUMENTS...`.

It is the program `ossup`, which is found beside this package, named by `OSSUP_PROGRAM`, or on the path.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def program() -> str | None:
    """The path of the program; `None` if there is none."""
    name = "ossup.exe" if os.name == "nt" else "ossup"
    bundled = Path(__file__).parent / "bin" / name
    if named := os.environ.get("OSSUP_PROGRAM"):
        return named
    if bundled.exists():
        return str(bundled)
    return shutil.which(name)


def main() -> int:
    """Becomes the program."""
    path = program()
    if path is None:
        print(
            "ossup: this build of the package has no command line; build it with `cargo build -p ossup-cli` and name it in "
            "OSSUP_PROGRAM",
            file=sys.stderr,
        )
        return 69
    if os.name == "posix":
        os.execv(path, ["ossup", *sys.argv[1:]])
    import subprocess

    return subprocess.call([path, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
