"""What kind of source the content of an upload is."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import Any

from .exceptions import ParamInvalidError

_BLOCK = 1024 * 1024
_TEXT = "the reader gives text, and objects are bytes: open the file in binary mode, open(path, 'rb')"


class Content:
    """A source as the extension module takes it, and what has to be done with the reader afterwards."""

    __slots__ = ("kind", "value", "length", "_reader", "_start")

    def __init__(self, kind: str, value: Any, length: int | None = None) -> None:
        self.kind = kind
        self.value = value
        self.length = length
        self._reader: Any = None
        self._start = 0

    def finish(self, size: int | None) -> None:
        """Leaves an open file where reading it would have left it: behind the `size` bytes, or where it was."""
        if self._reader is not None:
            self._reader.seek(self._start + (size or 0))


def content_of(source: Any) -> Content:
    """Finds out what a source is.

    Bytes are sent as they are. An open file of the operating system is read by position, from where `tell()` says that it is.
    Anything else that has `read`, and any iterable of bytes, is read block by block on the calling thread.
    """
    if source is None:
        raise ParamInvalidError(field="reader")
    if isinstance(source, bytes):
        return Content("bytes", source, len(source))
    if isinstance(source, str):
        return Content("bytes", source.encode(), None)
    if isinstance(source, (bytearray, memoryview)):
        view = memoryview(source).cast("B")
        return Content("read", _slices(view), len(view))
    # A temporary file wraps a real one.
    inner = getattr(source, "file", None)
    file = inner if type(source).__name__ == "_TemporaryFileWrapper" and inner is not None else source
    if isinstance(file, io.TextIOBase):
        raise ParamInvalidError(field="reader", text=f"invalid field, reader: {_TEXT}")
    if (real := _real_file(file)) is not None:
        return real
    read = getattr(file, "read", None)
    if callable(read):
        return Content("read", _reads(read), _rest(file))
    if isinstance(source, dict) or not hasattr(source, "__iter__"):
        raise ParamInvalidError(
            field="reader",
            text="invalid field, reader: must be bytes, a file, an object with `read`, or an iterable of bytes, "
            f"got {type(source).__name__}",
        )
    return Content("read", _items(iter(source)), None)


def _real_file(file: Any) -> Content | None:
    """A file whose descriptor has the very bytes that `read` would give."""
    if os.name != "posix" or type(file) not in (io.FileIO, io.BufferedReader, io.BufferedRandom):
        return None
    if type(getattr(file, "raw", file)) is not io.FileIO or not file.readable():
        return None
    if type(file) is io.BufferedRandom:
        file.flush()
    try:
        position = file.tell()
        descriptor = file.fileno()
        size = os.fstat(descriptor)
    except OSError:
        return None
    import stat

    if not stat.S_ISREG(size.st_mode):
        return None
    content = Content("file", (descriptor, position), max(size.st_size - position, 0))
    content._reader, content._start = file, position
    return content


def _rest(file: Any) -> int | None:
    """How many bytes are left of something in memory."""
    if type(file) is io.BytesIO:
        return max(file.getbuffer().nbytes - file.tell(), 0)
    return None


def _slices(view: memoryview) -> Callable[[], bytes]:
    position = 0

    def read() -> bytes:
        nonlocal position
        block = bytes(view[position : position + _BLOCK])
        position += len(block)
        return block

    return read


def _reads(read: Callable[[int], Any]) -> Callable[[], bytes]:
    def checked() -> bytes:
        block = read(_BLOCK)
        return b"" if block is None else _bytes(block)

    return checked


def _items(items: Iterator[Any]) -> Callable[[], bytes]:
    rest = memoryview(b"")

    def read() -> bytes:
        nonlocal rest
        while not rest:
            item = next(items, None)
            if item is None:
                return b""
            rest = memoryview(_bytes(item))
        block, rest = bytes(rest[:_BLOCK]), rest[_BLOCK:]
        return block

    return read


def _bytes(block: Any) -> bytes:
    if isinstance(block, bytes):
        return block
    if isinstance(block, (bytearray, memoryview)):
        return bytes(block)
    if isinstance(block, str):
        raise ParamInvalidError(field="reader", text=f"invalid field, reader: {_TEXT}")
    raise ParamInvalidError(
        field="reader", text=f"invalid field, reader: must give bytes, and gave {type(block).__name__}"
    )
