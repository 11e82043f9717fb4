"""Signed URLs."""

from __future__ import annotations

import datetime
from typing import Any


class PresignResult:
    """A signed URL: its method, when it expires (UTC), and the headers that have to be sent with it exactly like this."""

    def __init__(
        self,
        method: str | None = None,
        url: str | None = None,
        expiration: datetime.datetime | None = None,
        signed_headers: Any = None,
    ) -> None:
        self.method = method
        self.url = url
        self.expiration = expiration
        self.signed_headers = signed_headers

    def __repr__(self) -> str:
        # The URL is as secret as a key while it is valid.
        return f"<PresignResult {self.method} until {self.expiration}>"
