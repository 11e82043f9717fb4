"""The emulator of the service, inside this process, for tests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from . import _ossup
from .client import Client
from .config import Config, load_default
from .credentials import StaticCredentialsProvider


class Emulator:
    """A local server that behaves as the service is documented to, on a port of loopback.

    buckets: Names of buckets to create. Default `demo`.
    dir: Folder to keep objects in. Default: in memory.
    credentials: Access key id and secret. Default: new random ones.
    port, region, etag, history_limit: As the emulator's guide says.
    """

    def __init__(self, *buckets: str, **options: Any) -> None:
        if "dir" in options and options["dir"] is not None:
            options["dir"] = os.fspath(options["dir"])
        self._core = _ossup.Emulator(list(buckets) or ["demo"], **options)
        self.buckets = list(buckets) or ["demo"]

    @property
    def endpoint(self) -> str:
        """Where it listens, such as `http://127.0.0.1:41234`."""
        return self._core.endpoint

    @property
    def region(self) -> str:
        """The region that signatures must name."""
        return self._core.region

    @property
    def credentials(self) -> tuple[str, str]:
        """Access key id and secret."""
        return self._core.credentials

    def config(self) -> Config:
        """Returns a configuration that leads to it."""
        config = load_default()
        config.endpoint, config.region = self.endpoint, self.region
        config.credentials_provider = StaticCredentialsProvider(*self.credentials)
        return config

    def client(self) -> Client:
        """Returns a client of it."""
        return Client(self.config())

    def environment(self) -> dict[str, str]:
        """Returns the environment variables with which other programs reach it."""
        key_id, secret = self.credentials
        return {
            "OSS_ACCESS_KEY_ID": key_id,
            "OSS_ACCESS_KEY_SECRET": secret,
            "OSS_ENDPOINT": self.endpoint,
            "OSS_REGION": self.region,
        }

    def history(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Returns the latest requests in order of arrival; those of one operation if it is named."""
        records = self._core.history()
        return [record for record in records if operation in (None, record["operation"])]

    def clear_history(self) -> None:
        """Empties the history."""
        self._core.clear_history()

    def add_fault(self, **rule: Any) -> None:
        """Adds a fault rule, such as `operation="UploadPart", part_number=2, effects=["wrong_crc"]`."""
        self._core.add_fault(json.dumps(rule))

    def clear_faults(self) -> None:
        """Removes all fault rules."""
        self._core.clear_faults()

    def content(self, bucket: str, key: str) -> bytes | None:
        """Returns the content of an object; `None` if there is none of that key."""
        return self._core.content(bucket, key)

    def keys(self, bucket: str) -> list[str]:
        """Returns the keys of a bucket in order."""
        return self._core.keys(bucket)

    def uploads(self, bucket: str) -> list[tuple[str, str, list[int]]]:
        """Returns the unfinished uploads: key, upload id, and the numbers of the parts that are stored."""
        return self._core.uploads(bucket)

    def stop(self) -> None:
        """Stops listening and closes every connection."""
        self._core.stop()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(*buckets: str, **options: Any) -> Iterator[Emulator]:
    """Yields a running emulator, for a fixture of pytest."""
    with Emulator(*buckets, **options) as emulator:
        yield emulator
