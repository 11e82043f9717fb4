"""OSS as a file system of fsspec: `oss://bucket/key` in pandas, dask, pyarrow, zarr and whatever else speaks it.

`register()` makes `oss://` lead here; the distribution `ossup-fsspec` does so by its entry point. Uploads and downloads are
those of this package: verified, in bounded memory; an opened file becomes an object when it is closed, whole or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
from concurrent.futures import ThreadPoolExecutor
from glob import has_magic
from typing import Any

import fsspec
from fsspec.asyn import AsyncFileSystem, sync
from fsspec.spec import AbstractBufferedFile
from fsspec.utils import tokenize

from . import models
from .client import Client
from .config import Config, load_default
from .credentials import AnonymousCredentialsProvider, StaticCredentialsProvider
from .exceptions import DownloadError, OperationError, ParamInvalidError, ServiceError, UploadError
from .uploader import given

__all__ = ["OSSFile", "OSSFileSystem", "register"]

# Most objects of one request that deletes.
_BATCH = 1000
# Requests under way at a time for one process.
_THREADS = 32
# Of a part, in bytes.
_MIN_PART = 100 * 1024
_MAX_PART = 5 * 1024**3


def register() -> None:
    """Makes `oss://` lead to `OSSFileSystem`, whatever else is registered for it."""
    fsspec.register_implementation("oss", OSSFileSystem, clobber=True)


_pools: dict[int, ThreadPoolExecutor] = {}


def _pool() -> ThreadPoolExecutor:
    """The threads of this process that wait for calls; those of a parent do not survive a fork."""
    process = os.getpid()
    if process not in _pools:
        _pools.clear()
        _pools[process] = ThreadPoolExecutor(_THREADS, thread_name_prefix="ossup-fsspec")
    return _pools[process]


def _missing(error: BaseException, path: str) -> BaseException:
    """A refusal as the exception that programs for file systems expect."""
    cause: Any = error
    while cause is not None and not isinstance(cause, ServiceError):
        cause = cause.unwrap() if hasattr(cause, "unwrap") else None
    if cause is None:
        return error
    failure: OSError
    if cause.status_code == 404:
        what = "bucket" if cause.code == "NoSuchBucket" else "object"
        failure = FileNotFoundError(2, f"there is no such {what}", path)
    elif cause.code == "FileAlreadyExists":
        failure = FileExistsError(17, "the object exists already", path)
    elif cause.status_code == 403:
        failure = PermissionError(13, f"{cause.code}: {cause.message}", path)
    else:
        return error
    # It has the request id.
    failure.__cause__ = error
    return failure


class OSSFileSystem(AsyncFileSystem):  # type: ignore[misc]
    """Buckets and objects as folders and files.

    endpoint, region: Where requests go; default `OSS_ENDPOINT` and `OSS_REGION`.
    key, secret, token: Credentials; default those of the environment. `anon=True` sends requests without a signature.
    config: A `Config` in place of the five above.
    part_size, parallel_num: Of uploads and downloads: 6 MiB and 3 by default.
    default_block_size: Bytes that a file which is read fetches ahead; 5 MiB by default.
    """

    protocol = ("oss",)
    root_marker = ""

    def __init__(
        self,
        endpoint: str | None = None,
        key: str | None = None,
        secret: str | None = None,
        token: str | None = None,
        region: str | None = None,
        anon: bool = False,
        config: Config | None = None,
        part_size: int | None = None,
        parallel_num: int | None = None,
        default_block_size: int | None = None,
        default_cache_type: str = "readahead",
        asynchronous: bool = False,
        loop: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(asynchronous=asynchronous, loop=loop, **kwargs)
        if config is None:
            config = load_default()
            config.endpoint = endpoint or os.environ.get("OSS_ENDPOINT")
            config.region = region or os.environ.get("OSS_REGION")
            if anon:
                config.credentials_provider = AnonymousCredentialsProvider()
            elif key is not None:
                config.credentials_provider = StaticCredentialsProvider(key, secret or "", token)
        self._config = config
        self._transfer = given({"part_size": part_size, "parallel_num": parallel_num}, ("part_size", "parallel_num"))
        self.blocksize = default_block_size or 5 * 1024 * 1024
        self.default_cache_type = default_cache_type
        self._client_of_config: Client | None = None

    @property
    def _client(self) -> Client:
        if self._client_of_config is None:
            self._client_of_config = Client(self._config)
        return self._client_of_config

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(item) for item in path]
        path = str(path)
        if path.startswith("oss://"):
            path = path[len("oss://") :]
        return path.strip("/") if path.endswith("/") or path.startswith("/") else path

    @staticmethod
    def _split(path: str) -> tuple[str, str]:
        bucket, _, key = path.partition("/")
        return bucket, key

    async def _wait(self, call: Any, *args: Any, path: str = "", **kwargs: Any) -> Any:
        """Makes a call on a thread that may wait; a refusal is the exception of a file system."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(_pool(), lambda: call(*args, **kwargs))
        except (OperationError, UploadError, DownloadError) as error:
            failure = _missing(error, path)
        raise failure

    # Looking.

    async def _list(self, path: str, stem: str = "") -> list[dict[str, Any]]:
        """The entries of a folder whose names begin with `stem`."""
        bucket, key = self._split(path)
        if not bucket:
            pages = await self._wait(
                lambda: list(self._client.list_buckets_paginator().iter_page(models.ListBucketsRequest()))
            )
            buckets = [bucket for page in pages for bucket in page.buckets or []]
            return [{"name": bucket.name, "size": 0, "type": "directory"} for bucket in buckets]
        prefix = key.rstrip("/") + "/" if key else ""
        request = models.ListObjectsV2Request(bucket=bucket, prefix=prefix + stem, delimiter="/", max_keys=1000)
        pages = await self._wait(
            lambda: list(self._client.list_objects_v2_paginator().iter_page(request)), path=path
        )
        entries = []
        for page in pages:
            for folder in page.common_prefixes or []:
                entries.append({"name": f"{bucket}/{folder.prefix.rstrip('/')}", "size": 0, "type": "directory"})
            entries += [_entry(bucket, item) for item in page.contents or [] if item.key != prefix]
        return entries

    async def _ls(self, path: str, detail: bool = True, refresh: bool = False, **kwargs: Any) -> Any:
        path = self._strip_protocol(path)
        try:
            entries = None if refresh else list(self.dircache[path])
        except KeyError:
            entries = None
        if entries is None:
            entries = await self._list(path)
            if not entries:
                entries = [await self._info(path)]
                if entries[0]["type"] == "directory":
                    entries = []
            else:
                self.dircache[path] = list(entries)
        return entries if detail else sorted(entry["name"] for entry in entries)

    async def _info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        bucket, key = self._split(path)
        if not bucket:
            return {"name": "", "size": 0, "type": "directory"}
        if not key:
            if await self._wait(self._client.is_bucket_exist, bucket):
                return {"name": bucket, "size": 0, "type": "directory"}
            raise FileNotFoundError(2, "there is no such bucket", path)
        try:
            head = await self._wait(
                self._client.head_object, models.HeadObjectRequest(bucket=bucket, key=key), path=path
            )
        except FileNotFoundError:
            head = None
        if head is not None:
            return {
                "name": path,
                "size": head.content_length,
                "type": "file",
                "LastModified": head.last_modified,
                "ETag": head.etag,
                "content_type": head.content_type,
                "storage_class": head.storage_class,
                "crc64": head.hash_crc64,
                "metadata": dict(head.metadata or {}),
            }
        request = models.ListObjectsV2Request(bucket=bucket, prefix=key.rstrip("/") + "/", max_keys=1)
        page = await self._wait(self._client.list_objects_v2, request, path=path)
        if page.contents:
            return {"name": path, "size": 0, "type": "directory"}
        raise FileNotFoundError(2, "there is no such object", path)

    async def _exists(self, path: str, **kwargs: Any) -> bool:
        try:
            await self._info(path)
        except FileNotFoundError:
            return False
        return True

    async def _isdir(self, path: str) -> bool:
        try:
            return bool((await self._info(path))["type"] == "directory")
        except FileNotFoundError:
            return False

    async def _isfile(self, path: str) -> bool:
        try:
            return bool((await self._info(path))["type"] == "file")
        except FileNotFoundError:
            return False

    async def _find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **kwargs: Any
    ) -> Any:
        path = self._strip_protocol(path)
        bucket, key = self._split(path)
        stem = kwargs.pop("prefix", "")
        if not bucket:
            return await super()._find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, prefix=stem, **kwargs)
        try:
            found = await (self._below(path, stem) if maxdepth is None else self._levels(path, stem, maxdepth))
        except FileNotFoundError:
            found = {}
        if found and path not in found:
            found[path] = {"name": path, "size": 0, "type": "directory"}
        if not withdirs:
            found = {name: entry for name, entry in found.items() if entry["type"] == "file"}
        if not found and key and not stem:
            with contextlib.suppress(FileNotFoundError):
                entry = await self._info(path)
                if withdirs or entry["type"] == "file":
                    found[path] = entry
        names = sorted(found)
        return {name: found[name] for name in names} if detail else names

    async def _below(self, path: str, stem: str) -> dict[str, dict[str, Any]]:
        """Everything below a folder, with the folders that the keys make, from one list."""
        bucket, key = self._split(path)
        below = key.rstrip("/") + "/" if key else ""
        request = models.ListObjectsV2Request(bucket=bucket, prefix=below + stem, max_keys=1000)
        pages = await self._wait(lambda: list(self._client.list_objects_v2_paginator().iter_page(request)), path=path)
        found: dict[str, dict[str, Any]] = {}
        for item in (item for page in pages for item in page.contents or []):
            end = item.key.find("/", len(below))
            while end != -1:
                name = f"{bucket}/{item.key[:end]}"
                found.setdefault(name, {"name": name, "size": 0, "type": "directory"})
                end = item.key.find("/", end + 1)
            if not item.key.endswith("/"):
                found[f"{bucket}/{item.key}"] = _entry(bucket, item)
        return found

    async def _levels(self, path: str, stem: str, count: int) -> dict[str, dict[str, Any]]:
        """What is in a folder and in those below it, `count` deep; the folders of one level are listed together."""
        if count < 1:
            raise ValueError("maxdepth must be at least 1")
        found: dict[str, dict[str, Any]] = {}
        folders = [path]
        for _ in range(count):
            lists = await asyncio.gather(*(self._list(folder, stem) for folder in folders))
            entries = [entry for entries in lists for entry in entries]
            # An object may have the name of a folder, and is found first.
            found |= {entry["name"]: entry for entry in entries if entry["name"] not in found}
            folders, stem = [entry["name"] for entry in entries if entry["type"] == "directory"], ""
        return found

    async def _expand_path(self, path: Any, recursive: bool = False, maxdepth: int | None = None, **kwargs: Any) -> list[str]:
        if not recursive or not isinstance(path, str) or not has_magic(path) or (maxdepth is not None and maxdepth <= 1):
            return list(await super()._expand_path(path, recursive=recursive, maxdepth=maxdepth, **kwargs))
        # What the pattern found says what is a folder; the base would look below each object.
        found = await self._glob(self._strip_protocol(path), maxdepth=maxdepth, detail=True)
        folders = [name for name, entry in found.items() if entry["type"] == "directory"]
        if maxdepth is None:
            folders = [name for name in folders if name.rpartition("/")[0] not in found]
        depth = None if maxdepth is None else maxdepth - 1
        below = await asyncio.gather(*(self._find(name, maxdepth=depth, withdirs=True) for name in folders))
        names = {*found, *(name for names in below for name in names)}
        if not names:
            raise FileNotFoundError(2, "nothing fits the pattern", path)
        return sorted(names)

    # Reading.

    async def _cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        path = self._strip_protocol(path)
        bucket, key = self._split(path)
        if start is None and end is None:
            request = models.GetObjectRequest(bucket=bucket, key=key)
            return bytes(await self._wait(self._client._read, request, path=path))
        if (start is not None and start < 0) or (end is not None and end < 0):
            size = (await self._info(path))["size"]
            start = max(size + start, 0) if start is not None and start < 0 else start
            end = size + end if end is not None and end < 0 else end
        start = start or 0
        if end is not None and end <= start:
            return b""
        header = f"bytes={start}-{end - 1}" if end is not None else f"bytes={start}-"
        request = models.GetObjectRequest(bucket=bucket, key=key, range_header=header, range_behavior="standard")
        try:
            return bytes(await self._wait(self._client._read, request, path=path))
        except OperationError as error:
            if isinstance(error.unwrap(), ServiceError) and error.unwrap().status_code == 416:
                return b""
            raise

    async def _cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        batch_size: int | None = None,
        on_error: str = "return",
        **kwargs: Any,
    ) -> list[Any]:
        count = len(paths)
        starts = starts if isinstance(starts, list) else [starts] * count
        ends = ends if isinstance(ends, list) else [ends] * count
        if not count == len(starts) == len(ends):
            raise ValueError("`paths`, `starts` and `ends` must be of the same length")
        results: list[Any] = [None] * count
        groups: dict[str, list[int]] = {}
        for index, (path, start, end) in enumerate(zip(paths, starts, ends)):
            if start is not None and start >= 0 and end is not None and end >= start:
                groups.setdefault(self._strip_protocol(path), []).append(index)
            else:
                groups.setdefault(f"{index}:", []).append(index)

        async def read(path: str, indices: list[int]) -> None:
            try:
                if path.endswith(":") and path[:-1].isdigit():
                    (index,) = indices
                    results[index] = await self._cat_file(paths[index], starts[index], ends[index])
                    return
                bucket, key = self._split(path)
                draft = self._client._draft(models.GetObjectRequest(bucket=bucket, key=key))
                ranges = [(starts[index], ends[index]) for index in indices]
                pieces = await self._wait(self._client._core().ranges, draft, ranges, path=path)
                for index, piece in zip(indices, pieces):
                    results[index] = piece
            except ParamInvalidError:
                # A range that begins past the end has no bytes, as in a file.
                for index in indices:
                    results[index] = await self._cat_file(paths[index], starts[index], ends[index])
            except Exception as error:
                if on_error != "return":
                    raise
                for index in indices:
                    results[index] = error

        await asyncio.gather(*(read(path, indices) for path, indices in groups.items()))
        return results

    async def _get_file(self, rpath: str, lpath: Any, callback: Any = None, **kwargs: Any) -> None:
        rpath = self._strip_protocol(rpath)
        if os.path.isdir(lpath) and await self._isdir(rpath):
            return
        bucket, key = self._split(rpath)
        request = models.GetObjectRequest(bucket=bucket, key=key, progress_fn=_progress(callback))
        try:
            await self._wait(self._client.downloader(**self._transfer).download_file, request, lpath, path=rpath)
        except FileNotFoundError:
            # Most names are objects, which are not asked for twice.
            if not await self._isdir(rpath):
                raise
            os.makedirs(lpath, exist_ok=True)

    # Writing.

    def _put_request(self, path: str, mode: str = "overwrite", **kwargs: Any) -> Any:
        bucket, key = self._split(self._strip_protocol(path))
        if not key:
            raise ValueError(f"{path!r} names no object")
        fields = {name: value for name, value in kwargs.items() if name in models.PutObjectRequest._names}
        forbid = True if mode == "create" else None
        return models.PutObjectRequest(bucket=bucket, key=key, forbid_overwrite=forbid, **fields)

    async def _put_file(
        self, lpath: Any, rpath: str, mode: str = "overwrite", callback: Any = None, **kwargs: Any
    ) -> None:
        if os.path.isdir(lpath):
            return
        request = self._put_request(rpath, mode, **kwargs)
        request.progress_fn = _progress(callback)
        await self._wait(self._client.uploader(**self._transfer).upload_file, request, lpath, path=rpath)
        self.invalidate_cache(rpath)

    async def _pipe_file(self, path: str, value: Any, mode: str = "overwrite", **kwargs: Any) -> None:
        request = self._put_request(path, mode, **kwargs)
        await self._wait(self._client.uploader(**self._transfer).upload_from, request, value, path=path)
        self.invalidate_cache(path)

    async def _cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        source, target = self._strip_protocol(path1), self._strip_protocol(path2)
        (from_bucket, from_key), (bucket, key) = self._split(source), self._split(target)
        request = models.CopyObjectRequest(bucket=bucket, key=key, source_bucket=from_bucket, source_key=from_key)
        try:
            await self._wait(self._client.copier().copy, request, path=source)
        except FileNotFoundError:
            if not await self._isdir(source):
                raise
            return
        self.invalidate_cache(target)

    async def _rm_file(self, path: str, **kwargs: Any) -> None:
        path = self._strip_protocol(path)
        bucket, key = self._split(path)
        await self._wait(self._client.delete_object, models.DeleteObjectRequest(bucket=bucket, key=key), path=path)
        self.invalidate_cache(path)

    async def _rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None, **kwargs: Any) -> None:
        paths = await self._expand_path(path, recursive=recursive, maxdepth=maxdepth)
        buckets: dict[str, list[str]] = {}
        for one in paths:
            bucket, key = self._split(one)
            if key:
                buckets.setdefault(bucket, []).append(key)
        for bucket, keys in buckets.items():
            # A folder may be there as an object of its own, with a slash at the end.
            objects = [models.DeleteObject(key=key) for name in keys for key in ((name, name + "/") if recursive else (name,))]
            for start in range(0, len(objects), _BATCH):
                request = models.DeleteMultipleObjectsRequest(
                    bucket=bucket, objects=objects[start : start + _BATCH], quiet=True
                )
                await self._wait(self._client.delete_multiple_objects, request, path=bucket)
        self.invalidate_cache()

    async def _mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        bucket, key = self._split(self._strip_protocol(path))
        # Folders are there as soon as there is an object in them; only a bucket has to be created.
        if bucket and not key and not await self._wait(self._client.is_bucket_exist, bucket):
            await self._wait(self._client.put_bucket, models.PutBucketRequest(bucket=bucket), path=bucket)
            self.invalidate_cache()

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None:
        if not exist_ok and await self._exists(path):
            raise FileExistsError(17, "it exists already", path)
        await self._mkdir(path)

    async def _rmdir(self, path: str) -> None:
        bucket, key = self._split(self._strip_protocol(path))
        if not key:
            await self._wait(self._client.delete_bucket, models.DeleteBucketRequest(bucket=bucket), path=bucket)
        elif await self._list(f"{bucket}/{key}"):
            raise OSError(39, "the folder is not empty", path)
        else:
            await self._rm_file(f"{bucket}/{key}/")
        self.invalidate_cache()

    async def _touch(self, path: str, truncate: bool = True, **kwargs: Any) -> None:
        if not truncate and await self._exists(path):
            raise ValueError("the time of an object cannot be changed without writing it")
        await self._pipe_file(path, b"", **kwargs)

    # What is known of objects.

    async def _checksum(self, path: str) -> int:
        info = await self._info(path)
        return int(tokenize(info.get("ETag"), info["size"]), 16)

    def checksum(self, path: str) -> int:
        """Returns a number that changes with the content."""
        return int(sync(self.loop, self._checksum, path))

    def ukey(self, path: str) -> str:
        """Returns a text that changes with the content."""
        return f"{self.checksum(path):x}"

    async def _modified(self, path: str) -> datetime.datetime:
        info = await self._info(path)
        modified = info.get("LastModified")
        if modified is None:
            raise IsADirectoryError(21, "a folder has no time", path)
        return modified  # type: ignore[no-any-return]

    def modified(self, path: str) -> datetime.datetime:
        """Returns when the object was last written."""
        return sync(self.loop, self._modified, path)  # type: ignore[no-any-return]

    def created(self, path: str) -> datetime.datetime:
        """Returns when the object was last written: an object that is written again is a new one."""
        return self.modified(path)

    def sign(self, path: str, expiration: float = 100, **kwargs: Any) -> str:
        """Returns a URL with which anyone can read the object for `expiration` seconds."""
        bucket, key = self._split(self._strip_protocol(path))
        request = models.GetObjectRequest(bucket=bucket, key=key)
        return str(self._client.presign(request, expires=datetime.timedelta(seconds=expiration)).url)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forgets what was listed: all, or what a change of `path` may have changed."""
        if path is None:
            self.dircache.clear()
        else:
            path = self._strip_protocol(path)
            while path:
                self.dircache.pop(path, None)
                path = self._parent(path)
            self.dircache.pop("", None)
        super().invalidate_cache(path)

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: dict[str, Any] | None = None,
        cache_type: str | None = None,
        **kwargs: Any,
    ) -> OSSFile:
        return OSSFile(
            self,
            path,
            mode,
            block_size=block_size or self.blocksize,
            autocommit=autocommit,
            cache_options=cache_options,
            cache_type=cache_type or self.default_cache_type,
            **kwargs,
        )


class OSSFile(AbstractBufferedFile):  # type: ignore[misc]
    """An opened object. What is written becomes the object when the file is closed; after an exception nothing does."""

    def __init__(self, fs: OSSFileSystem, path: str, mode: str = "rb", **kwargs: Any) -> None:
        if mode not in ("rb", "wb", "xb", "ab"):
            raise NotImplementedError(f"mode {mode!r}: an object is read, written whole, or appended to")
        self._session: str | None = None
        self._receipts: list[str] = []
        self._request_fields = {k: v for k, v in kwargs.items() if k in models.PutObjectRequest._names}
        appended = None
        if mode == "ab":
            try:
                appended = fs.info(path)
            except FileNotFoundError:
                appended = None
        elif mode == "xb" and fs.exists(path):
            raise FileExistsError(17, "the object exists already", path)
        super().__init__(fs, path, mode, **kwargs)
        if mode != "rb":
            self.blocksize = max(self.blocksize, _MIN_PART)
        self._create = mode == "xb"
        if appended is not None:
            self._append_to(appended)

    def _append_to(self, info: dict[str, Any]) -> None:
        """Begins with what is there: the service copies it, or, where it is too small for a part, it is sent again."""
        self._request_fields.setdefault("content_type", info["content_type"])
        self._request_fields.setdefault("metadata", info["metadata"] or None)
        size, crc64 = info["size"], info["crc64"]
        if not _MIN_PART <= size <= _MAX_PART or crc64 is None:
            self.buffer.write(self.fs.cat_file(self.path))
            self.loc = size
            return
        client = self.fs._client
        bucket, key = self.fs._split(self.path)
        self._session = client._core().session_begin(client._draft(self._request()))
        upload_id = json.loads(self._session)["upload_id"]
        request = models.UploadPartCopyRequest(
            bucket=bucket, key=key, part_number=1, upload_id=upload_id, source_key=key, if_match=info["ETag"]
        )
        try:
            etag = client.upload_part_copy(request).etag.strip('"')
        except BaseException:
            self.discard()
            raise
        part = {"upload_id": upload_id, "part": 1, "offset": 0, "len": size, "etag": etag, "crc64": crc64}
        self._receipts.append(json.dumps({**part, "compared": False}))
        self._sent = self.loc = size

    def _request(self) -> Any:
        return self.fs._put_request(self.path, "create" if self._create else "overwrite", **self._request_fields)

    def _fetch_range(self, start: int, end: int) -> bytes:
        return bytes(self.fs.cat_file(self.path, start, end))

    def _initiate_upload(self) -> None:
        """Small objects are sent by one request, so that nothing is begun before there is more than one block."""

    def _upload_chunk(self, final: bool = False) -> bool:
        data = self.buffer.getvalue()
        if final and self._session is None:
            if self.autocommit:
                self.commit()
            return not self.autocommit
        if self._session is None:
            self._session = self.fs._client._core().session_begin(self.fs._client._draft(self._request()))
        start = 0
        while len(data) - start >= self.blocksize or (final and start < len(data)):
            piece = data[start : start + self.blocksize]
            self._send(piece)
            start += len(piece)
        rest = data[start:]
        if rest and not final:
            # A part but the last has a block's size; what is left waits in the buffer.
            self.offset = self._sent
            self.buffer = _buffer(rest)
            return False
        if final and self.autocommit:
            self.commit()
        return True

    _sent = 0
    blocksize: int
    buffer: Any
    closed: bool

    def _send(self, piece: bytes) -> None:
        number = len(self._receipts) + 1
        receipt = self.fs._client._core().session_part(self._session, number, self._sent, piece)
        self._receipts.append(receipt)
        self._sent += len(piece)

    def commit(self) -> None:
        """Makes the object of what was written."""
        client, request = self.fs._client, self._request()
        try:
            if self._session is not None:
                client._core().session_complete(self._session, client._draft(request), self._receipts)
                self._session = None
            elif self.buffer is not None:
                client.uploader().upload_from(request, self.buffer.getvalue())
        except (OperationError, UploadError) as error:
            failure = _missing(error, self.path)
            if failure is error:
                raise
            raise failure from error
        self.fs.invalidate_cache(self.path)

    def discard(self) -> None:
        """Gives up what was written: no object, and nothing left on the server."""
        if self._session is not None:
            session, self._session = self._session, None
            self.fs._client._core().session_abort(session)
        self.buffer = None

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None and self.mode != "rb" and not self.closed:
            self.discard()
            self.closed = True
            return
        self.close()

    def __del__(self) -> None:
        # A file that no one closed was given up: what was stored of it goes.
        if self.__dict__.get("mode", "rb") != "rb" and not self.closed:
            self.closed = True
            with contextlib.suppress(Exception):
                self.discard()


def _buffer(content: bytes) -> Any:
    import io

    buffer = io.BytesIO()
    buffer.write(content)
    return buffer


def _entry(bucket: str, item: Any) -> dict[str, Any]:
    return {
        "name": f"{bucket}/{item.key}",
        "size": item.size,
        "type": "directory" if item.key.endswith("/") and not item.size else "file",
        "LastModified": item.last_modified,
        "ETag": item.etag,
        "storage_class": item.storage_class,
    }


def _progress(callback: Any) -> Any:
    if callback is None or type(callback).__name__ == "NoOpCallback":
        return None

    def progress(added: int, so_far: int, total: int) -> None:
        if total >= 0:
            callback.set_size(total)
        callback.absolute_update(so_far)

    return progress
