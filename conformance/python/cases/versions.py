"""Buckets with versioning."""

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused


def delete(stage, key, version_id=None):
    return stage.client.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key=key, version_id=version_id))


def listed(stage, **fields):
    """Versions and markers as (key, id), and whether a page was cut."""
    entries = []
    pages = stage.client.list_object_versions_paginator(**fields)
    for page in pages.iter_page(oss.ListObjectVersionsRequest(bucket=stage.bucket)):
        for entry in page.version or []:
            entries.append(("version", entry.key, entry.version_id, entry.is_latest))
        for entry in page.delete_marker or []:
            entries.append(("marker", entry.key, entry.version_id, entry.is_latest))
    return entries


@case("without versioning no response has a version id")
def _(stage):
    equal((stage.put("a", b"a").version_id, stage.head("a").version_id), (None, None))


@case("with versioning each write makes a version with its own id")
def _(stage):
    stage.versioned()
    first, second = stage.put("a", b"one").version_id, stage.put("a", b"two").version_id
    holds(first and second and first != second, (first, second))
    equal((stage.get("a").content, stage.head("a").version_id), (b"two", second))
    equal(stage.get("a", version_id=first).content, b"one")
    equal(stage.head("a", version_id=first).version_id, first)
    meta = oss.GetObjectMetaRequest(bucket=stage.bucket, key="a", version_id=first)
    equal(stage.client.get_object_meta(meta).version_id, first)


@case("deleting without an id puts a marker on top, and deleting the marker uncovers the object")
def _(stage):
    stage.versioned()
    version = stage.put("a", b"one").version_id
    marker = delete(stage, "a")
    equal((marker.status_code, marker.delete_marker), (204, True))
    for ask in (stage.get, stage.head):
        with refused(404, "NoSuchKey") as refusal:
            ask("a")
        equal(refusal.error.headers["x-oss-delete-marker"], "true")
        equal(refusal.error.headers["x-oss-version-id"], marker.version_id)
    equal(stage.get("a", version_id=version).content, b"one")
    gone = delete(stage, "a", marker.version_id)
    equal((gone.delete_marker, gone.version_id), (True, marker.version_id))
    equal(stage.get("a").content, b"one")


@case("a marker read by its id is MethodNotAllowed")
def _(stage):
    stage.versioned()
    stage.put("a", b"one")
    marker = delete(stage, "a").version_id
    with refused(405, "MethodNotAllowed", Method="GET") as refusal:
        stage.get("a", version_id=marker)
    equal((refusal.error.headers["Allow"], refusal.error.headers["x-oss-delete-marker"]), ("DELETE", "true"))
    holds("ResourceType" in refusal.error.error_fileds, "ResourceType")


@case("an id that is unknown is NoSuchVersion")
def _(stage):
    stage.versioned()
    real = stage.put("a", b"one").version_id
    stage.put("b", b"other")
    with refused(404, "NoSuchVersion"):
        stage.get("a", version_id=real[:-1] + ("A" if real[-1] != "A" else "B"))


@case("deleting a version by its id is for good")
def _(stage):
    stage.versioned()
    first, second = stage.put("a", b"one").version_id, stage.put("a", b"two").version_id
    gone = delete(stage, "a", second)
    equal((gone.status_code, gone.version_id, gone.delete_marker), (204, second, None))
    equal(stage.get("a").content, b"one")
    delete(stage, "a", first)
    with refused(404, "NoSuchKey"):
        stage.get("a")
    equal(listed(stage), [])


@case("an object older than versioning has the id null")
def _(stage):
    stage.put("a", b"old")
    stage.versioned()
    new = stage.put("a", b"new").version_id
    equal(stage.get("a", version_id="null").content, b"old")
    equal(listed(stage), [("version", "a", new, True), ("version", "a", "null", False)])


@case("while versioning is suspended writes and markers replace the version null")
def _(stage):
    stage.versioned()
    kept = stage.put("a", b"kept").version_id
    stage.versioned("Suspended")
    for body in (b"one", b"two"):
        equal(stage.put("a", body).version_id, "null")
    equal(listed(stage), [("version", "a", "null", True), ("version", "a", kept, False)])
    marker = delete(stage, "a")
    equal((marker.version_id, marker.delete_marker), ("null", True))
    equal(sorted(listed(stage)), [("marker", "a", "null", True), ("version", "a", kept, False)])
    equal(stage.get("a", version_id=kept).content, b"kept")


@case("versions are listed by key, newest first, whatever the page size")
def _(stage):
    stage.versioned()
    wanted = []
    for key in ("a", "b+ ", "c/1"):
        ids = [stage.put(key, str(n).encode()).version_id for n in range(3)]
        wanted += [("version", key, version, n == 0) for n, version in enumerate(reversed(ids))]
    for limit in (1, 2, 3, 4, 100):
        equal((limit, listed(stage, limit=limit)), (limit, wanted))


@case("versions and markers are listed with prefix, delimiter and markers")
def _(stage):
    stage.versioned()
    for key in ("a/1", "a/2", "b"):
        stage.put(key, b"x")
        delete(stage, key)
    got = stage.client.list_object_versions(oss.ListObjectVersionsRequest(bucket=stage.bucket, delimiter="/"))
    equal([entry.prefix for entry in got.common_prefixes], ["a/"])
    equal([(entry.key, entry.is_latest) for entry in got.version], [("b", False)])
    equal([(entry.key, entry.is_latest) for entry in got.delete_marker], [("b", True)])
    got = stage.client.list_object_versions(
        oss.ListObjectVersionsRequest(bucket=stage.bucket, key_marker="a/1", max_keys=1)
    )
    equal((got.is_truncated, got.next_key_marker), (True, "a/2"))
    equal([entry.key for entry in got.delete_marker], ["a/2"])
    equal(got.next_version_id_marker, got.delete_marker[0].version_id)


@case("a multipart upload and a copy make versions too")
def _(stage):
    stage.versioned()
    upload = stage.initiate("a")
    done = stage.complete("a", upload, [stage.part("a", upload, 1, b"x")])
    holds(done.version_id, "Complete gave no version id")
    request = oss.CopyObjectRequest(bucket=stage.bucket, key="a", source_bucket=stage.bucket, source_key="a")
    copied = stage.client.copy_object(request)
    holds(copied.version_id not in (None, done.version_id), "the copy gave no version id of its own")
    equal(copied.source_version_id, done.version_id)


@case("a deleted key is not in the list of objects")
def _(stage):
    stage.versioned()
    stage.put("a", b"x")
    delete(stage, "a")
    equal(stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket)).key_count, 0)
