"""Fixtures of pytest: `oss_emulator` is a server in this process, `oss_client` a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import Client
    from .emulator import Emulator


@pytest.fixture
def oss_emulator() -> Iterator[Emulator]:
    """A running emulator in memory with the bucket `demo`."""
    from .emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def oss_client(oss_emulator: Emulator) -> Client:
    """A client of the emulator."""
    return oss_emulator.client()
