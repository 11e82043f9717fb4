"""The client for asyncio: the same names, whose methods are awaited.

Calls wait on threads of their own, so the loop never blocks. Cancelling a task cancels its transfer, which cleans up before
the cancellation goes on. Readers may be asynchronous iterables and have an asynchronous `read`.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import _ossup
from .client import Client
from .config import Config
from .copier import CopyResult
from .downloader import DownloadResult
from .types import StreamBody
from .uploader import UploadResult

__all__ = ["AsyncClient", "AsyncStreamBody", "Client"]

# Calls of one client that wait at a time.
_THREADS = 64


class AsyncStreamBody:
    """Content of an object that is read from the network as it is taken."""

    def __init__(self, body: StreamBody, run: Callable[..., Any]) -> None:
        self._body = body
        self._run = run

    async def __aenter__(self) -> AsyncStreamBody:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, size: int | None = None) -> bytes:
        """Reads at most `size` bytes; without `size`, the whole content."""
        return bytes(await self._run(self._body.read, size))

    async def iter_bytes(self, *, block_size: int = 16 * 1024, **_: Any) -> AsyncIterator[bytes]:
        """Iterates over the content in blocks of `block_size` bytes, 16 KiB by default."""
        while block := await self.read(block_size):
            yield block

    async def close(self) -> None:
        """Gives the rest up and closes its connection."""
        self._body.close()


class AsyncClient:
    """A client of one account in one region, for asyncio. Every operation of `ossup.Client` is here, awaited."""

    def __init__(self, config: Config, **_: Any) -> None:
        self._client = Client(config)
        self._pool: tuple[int, ThreadPoolExecutor] | None = None

    def __repr__(self) -> str:
        return "<AsyncOssClient>"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the threads that wait."""
        if self._pool is not None:
            self._pool[1].shutdown(wait=False)
            self._pool = None

    def _threads(self) -> ThreadPoolExecutor:
        # Threads do not survive a fork.
        if self._pool is None or self._pool[0] != os.getpid():
            self._pool = os.getpid(), ThreadPoolExecutor(_THREADS, thread_name_prefix="ossup-aio")
        return self._pool[1]

    async def _run(self, call: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads(), functools.partial(call, *args))

    async def _transfer(self, call: Callable[..., Any], *args: Any) -> Any:
        """Makes a call whose last argument cancels it."""
        cancel = _ossup.Cancel()
        waiting = asyncio.get_running_loop().run_in_executor(
            self._threads(), functools.partial(call, *args, cancel)
        )
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            cancel.cancel()
            # What is left is cleaned up before the caller goes on.
            await asyncio.wait([waiting])
            if waiting.done() and not waiting.cancelled():
                waiting.exception()
            raise

    def __getattr__(self, name: str) -> Any:
        method = getattr(Client, name, None)
        if name.startswith("_") or method is None:
            raise AttributeError(f"AsyncClient has no {name!r}")
        if name.endswith("_paginator"):
            return lambda **options: _Paginator(self, getattr(self._client, name)(**options))

        @functools.wraps(method)
        async def operation(*args: Any, **kwargs: Any) -> Any:
            return await self._run(functools.partial(getattr(self._client, name), *args, **kwargs))

        return operation

    async def get_object(self, request: Any, **_: Any) -> Any:
        """Returns an object or a range of it; `body` is read as it is taken."""
        result = await self._run(self._client.get_object, request)
        result.body = AsyncStreamBody(result.body, self._run)
        return result

    def uploader(self, **kwargs: Any) -> AsyncUploader:
        """Returns an upload manager with these options: see `ossup.Uploader`."""
        return AsyncUploader(self, kwargs)

    def downloader(self, **kwargs: Any) -> AsyncDownloader:
        """Returns a download manager with these options: see `ossup.Downloader`."""
        return AsyncDownloader(self, kwargs)

    def copier(self, **kwargs: Any) -> AsyncCopier:
        """Returns a copy manager with these options: see `ossup.Copier`."""
        return AsyncCopier(self, kwargs)


class AsyncUploader:
    """Uploads files and streams; options as those of `ossup.Uploader`."""

    def __init__(self, client: AsyncClient, options: dict[str, Any]) -> None:
        self._client = client
        self._uploader = client._client.uploader(**options)

    async def upload_file(self, request: Any, filepath: str | os.PathLike[str], **kwargs: Any) -> UploadResult:
        """Uploads a file."""
        result: UploadResult = await self._client._transfer(self._uploader._upload_file, request, filepath, kwargs)
        return result

    async def upload_from(self, request: Any, reader: Any, **kwargs: Any) -> UploadResult:
        """Uploads what a reader gives, which may be asynchronous."""
        source = _source(reader, asyncio.get_running_loop())
        result: UploadResult = await self._client._transfer(self._uploader._upload_from, request, source, kwargs)
        return result


class AsyncDownloader:
    """Downloads objects; options as those of `ossup.Downloader`."""

    def __init__(self, client: AsyncClient, options: dict[str, Any]) -> None:
        self._client = client
        self._downloader = client._client.downloader(**options)

    async def download_file(self, request: Any, filepath: str | os.PathLike[str], **kwargs: Any) -> DownloadResult:
        """Downloads an object to a file."""
        call = self._downloader._download_file
        result: DownloadResult = await self._client._transfer(call, request, filepath, kwargs)
        return result

    async def download_to(self, request: Any, writer: Any, **kwargs: Any) -> DownloadResult:
        """Downloads an object to anything that has `write`, which is called on another thread."""
        result: DownloadResult = await self._client._transfer(self._downloader._download_to, request, writer, kwargs)
        return result


class AsyncCopier:
    """Copies objects within the service; options as those of `ossup.Copier`."""

    def __init__(self, client: AsyncClient, options: dict[str, Any]) -> None:
        self._client = client
        self._copier = client._client.copier(**options)

    async def copy(self, request: Any, **kwargs: Any) -> CopyResult:
        """Copies an object."""
        result: CopyResult = await self._client._transfer(self._copier._copy, request, kwargs)
        return result


class _Paginator:
    def __init__(self, client: AsyncClient, paginator: Any) -> None:
        self._client = client
        self._paginator = paginator

    async def iter_page(self, request: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Iterates over the pages."""
        pages = self._paginator.iter_page(request, **kwargs)
        end = object()
        while (page := await self._client._run(next, pages, end)) is not end:
            yield page


def _source(reader: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """A reader for the thread that waits: what is asynchronous is read on the loop."""
    if hasattr(reader, "__anext__") or (hasattr(reader, "__aiter__") and not hasattr(reader, "read")):
        return _items(reader.__aiter__(), loop)
    read = getattr(reader, "read", None)
    if asyncio.iscoroutinefunction(read):
        return _Reader(read, loop)
    return reader


def _items(iterator: Any, loop: asyncio.AbstractEventLoop) -> Any:
    end = object()

    async def following() -> Any:
        try:
            return await iterator.__anext__()
        except StopAsyncIteration:
            return end

    while (item := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not end:
        yield item


class _Reader:
    def __init__(self, read: Callable[[int], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._read = read
        self._loop = loop

    def read(self, size: int = -1) -> Any:
        return asyncio.run_coroutine_threadsafe(self._read(size), self._loop).result()
