"""The SDK's asynchronous client."""

import asyncio

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as oss_aio

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused
from stage import PART, configuration, crc, pattern

# The asynchronous HTTP library folds these away or encodes them its own way before they are sent.
PLAIN_KEYS = [key for key in ODD_KEYS if "//" not in key]


def run(work, **changes):
    async def main():
        client = oss_aio.AsyncClient(configuration(**changes))
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(main())


@case("the asynchronous client puts, heads, gets, lists and deletes, signed with V1 and V4")
def _(stage):
    async def work(client):
        for key in PLAIN_KEYS:
            put = await client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key=key, body=key.encode()))
            equal((put.status_code, put.hash_crc64), (200, crc(key.encode())))
            head = await client.head_object(oss.HeadObjectRequest(bucket=stage.bucket, key=key))
            equal(head.content_length, len(key.encode()))
            got = await client.get_object(oss.GetObjectRequest(bucket=stage.bucket, key=key))
            equal(await content(got), key.encode())
        listed = await client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket))
        equal([entry.key for entry in listed.contents], sorted(PLAIN_KEYS, key=str.encode))
        objects = [oss.DeleteObject(key=key) for key in PLAIN_KEYS]
        request = oss.DeleteMultipleObjectsRequest(bucket=stage.bucket, objects=objects)
        equal(len((await client.delete_multiple_objects(request)).deleted_objects), len(PLAIN_KEYS))

    for version in ("v1", "v4"):
        run(work, signature_version=version)


async def content(result):
    body = result.body
    data = body.read() if hasattr(body, "read") else body
    return await data if asyncio.iscoroutine(data) else data


@case("the asynchronous client uploads parts side by side")
def _(stage):
    bodies = [pattern(PART, seed) for seed in range(6)]

    async def work(client):
        started = await client.initiate_multipart_upload(
            oss.InitiateMultipartUploadRequest(bucket=stage.bucket, key="a", metadata={"colour": "blue"})
        )

        async def upload(number, body):
            request = oss.UploadPartRequest(
                bucket=stage.bucket, key="a", upload_id=started.upload_id, part_number=number, body=body
            )
            got = await client.upload_part(request)
            return oss.UploadPart(part_number=number, etag=got.etag)

        parts = await asyncio.gather(*(upload(number, body) for number, body in enumerate(bodies, 1)))
        listed = await client.list_parts(
            oss.ListPartsRequest(bucket=stage.bucket, key="a", upload_id=started.upload_id)
        )
        equal(len(listed.parts), 6)
        await client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(
                bucket=stage.bucket, key="a", upload_id=started.upload_id,
                complete_multipart_upload=oss.CompleteMultipartUpload(parts=list(parts)),
            )
        )

    run(work)
    got = stage.get("a")
    equal((got.content, dict(got.metadata)), (b"".join(bodies), {"colour": "blue"}))


@case("fifty asynchronous uploads at once all arrive")
def _(stage):
    async def work(client):
        put = lambda n: client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key=f"{n:02}", body=pattern(n * 997)))
        await asyncio.gather(*(put(n) for n in range(50)))

    run(work)
    for n in range(50):
        equal(stage.get(f"{n:02}").content, pattern(n * 997))


@case("of many asynchronous writers with forbid-overwrite exactly one wins")
def _(stage):
    async def work(client):
        put = lambda n: client.put_object(
            oss.PutObjectRequest(bucket=stage.bucket, key="a", body=str(n).encode() * 10_000, forbid_overwrite=True)
        )
        return await asyncio.gather(*(put(n) for n in range(20)), return_exceptions=True)

    outcomes = run(work)
    won = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Exception)]
    equal(len(won), 1)
    equal(stage.get("a").content, str(won[0]).encode() * 10_000)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            equal(outcome.unwrap().code, "FileAlreadyExists")


@case("the asynchronous client sees service errors, pages and signed URLs")
def _(stage):
    async def work(client):
        with refused(404, "NoSuchKey", ec="0026-00000001", Key="missing"):
            await client.get_object(oss.GetObjectRequest(bucket=stage.bucket, key="missing"))
        with refused(404, "NoSuchKey", ec="0026-00000001"):
            await client.head_object(oss.HeadObjectRequest(bucket=stage.bucket, key="missing"))
        for n in range(5):
            await client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key=str(n), body=b"x"))
        pages = client.list_objects_v2_paginator(limit=2)
        keys = []
        async for page in pages.iter_page(oss.ListObjectsV2Request(bucket=stage.bucket)):
            keys += [entry.key for entry in page.contents]
        equal(keys, ["0", "1", "2", "3", "4"])
        equal(await client.is_object_exist(stage.bucket, "0"), True)
        presigned = await client.presign(oss.GetObjectRequest(bucket=stage.bucket, key="0"))
        holds(presigned.url.startswith("http"), presigned.url)

    run(work)
