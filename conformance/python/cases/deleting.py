"""DeleteObject and DeleteMultipleObjects."""

import base64
import hashlib

import alibabacloud_oss_v2 as oss

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused


def delete_many(stage, keys, **fields):
    objects = [oss.DeleteObject(key=key) for key in keys]
    return stage.client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=stage.bucket, objects=objects, **fields)
    )


def delete_document(stage, body):
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    headers = {"Content-MD5": digest, "Content-Length": str(len(body))}
    stage.call("DeleteMultipleObjects", "POST", parameters={"delete": ""}, body=body, headers=headers)


@case("DeleteObject responds 204, whether the key exists or not")
def _(stage):
    stage.put("a", b"a")
    for _ in range(2):
        got = stage.client.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key="a"))
        equal((got.status_code, got.version_id, got.delete_marker), (204, None, None))
    with refused(404, "NoSuchKey"):
        stage.head("a")


@case("DeleteMultipleObjects reports every key, also those that never were")
def _(stage):
    for key in ODD_KEYS:
        stage.put(key, b"x")
    got = delete_many(stage, ODD_KEYS + ["missing"], encoding_type="url")
    equal(sorted(entry.key for entry in got.deleted_objects), sorted(ODD_KEYS + ["missing"]))
    equal(stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket)).key_count, 0)


@case("a quiet DeleteMultipleObjects responds with an empty body")
def _(stage):
    stage.put("a", b"x")
    got = delete_many(stage, ["a", "b"], quiet=True)
    equal((got.status_code, got.headers["Content-Length"]), (200, "0"))


@case("DeleteMultipleObjects takes 1000 keys and refuses 1001 or none")
def _(stage):
    equal(len(delete_many(stage, [f"k{n}" for n in range(1000)]).deleted_objects), 1000)
    with refused(400, "MalformedXML", ec="0016-00000608"):
        delete_many(stage, [f"k{n}" for n in range(1001)])
    with refused(400, "MalformedXML"):
        delete_document(stage, b"<Delete></Delete>")


@case("a DeleteMultipleObjects body that is no XML is MalformedXML and deletes nothing")
def _(stage):
    stage.put("a", b"x")
    for body in (b"", b"nonsense", b"<Delete><Object><Key>a</Key></Object>", b"<Other/>"):
        with refused(400, "MalformedXML"):
            delete_document(stage, body)
    equal(stage.get("a").content, b"x")


@case("numeric character references and entities in the body are read")
def _(stage):
    stage.put("a&b<c>'\"\té", b"x")
    body = b"<?xml version=\"1.0\"?><Delete><Object><Key>a&amp;b&lt;c&gt;&apos;&quot;&#9;&#xe9;</Key></Object></Delete>"
    delete_document(stage, body)
    equal(stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket)).key_count, 0)


@case("with versioning DeleteMultipleObjects makes markers, and deletes versions by their id")
def _(stage):
    stage.versioned()
    version = stage.put("a", b"x").version_id
    made = delete_many(stage, ["a"]).deleted_objects[0]
    equal((made.key, made.delete_marker), ("a", True))
    holds(made.delete_marker_version_id, "no id of the marker")
    objects = [
        oss.DeleteObject(key="a", version_id=version),
        oss.DeleteObject(key="a", version_id=made.delete_marker_version_id),
    ]
    request = oss.DeleteMultipleObjectsRequest(bucket=stage.bucket, objects=objects)
    gone = {entry.version_id: entry for entry in stage.client.delete_multiple_objects(request).deleted_objects}
    equal(set(gone), {version, made.delete_marker_version_id})
    equal(gone[made.delete_marker_version_id].delete_marker, True)
    got = stage.client.list_object_versions(oss.ListObjectVersionsRequest(bucket=stage.bucket))
    equal((got.version or [], got.delete_marker or []), ([], []))
