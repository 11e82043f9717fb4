"""The client for asyncio."""

import asyncio
import time

import pytest

import ossup as oss
from conftest import BUCKET, pattern
from ossup import aio

pytestmark = pytest.mark.asyncio
PART = 100 * 1024


@pytest.fixture
def config(emulator):
    emulator.clear_faults()
    emulator.clear_history()
    return emulator.config()


async def test_operations_and_managers_are_awaited(config, emulator, big_file, tmp_path):
    async with aio.AsyncClient(config) as client:
        await client.put_object(oss.PutObjectRequest(BUCKET, "aio/small", body=b"hello"))
        got = await client.get_object(oss.GetObjectRequest(BUCKET, "aio/small"))
        assert await got.body.read() == b"hello"
        result = await client.uploader().upload_file(oss.PutObjectRequest(BUCKET, "aio/big"), big_file)
        assert result.verified == "crc64"
        await client.downloader().download_file(oss.GetObjectRequest(BUCKET, "aio/big"), tmp_path / "down")
        assert (tmp_path / "down").read_bytes() == big_file.read_bytes()
        await client.copier().copy(oss.CopyObjectRequest(BUCKET, "aio/copy", source_key="aio/small"))
        pages = client.list_objects_v2_paginator(limit=1)
        request = oss.ListObjectsV2Request(BUCKET, prefix="aio/")
        keys = [item.key async for page in pages.iter_page(request) for item in page.contents]
        assert keys == ["aio/big", "aio/copy", "aio/small"]
        blocks = [block async for block in (await client.get_object(oss.GetObjectRequest(BUCKET, "aio/big"))).body.iter_bytes()]
        assert b"".join(blocks) == big_file.read_bytes()


async def test_an_asynchronous_reader_is_uploaded(config, emulator):
    content = pattern(5 * PART + 1)

    async def blocks():
        for start in range(0, len(content), 70_000):
            await asyncio.sleep(0)
            yield content[start : start + 70_000]

    class Reader:
        position = 0

        async def read(self, size):
            block = content[self.position : self.position + size]
            self.position += len(block)
            return block

    uploader = aio.AsyncClient(config).uploader(part_size=PART)
    for reader in (blocks(), Reader(), content):
        await uploader.upload_from(oss.PutObjectRequest(BUCKET, "aio/reader"), reader)
        assert emulator.content(BUCKET, "aio/reader") == content


async def test_the_loop_runs_while_many_calls_wait(config, emulator):
    emulator.add_fault(operation="PutObject", times=None, effects=[{"delay": 300}])
    uploader = aio.AsyncClient(config).uploader()
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    counting = asyncio.ensure_future(count())
    uploads = [uploader.upload_from(oss.PutObjectRequest(BUCKET, f"aio/{n}"), b"x") for n in range(20)]
    await asyncio.gather(*uploads)
    counting.cancel()
    assert turns >= 10


async def test_a_cancelled_task_cancels_its_upload_and_leaves_nothing(config, emulator, big_file):
    emulator.add_fault(operation="UploadPart", nth=4, times=None, effects=["stall"])
    uploader = aio.AsyncClient(config).uploader(part_size=1 << 20)
    task = asyncio.ensure_future(uploader.upload_file(oss.PutObjectRequest(BUCKET, "aio/cancelled"), big_file))
    while len(emulator.history("UploadPart")) < 5:
        await asyncio.sleep(0.01)
    task.cancel()
    start = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - start < 5
    assert emulator.uploads(BUCKET) == [] and emulator.content(BUCKET, "aio/cancelled") is None


async def test_what_an_asynchronous_reader_raises_comes_back(config, emulator):
    async def blocks():
        yield pattern(3 * PART)
        raise LookupError("no more")

    uploader = aio.AsyncClient(config).uploader(part_size=PART)
    with pytest.raises(LookupError, match="no more"):
        await uploader.upload_from(oss.PutObjectRequest(BUCKET, "aio/raises"), blocks())
    assert emulator.uploads(BUCKET) == []
