"""Log records of the engine, handed to `logging` under the name `ossup`."""

from __future__ import annotations

import logging

from . import _ossup

logger = logging.getLogger("ossup")


def emit(level: int, target: str, text: str) -> None:
    """Logs a record of the engine; the thread that waits for a call does it."""
    logger.getChild(target.replace("::", ".")).log(level, "%s", text)


def follow() -> None:
    """Lets the engine keep the records that `logging` would show."""
    _ossup.set_log_level(min(logger.getEffectiveLevel(), 50))
