"""Types that programs meet: credentials, headers without regard to case, and the content of objects."""

from __future__ import annotations

import abc
import datetime
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import IO, Any, Union

from . import _ossup
from .exceptions import StreamClosedError, StreamConsumedError

BodyType = Union[str, bytes, bytearray, memoryview, Iterable[bytes], IO[bytes]]


class Credentials:
    """An access key, and the security token and expiration (UTC) of temporary credentials."""

    def __init__(
        self,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        expiration: datetime.datetime | None = None,
    ) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.security_token = security_token
        self.expiration = expiration

    def has_keys(self) -> bool:
        """Whether both the id and the secret are set."""
        return bool(self.access_key_id) and bool(self.access_key_secret)

    def is_expired(self) -> bool:
        """Whether the expiration is over; credentials without one never expire."""
        return self.expiration is not None and self.expiration < datetime.datetime.now(datetime.timezone.utc)

    def __repr__(self) -> str:
        return "<Credentials>"


class CredentialsProvider(abc.ABC):
    """Gives the credentials for each attempt of a request."""

    @abc.abstractmethod
    def get_credentials(self) -> Credentials:
        """Returns the credentials to use now. Called often, so it should return at once most of the time."""


class CaseInsensitiveDict(MutableMapping[str, Any]):
    """Headers: names are compared without regard to case and kept as they were set last."""

    def __init__(self, data: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, **kwargs: Any) -> None:
        self._items: dict[str, tuple[str, Any]] = {}
        self.update(data or {}, **kwargs)

    def __setitem__(self, key: str, value: Any) -> None:
        self._items[key.lower()] = (key, value)

    def __getitem__(self, key: str) -> Any:
        return self._items[key.lower()][1]

    def __delitem__(self, key: str) -> None:
        del self._items[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = {str(name).lower(): value for name, value in other.items()}
        return {name: value for name, (_, value) in self._items.items()} == theirs

    __hash__ = None  # type: ignore[assignment]

    def copy(self) -> CaseInsensitiveDict:
        """Returns a copy."""
        return CaseInsensitiveDict(self.items())

    def __repr__(self) -> str:
        return repr(dict(self.items()))


class StreamBody:
    """Content of an object that is read from the network as it is taken.

    The end comes only after the whole was verified, if the service gave a CRC64 of it.
    """

    def __init__(self, stream: _ossup.Stream | None, first: bytes = b"") -> None:
        self._stream = stream
        self._rest = memoryview(first)
        self._content: bytes | None = None
        self._closed = False
        self._consumed = False

    def __enter__(self) -> StreamBody:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    @property
    def is_closed(self) -> bool:
        """Whether the content can no longer be read."""
        return self._closed

    @property
    def is_stream_consumed(self) -> bool:
        """Whether reading has begun."""
        return self._consumed

    @property
    def content(self) -> bytes:
        """The whole content, in memory."""
        return self.read()

    def _next(self) -> memoryview:
        if self._rest:
            rest, self._rest = self._rest, memoryview(b"")
            return rest
        piece = self._stream.next() if self._stream is not None else None
        if piece is None:
            self._stream = None
            return memoryview(b"")
        return memoryview(piece)

    def read(self, size: int | None = None) -> bytes:
        """Reads at most `size` bytes; without `size`, the whole content, which is then kept and given again."""
        if size is None or size < 0:
            if self._content is None:
                self._check()
                pieces = []
                while piece := self._next():
                    pieces.append(bytes(piece))
                self._content = b"".join(pieces)
                self._consumed = True
                self.close()
            return self._content
        self._check_open()
        self._consumed = True
        gathered = bytearray()
        while len(gathered) < size:
            piece = self._next()
            if not piece:
                break
            wanted = size - len(gathered)
            gathered += piece[:wanted]
            self._rest = piece[wanted:]
        return bytes(gathered)

    def iter_bytes(self, *, block_size: int = 16 * 1024, **_: Any) -> Iterator[bytes]:
        """Iterates over the content in blocks of `block_size` bytes, 16 KiB by default."""
        if self._content is not None:
            content = self._content
            return (content[start : start + block_size] for start in range(0, len(content), block_size))
        self._check()
        return self._blocks(block_size)

    def _blocks(self, block_size: int) -> Iterator[bytes]:
        self._consumed = True
        while block := self.read(block_size):
            yield block
        self.close()

    def close(self) -> None:
        """Gives the rest up and closes its connection."""
        self._closed = True
        self._rest = memoryview(b"")
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _check(self) -> None:
        if self._consumed:
            raise StreamConsumedError()
        self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise StreamClosedError()
