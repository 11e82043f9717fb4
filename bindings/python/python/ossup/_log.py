"""Log records of the engine, handed to `logging` under the name `ossup`."""

from __future__ import annotations

import sys

from . import _ossup

# The level of a logger that no one has configured.
_WARNING = 30


def emit(level: int, target: str, text: str) -> None:
    """Logs a record of the engine; the thread that waits for a call does it."""
    import logging

    logging.getLogger("ossup").getChild(target.replace("::", ".")).log(level, "%s", text)


def follow() -> None:
    """Lets the engine keep the records that `logging` would show. A program that never imported it has not configured it."""
    logging = sys.modules.get("logging")
    level = logging.getLogger("ossup").getEffectiveLevel() if logging is not None else _WARNING
    _ossup.set_log_level(min(level, 50))
