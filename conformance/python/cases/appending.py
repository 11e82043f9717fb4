"""AppendObject."""

import alibabacloud_oss_v2 as oss

from harness import case, equal, refused
from stage import crc, pattern


def append(stage, key, position, body, **fields):
    return stage.client.append_object(
        oss.AppendObjectRequest(bucket=stage.bucket, key=key, position=position, body=body, **fields)
    )


@case("pieces are appended one after another, with the CRC64 of the whole")
def _(stage):
    first, second = pattern(1000), pattern(2000, seed=2)
    got = append(stage, "log", 0, first, metadata={"kind": "log"}, content_type="text/log")
    equal((got.next_position, got.hash_crc64), (1000, crc(first)))
    got = append(stage, "log", 1000, second, metadata={"kind": "other"})
    equal((got.next_position, got.hash_crc64), (3000, crc(first + second)))
    read = stage.get("log")
    equal(read.content, first + second)
    equal((read.object_type, read.next_append_position), ("Appendable", 3000))
    equal((dict(read.metadata), read.content_type), ({"kind": "log"}, "text/log"))


@case("a wrong position is PositionNotEqualToLength and tells the right one")
def _(stage):
    for position in (1, 99):
        with refused(409, "PositionNotEqualToLength", ec="0026-00000016") as refusal:
            append(stage, "log", position, b"x")
        equal(refusal.error.headers["x-oss-next-append-position"], "0")
    append(stage, "log", 0, b"12345")
    for position in (0, 4, 6):
        with refused(409, "PositionNotEqualToLength") as refusal:
            append(stage, "log", position, b"x")
        equal(refusal.error.headers["x-oss-next-append-position"], "5")
    equal(stage.get("log").content, b"12345")


@case("only an appendable object can be appended to")
def _(stage):
    stage.put("whole", b"12345")
    for position in (0, 5):
        with refused(409, "ObjectNotAppendable"):
            append(stage, "whole", position, b"x")


@case("an empty appendable object takes position 0 again")
def _(stage):
    equal(append(stage, "log", 0, b"").next_position, 0)
    equal(append(stage, "log", 0, b"abc").next_position, 3)


@case("a position that is no number is InvalidArgument")
def _(stage):
    with refused(400, "InvalidArgument"):
        stage.call("AppendObject", "POST", "log", parameters={"append": "", "position": "end"}, body=b"x")


@case("in a bucket with versioning an append makes no new version, and its id is null")
def _(stage):
    stage.versioned()
    equal(append(stage, "log", 0, b"1").version_id, "null")
    equal(append(stage, "log", 1, b"2").version_id, "null")
    got = stage.client.list_object_versions(oss.ListObjectVersionsRequest(bucket=stage.bucket))
    equal([entry.key for entry in got.version], ["log"])
    stage.put("log", b"new")
    with refused(409, "ObjectNotAppendable"):
        append(stage, "log", 2, b"3")


@case("a file-like object appends through the client")
def _(stage):
    with stage.client.append_file(stage.bucket, "log") as log:
        log.write(b"one ")
        log.write(b"two")
        equal(log.tell(), 7)
    with stage.client.append_file(stage.bucket, "log") as log:
        log.write_from(b" three")
    equal(stage.get("log").content, b"one two three")
