"""The SDK's asynchronous client."""

import asyncio

import alibabacloud_oss_v2 as oss
import alibabacloud_oss_v2.aio as oss_aio

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused
from stage import PART, REGION, configuration, crc, pattern

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


@case("the asynchronous client makes, describes, lists and deletes buckets")
def _(stage):
    bucket = stage.new_bucket()

    async def work(client):
        info = (await client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))).bucket_info
        equal((info.name, info.acl, info.storage_class), (bucket, "private", "Standard"))
        await client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
        equal((await client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket))).acl, "public-read")
        location = await client.get_bucket_location(oss.GetBucketLocationRequest(bucket=bucket))
        equal(location.location, f"oss-{REGION}")
        equal([await client.is_bucket_exist(name) for name in (bucket, "missing-" + bucket)], [True, False])
        names = [entry.name for entry in (await client.list_buckets(oss.ListBucketsRequest(prefix=bucket))).buckets]
        equal(names, [bucket])
        pages = client.list_buckets_paginator(limit=1)
        names = [e.name async for page in pages.iter_page(oss.ListBucketsRequest(prefix="case-")) for e in page.buckets]
        holds(bucket in names and names == sorted(names), names)
        await client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
        with refused(404, "NoSuchBucket"):
            await client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))
        await client.put_bucket(oss.PutBucketRequest(bucket=bucket, acl="private"))

    run(work)


@case("the asynchronous client copies, appends, links, tags and restores")
def _(stage):
    async def work(client):
        at = lambda key, **fields: {"bucket": stage.bucket, "key": key, **fields}
        await client.put_object(oss.PutObjectRequest(**at("a", body=b"one", metadata={"colour": "blue"})))
        meta = await client.get_object_meta(oss.GetObjectMetaRequest(**at("a")))
        equal((meta.content_length, meta.hash_crc64), (3, crc(b"one")))
        await client.copy_object(oss.CopyObjectRequest(**at("b", source_key="a")))
        equal(stage.get("b").content, b"one")
        for position, body in ((0, b"one "), (4, b"two")):
            got = await client.append_object(oss.AppendObjectRequest(**at("log", position=position, body=body)))
        equal((got.next_position, got.hash_crc64), (7, crc(b"one two")))
        with refused(409, "PositionNotEqualToLength"):
            await client.append_object(oss.AppendObjectRequest(**at("log", position=1, body=b"x")))
        await client.put_symlink(oss.PutSymlinkRequest(**at("link", symlink_target="a")))
        equal((await client.get_symlink(oss.GetSymlinkRequest(**at("link")))).target, "a")
        tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
        await client.put_object_tagging(oss.PutObjectTaggingRequest(**at("a", tagging=tagging)))
        tags = (await client.get_object_tagging(oss.GetObjectTaggingRequest(**at("a")))).tag_set.tags
        equal([(tag.key, tag.value) for tag in tags], [("k", "v")])
        gone = await client.delete_object_tagging(oss.DeleteObjectTaggingRequest(**at("a")))
        equal(gone.status_code, 204)
        await client.put_object_acl(oss.PutObjectAclRequest(**at("a", acl="public-read")))
        equal((await client.get_object_acl(oss.GetObjectAclRequest(**at("a")))).acl, "public-read")
        with refused(400, "OperationNotSupported"):
            await client.restore_object(oss.RestoreObjectRequest(**at("a")))
        await client.put_object(oss.PutObjectRequest(**at("cold", body=b"x", storage_class="Archive")))
        equal((await client.restore_object(oss.RestoreObjectRequest(**at("cold")))).status_code, 202)
        equal((await client.delete_object(oss.DeleteObjectRequest(**at("b")))).status_code, 204)
        equal(await client.is_object_exist(stage.bucket, "b"), False)

    run(work)


@case("the asynchronous client copies parts, lists uploads and aborts them")
def _(stage):
    body = pattern(2 * PART)

    async def work(client):
        at = {"bucket": stage.bucket, "key": "a"}
        await client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key="source", body=body))
        started = await client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**at))
        parts = []
        for number, span in enumerate((f"bytes=0-{PART - 1}", f"bytes={PART}-{2 * PART - 1}"), 1):
            request = oss.UploadPartCopyRequest(
                **at, upload_id=started.upload_id, part_number=number, source_key="source", source_range=span
            )
            parts.append(oss.UploadPart(part_number=number, etag=(await client.upload_part_copy(request)).etag))
        pages = client.list_parts_paginator(limit=1)
        request = oss.ListPartsRequest(**at, upload_id=started.upload_id)
        equal([part.part_number async for page in pages.iter_page(request) for part in page.parts], [1, 2])
        other = await client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**at))
        pages = client.list_multipart_uploads_paginator(limit=1)
        request = oss.ListMultipartUploadsRequest(bucket=stage.bucket)
        found = [upload.upload_id async for page in pages.iter_page(request) for upload in page.uploads]
        equal(sorted(found), sorted([started.upload_id, other.upload_id]))
        await client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(
                **at, upload_id=started.upload_id,
                complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts),
            )
        )
        await client.abort_multipart_upload(oss.AbortMultipartUploadRequest(**at, upload_id=other.upload_id))
        with refused(404, "NoSuchUpload"):
            await client.abort_multipart_upload(oss.AbortMultipartUploadRequest(**at, upload_id=other.upload_id))

    run(work)
    equal(stage.get("a").content, body)


@case("the asynchronous client reads a stream, a range of it, and every version")
def _(stage):
    body = pattern(PART)

    async def work(client):
        status = oss.VersioningConfiguration(status="Enabled")
        await client.put_bucket_versioning(
            oss.PutBucketVersioningRequest(bucket=stage.bucket, versioning_configuration=status)
        )
        got = await client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=stage.bucket))
        equal(got.version_status, "Enabled")
        first = await client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key="a", body=body))
        await client.put_object(oss.PutObjectRequest(bucket=stage.bucket, key="a", body=b"new"))
        old = {"bucket": stage.bucket, "key": "a", "version_id": first.version_id}
        streamed = await client.get_object_as_stream(oss.GetObjectRequest(**old))
        async with streamed.body as stream:
            equal(b"".join([chunk async for chunk in await stream.iter_bytes()]), body)
        part = await client.get_object(oss.GetObjectRequest(**old, range_header="bytes=10-19"))
        equal((part.status_code, await content(part)), (206, body[10:20]))
        pages = client.list_object_versions_paginator(limit=1)
        request = oss.ListObjectVersionsRequest(bucket=stage.bucket)
        found = [entry.is_latest async for page in pages.iter_page(request) for entry in page.version]
        equal(found, [True, False])
        listed = await client.list_objects(oss.ListObjectsRequest(bucket=stage.bucket))
        equal([entry.key for entry in listed.contents], ["a"])

    run(work)
