"""CopyObject."""

import datetime
from email.utils import format_datetime

import alibabacloud_oss_v2 as oss

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused
from stage import PART, crc, md5_hex, pattern


def copy(stage, source, key, **fields):
    fields.setdefault("source_bucket", stage.bucket)
    return stage.client.copy_object(
        oss.CopyObjectRequest(bucket=stage.bucket, key=key, source_key=source, **fields)
    )


@case("a copy has the content, metadata and tags of its source")
def _(stage):
    stage.put("a", b"abc", metadata={"colour": "blue"}, content_type="text/a", tagging="k=v", cache_control="no-cache")
    got = copy(stage, "a", "b")
    equal((got.etag, got.hash_crc64), (f'"{md5_hex(b"abc")}"', crc(b"abc")))
    holds(got.last_modified is not None, "LastModified")
    read = stage.get("b")
    equal((read.content, dict(read.metadata), read.content_type), (b"abc", {"colour": "blue"}, "text/a"))
    equal((read.cache_control, read.tagging_count), ("no-cache", 1))


@case("REPLACE takes metadata and tags from the request")
def _(stage):
    stage.put("a", b"abc", metadata={"colour": "blue"}, content_type="text/a", tagging="k=v")
    copy(
        stage, "a", "b", metadata_directive="REPLACE", metadata={"size": "3"}, content_type="text/b",
        tagging_directive="Replace", tagging="x=1&y=2",
    )
    read = stage.head("b")
    equal((dict(read.metadata), read.content_type, read.tagging_count), ({"size": "3"}, "text/b", 2))


@case("COPY ignores the request's metadata")
def _(stage):
    stage.put("a", b"abc", metadata={"colour": "blue"})
    copy(stage, "a", "b", metadata_directive="COPY", metadata={"colour": "red"})
    equal(dict(stage.head("b").metadata), {"colour": "blue"})


@case("a copy onto itself replaces its metadata")
def _(stage):
    stage.put("a", b"abc", metadata={"colour": "blue"})
    copy(stage, "a", "a", metadata_directive="REPLACE", metadata={"colour": "red"})
    equal((stage.get("a").content, dict(stage.head("a").metadata)), (b"abc", {"colour": "red"}))


@case("a source key may have any character")
def _(stage):
    for key in ODD_KEYS:
        stage.put(key, key.encode())
        copy(stage, key, "copy")
        equal((key, stage.get("copy").content), (key, key.encode()))


@case("a source in another bucket is copied")
def _(stage):
    other = stage.new_bucket()
    stage.client.put_object(oss.PutObjectRequest(bucket=other, key="a", body=b"there"))
    copy(stage, "a", "b", source_bucket=other)
    equal(stage.get("b").content, b"there")


@case("a missing source is NoSuchKey, a missing source bucket NoSuchBucket")
def _(stage):
    with refused(404, "NoSuchKey"):
        copy(stage, "missing", "b")
    with refused(404, "NoSuchBucket"):
        copy(stage, "a", "b", source_bucket="no-such-bucket-here")


@case("conditions on the source decide whether it is copied")
def _(stage):
    etag = stage.put("a", b"abc").etag
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    before, after = format_datetime(now - hour, usegmt=True), format_datetime(now + hour, usegmt=True)
    copy(stage, "a", "b", if_match=etag)
    copy(stage, "a", "b", if_unmodified_since=after)
    copy(stage, "a", "b", if_none_match='"00"')
    copy(stage, "a", "b", if_modified_since=before)
    for fields in ({"if_match": '"00"'}, {"if_unmodified_since": before}):
        with refused(412, "PreconditionFailed"):
            copy(stage, "a", "c", **fields)
    for fields in ({"if_none_match": etag}, {"if_modified_since": after}):
        try:
            copy(stage, "a", "c", **fields)
        except oss.exceptions.OperationError as error:
            equal(error.unwrap().status_code, 304)
        else:
            raise AssertionError("went through, want 304")
    with refused(404, "NoSuchKey"):
        stage.head("c")


@case("forbid-overwrite holds for a copy")
def _(stage):
    stage.put("a", b"a")
    stage.put("b", b"b")
    with refused(409, "FileAlreadyExists"):
        copy(stage, "a", "b", forbid_overwrite=True)
    equal(stage.get("b").content, b"b")


@case("class and ACL of a copy come from the request")
def _(stage):
    stage.put("a", b"a", acl="public-read")
    copy(stage, "a", "b", storage_class="IA", acl="private")
    equal(stage.head("b").storage_class, "IA")
    equal(stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="b")).acl, "private")


@case("a version of the source can be copied")
def _(stage):
    stage.versioned()
    first = stage.put("a", b"one").version_id
    stage.put("a", b"two")
    got = copy(stage, "a", "b", source_version_id=first)
    equal((got.source_version_id, stage.get("b").content), (first, b"one"))
    holds(got.version_id, "no version id of the copy")


@case("the copier copies small objects at once and large ones in parts")
def _(stage):
    body = pattern(3 * PART + 5)
    stage.put("a", body, metadata={"colour": "blue"}, tagging="k=v")
    copier = stage.client.copier(part_size=PART, parallel_num=3, multipart_copy_threshold=2 * PART,
                                 disable_shallow_copy=True)
    request = oss.CopyObjectRequest(bucket=stage.bucket, key="b", source_bucket=stage.bucket, source_key="a")
    holds(copier.copy(request).upload_id, "not copied in parts")
    got = stage.get("b")
    equal((got.content, dict(got.metadata), got.object_type), (body, {"colour": "blue"}, "Multipart"))
    stage.put("small", b"small")
    request = oss.CopyObjectRequest(bucket=stage.bucket, key="c", source_bucket=stage.bucket, source_key="small")
    holds(not copier.copy(request).upload_id, "a small object was copied in parts")
    equal(stage.get("c").content, b"small")
