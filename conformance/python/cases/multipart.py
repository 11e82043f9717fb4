"""Multipart uploads, and every way to get them wrong."""

import hashlib
import re

import alibabacloud_oss_v2 as oss

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused
from stage import KIB, PART, crc, md5_hex, pattern


def abort(stage, key, upload_id):
    return stage.client.abort_multipart_upload(
        oss.AbortMultipartUploadRequest(bucket=stage.bucket, key=key, upload_id=upload_id)
    )


def uploads(stage, **fields):
    return stage.client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=stage.bucket, **fields))


def in_parts(stage, key, bodies, **fields):
    """Uploads the bodies as parts 1, 2, …; gives the id and the list for Complete."""
    upload = stage.initiate(key, **fields)
    return upload, [stage.part(key, upload, number, body) for number, body in enumerate(bodies, 1)]


def etag_of_parts(bodies):
    """MD5 over the upper-case hex MD5s of the parts, and how many there were."""
    text = "".join(md5_hex(body) for body in bodies)
    return f'"{hashlib.md5(text.encode()).hexdigest().upper()}-{len(bodies)}"'


BODIES = [pattern(PART, 1), pattern(PART + 1, 2), pattern(7, 3)]


@case("parts become one object with the ETag of the parts and the CRC64 of the whole")
def _(stage):
    upload, parts = in_parts(stage, "a", BODIES)
    holds(re.fullmatch("[0-9A-F]{32}", upload), upload)
    done = stage.complete("a", upload, parts)
    whole = b"".join(BODIES)
    equal((done.bucket, done.key, done.etag), (stage.bucket, "a", etag_of_parts(BODIES)))
    equal((done.headers["ETag"], done.hash_crc64), (done.etag, crc(whole)))
    holds(done.location.endswith("/a") and stage.bucket in done.location, done.location)
    got = stage.get("a")
    equal((got.content, got.etag, got.hash_crc64, got.object_type), (whole, done.etag, crc(whole), "Multipart"))
    equal(got.content_md5, None)


@case("the ETag of parts is the one of the official sample")
def _(_stage):
    parts = ("3349DC700140D7F86A078484278075A9", "8EFDA8BE206636A695359836FE0A0E0A", "8C315065167132444177411FDA149B92")
    equal(hashlib.md5("".join(parts).encode()).hexdigest().upper(), "B864DB6A936D376F9F8D3ED3BBE540DD")


@case("UploadPart returns the part's ETag, Content-MD5 and CRC64")
def _(stage):
    upload = stage.initiate("a")
    got = stage.client.upload_part(
        oss.UploadPartRequest(bucket=stage.bucket, key="a", upload_id=upload, part_number=3, body=BODIES[0])
    )
    equal((got.etag, got.hash_crc64), (f'"{md5_hex(BODIES[0])}"', crc(BODIES[0])))
    holds(got.content_md5, "no Content-MD5")


@case("what Initiate was given is on the finished object, and the ACL is Complete's")
def _(stage):
    upload, parts = in_parts(
        stage, "a.txt", BODIES, metadata={"colour": "blue"}, tagging="k=v", storage_class="IA",
        cache_control="no-cache", content_disposition="inline", expires="Wed, 08 Jul 2037 16:57:01 GMT",
    )
    stage.complete("a.txt", upload, parts, acl="public-read")
    got = stage.head("a.txt")
    equal((dict(got.metadata), got.tagging_count, got.storage_class), ({"colour": "blue"}, 1, "IA"))
    equal((got.content_type, got.cache_control, got.content_disposition), ("text/plain", "no-cache", "inline"))
    equal(got.expires, "Wed, 08 Jul 2037 16:57:01 GMT")
    equal(stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="a.txt")).acl, "public-read")


@case("gaps between part numbers are fine, up to 10000")
def _(stage):
    upload = stage.initiate("a")
    parts = [stage.part("a", upload, n, body) for n, body in zip((2, 500, 10_000), BODIES)]
    stage.complete("a", upload, parts)
    equal(stage.get("a").content, b"".join(BODIES))


@case("only listed parts are taken")
def _(stage):
    upload, parts = in_parts(stage, "a", BODIES)
    done = stage.complete("a", upload, [parts[0], parts[2]])
    equal(stage.get("a").content, BODIES[0] + BODIES[2])
    equal(done.etag, etag_of_parts([BODIES[0], BODIES[2]]))


@case("a part uploaded again replaces the first")
def _(stage):
    upload = stage.initiate("a")
    old = stage.part("a", upload, 1, b"old")
    new = stage.part("a", upload, 1, b"new")
    with refused(400, "InvalidPart"):
        stage.complete("a", upload, [old])
    stage.complete("a", upload, [new])
    equal(stage.get("a").content, b"new")


@case("ETags of parts are compared without quotes and case")
def _(stage):
    upload, parts = in_parts(stage, "a", BODIES)
    parts[0].etag = parts[0].etag.strip('"')
    parts[1].etag = parts[1].etag.lower()
    stage.complete("a", upload, parts)


@case("complete-all takes every part in order, and no list")
def _(stage):
    upload = stage.initiate("a")
    for number in (3, 1, 2):
        stage.part("a", upload, number, BODIES[number - 1])
    with refused(400, "InvalidArgument", ec="0042-00000216", ArgumentName="x-oss-complete-all"):
        stage.complete("a", upload, [oss.UploadPart(part_number=1, etag="x")], complete_all="yes")
    with refused(400, "InvalidArgument"):
        stage.complete("a", upload, None, complete_all="no")
    stage.complete("a", upload, None, complete_all="yes")
    equal(stage.get("a").content, b"".join(BODIES))


@case("complete-all without any part is InvalidPart")
def _(stage):
    with refused(400, "InvalidPart"):
        stage.complete("a", stage.initiate("a"), None, complete_all="yes")


@case("a Complete without a list is MalformedXML")
def _(stage):
    upload, _ = in_parts(stage, "a", [b"x"])
    with refused(400, "MalformedXML", ec="0042-00000205"):
        stage.complete("a", upload, None)
    for body in (b"<CompleteMultipartUpload/>", b"<CompleteMultipartUpload><Part>", b"parts, please"):
        with refused(400, "MalformedXML"):
            stage.call("CompleteMultipartUpload", "POST", "a", parameters={"uploadId": upload}, body=body)


@case("parts out of order, or twice, are InvalidPartOrder")
def _(stage):
    upload, parts = in_parts(stage, "a", BODIES)
    for wrong in ([parts[1], parts[0]], [parts[0], parts[0]], [parts[0], parts[2], parts[1]]):
        with refused(400, "InvalidPartOrder", ec="0042-00000209"):
            stage.complete("a", upload, wrong)


@case("a part that is missing or has another ETag is InvalidPart and is named")
def _(stage):
    upload, parts = in_parts(stage, "a", BODIES)
    other = "0" * 32
    with refused(400, "InvalidPart", PartNumber="2", UploadId=upload) as refusal:
        stage.complete("a", upload, [parts[0], oss.UploadPart(part_number=2, etag=other), parts[2]])
    equal(refusal.error.error_fileds["ETag"].strip('"'), other)
    with refused(400, "InvalidPart", PartNumber="9"):
        stage.complete("a", upload, [*parts, oss.UploadPart(part_number=9, etag=other)])


@case("a listed part below 100 KiB that is not the last is EntityTooSmall")
def _(stage):
    upload, parts = in_parts(stage, "a", [pattern(PART - 1), b"last"])
    with refused(400, "EntityTooSmall", ec="0042-00000213"):
        stage.complete("a", upload, parts)
    stage.complete("a", upload, parts[:1])


@case("a refused Complete leaves the upload, so a right one may follow")
def _(stage):
    stage.put("a", b"before")
    upload, parts = in_parts(stage, "a", BODIES)
    with refused(400, "InvalidPartOrder"):
        stage.complete("a", upload, parts[::-1])
    equal(stage.get("a").content, b"before")
    equal(len(stage.list_parts("a", upload).parts), 3)
    stage.complete("a", upload, parts)


@case("an upload id is dead after Complete and after Abort, for every operation")
def _(stage):
    done, parts = in_parts(stage, "a", [b"x"])
    stage.complete("a", done, parts)
    aborted, _ = in_parts(stage, "a", [b"x"])
    equal(abort(stage, "a", aborted).status_code, 204)
    other = stage.initiate("b")
    for upload in (done, aborted, other, "0" * 32, "no id at all"):
        with refused(404, "NoSuchUpload", ec="0017-00000244", UploadId=upload):
            stage.part("a", upload, 1, b"x")
        with refused(404, "NoSuchUpload", ec="0042-00000002", UploadId=upload):
            stage.complete("a", upload, parts)
        with refused(404, "NoSuchUpload"):
            abort(stage, "a", upload)
        with refused(404, "NoSuchUpload"):
            stage.list_parts("a", upload)


@case("a part number outside 1 to 10000 is InvalidArgument")
def _(stage):
    upload = stage.initiate("a")
    for number in (0, 10_001, -1):
        with refused(400, "InvalidArgument", ec="0017-00000220", ArgumentValue=str(number)) as refusal:
            stage.part("a", upload, number, b"x")
        equal(refusal.error.error_fileds["ArgumentName"].lower(), "partnumber")
    with refused(400, ("MissingArgument", "InvalidArgument")):
        stage.call("UploadPart", "PUT", "a", parameters={"uploadId": upload, "partNumber": ""}, body=b"x")


@case("a part with another body's MD5 is InvalidDigest and is not kept")
def _(stage):
    upload = stage.initiate("a")
    with refused(400, "InvalidDigest", ec="0017-00000503"):
        stage.part("a", upload, 1, b"x", content_md5="1B2M2Y8AsgTpgAmY7PhCfg==")
    equal(stage.list_parts("a", upload).parts or [], [])


@case("forbid-overwrite holds at Initiate and at Complete")
def _(stage):
    stage.put("a", b"x")
    with refused(409, "FileAlreadyExists"):
        stage.initiate("a", forbid_overwrite=True)
    upload, parts = in_parts(stage, "b", [b"mine"], forbid_overwrite=True)
    stage.put("b", b"theirs")
    with refused(409, "FileAlreadyExists"):
        stage.complete("b", upload, parts, forbid_overwrite=True)
    equal(stage.get("b").content, b"theirs")
    stage.complete("b", upload, parts)
    equal(stage.get("b").content, b"mine")


@case("ListParts has every field and pages by number")
def _(stage):
    upload = stage.initiate("a")
    for number in (1, 2, 5):
        stage.part("a", upload, number, pattern(number * 10))
    got = stage.list_parts("a", upload)
    equal((got.bucket, got.key, got.upload_id, got.max_parts), (stage.bucket, "a", upload, 1000))
    equal((got.is_truncated, int(got.next_part_number_marker), got.storage_class), (False, 5, "Standard"))
    equal([(p.part_number, p.size, p.etag, str(p.hash_crc64)) for p in got.parts],
          [(n, n * 10, f'"{md5_hex(pattern(n * 10))}"', crc(pattern(n * 10))) for n in (1, 2, 5)])
    holds(all(part.last_modified for part in got.parts), "LastModified")
    first = stage.list_parts("a", upload, max_parts=2)
    equal((first.is_truncated, int(first.next_part_number_marker)), (True, 2))
    rest = stage.list_parts("a", upload, part_number_marker=first.next_part_number_marker)
    equal([part.part_number for part in rest.parts], [5])
    for limit in (1, 2, 3):
        pages = stage.client.list_parts_paginator(limit=limit)
        request = oss.ListPartsRequest(bucket=stage.bucket, key="a", upload_id=upload)
        equal([p.part_number for page in pages.iter_page(request) for p in page.parts], [1, 2, 5])


@case("ListMultipartUploads is in the order of key and id, with every page size")
def _(stage):
    wanted = sorted((key.encode(), stage.initiate(key), key) for key in ("a", "a", "b/1", "b/2", "c", "a"))
    wanted = [(key, upload) for _, upload, key in wanted]
    for limit in (1, 2, 3, 100):
        pages = stage.client.list_multipart_uploads_paginator(limit=limit)
        got = [
            (upload.key, upload.upload_id)
            for page in pages.iter_page(oss.ListMultipartUploadsRequest(bucket=stage.bucket))
            for upload in page.uploads or []
        ]
        equal((limit, got), (limit, wanted))
    got = uploads(stage, prefix="b/")
    equal(([u.key for u in got.uploads], got.prefix, got.is_truncated), (["b/1", "b/2"], "b/", False))
    holds(got.uploads[0].initiated, "Initiated")
    equal([u.key for u in uploads(stage, key_marker="b/1").uploads], ["b/2", "c"])
    middle = wanted[1]
    got = uploads(stage, key_marker=middle[0], upload_id_marker=middle[1])
    equal([(u.key, u.upload_id) for u in got.uploads], wanted[2:])
    equal(len(uploads(stage, upload_id_marker=middle[1]).uploads), 6)
    for wrong in (1001, -1):
        with refused(400, "InvalidArgument"):
            uploads(stage, max_uploads=wrong)


@case("unusual keys go through a multipart upload, its lists included")
def _(stage):
    ids = {key: in_parts(stage, key, [key.encode()]) for key in ODD_KEYS}
    equal(sorted(u.key for u in uploads(stage).uploads), sorted(ODD_KEYS))
    for key, (upload, parts) in ids.items():
        equal(stage.list_parts(key, upload).key, key)
        equal(stage.complete(key, upload, parts).key, key)
        equal(stage.get(key).content, key.encode())
    equal(uploads(stage).uploads or [], [])


@case("uploads of one key live side by side, and the last completed wins")
def _(stage):
    one, first = in_parts(stage, "a", [b"one"])
    two, second = in_parts(stage, "a", [b"two"])
    stage.complete("a", two, second)
    equal(stage.get("a").content, b"two")
    stage.complete("a", one, first)
    equal(stage.get("a").content, b"one")


@case("parts are copied from objects, whole or by range")
def _(stage):
    source = pattern(3 * PART)
    stage.put("source é+", source)
    upload = stage.initiate("a")

    def copied(number, **fields):
        request = oss.UploadPartCopyRequest(
            bucket=stage.bucket, key="a", upload_id=upload, part_number=number,
            source_bucket=stage.bucket, source_key="source é+", **fields,
        )
        return stage.client.upload_part_copy(request)

    first = copied(1, source_range=f"bytes=0-{PART - 1}")
    equal((first.etag, first.headers["Content-Range"]), (f'"{md5_hex(source[:PART])}"', f"bytes 0-{PART - 1}/{3 * PART}"))
    holds(first.last_modified, "LastModified")
    second = copied(2)
    equal((second.etag, "Content-Range" in second.headers), (f'"{md5_hex(source)}"', False))
    invalid = copied(3, source_range=f"bytes={3 * PART}-")
    equal((invalid.etag, "Content-Range" in invalid.headers), (f'"{md5_hex(source)}"', False))
    with refused(412, "PreconditionFailed"):
        copied(4, if_match='"00"')
    parts = [oss.UploadPart(part_number=1, etag=first.etag), oss.UploadPart(part_number=2, etag=second.etag)]
    done = stage.complete("a", upload, parts)
    whole = source[:PART] + source
    equal((stage.get("a").content, done.hash_crc64), (whole, crc(whole)))


@case("a large part arrives whole")
def _(stage):
    body = pattern(9 * 1024 * KIB + 5)
    upload, parts = in_parts(stage, "a", [body])
    stage.complete("a", upload, parts)
    equal(stage.get("a").content, body)
