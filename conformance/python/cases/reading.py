"""GetObject: ranges, conditions, overrides."""

import datetime
from email.utils import format_datetime

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused
from stage import anonymous, crc, pattern

BODY = pattern(1000)


def read(stage, range_header, behaviour=None):
    got = stage.get("thousand", range_header=range_header, range_behavior=behaviour)
    return got.status_code, got.headers.get("Content-Range"), got.content


def http_date(moment):
    return format_datetime(moment.astimezone(datetime.timezone.utc), usegmt=True)


@case("a range inside the object is 206 with that piece and the whole object's CRC64")
def _(stage):
    stage.put("thousand", BODY)
    for text, first, last in (("0-0", 0, 0), ("0-999", 0, 999), ("100-199", 100, 199), ("990-", 990, 999), ("-10", 990, 999)):
        for behaviour in (None, "standard"):
            got = read(stage, f"bytes={text}", behaviour)
            equal((text, *got), (text, 206, f"bytes {first}-{last}/1000", BODY[first : last + 1]))
    got = stage.get("thousand", range_header="bytes=5-6")
    equal((got.hash_crc64, got.content_length, got.headers["Accept-Ranges"]), (crc(BODY), 2, "bytes"))


@case("a range outside the object gives the whole object unless standard behaviour is asked for")
def _(stage):
    stage.put("thousand", BODY)
    for text in ("bytes=500-2000", "bytes=1000-", "bytes=1000-2000", "bytes=-2000"):
        equal((text, *read(stage, text)), (text, 200, None, BODY))


@case("standard behaviour clips a range and refuses one that begins behind the end")
def _(stage):
    stage.put("thousand", BODY)
    equal(read(stage, "bytes=500-2000", "standard"), (206, "bytes 500-999/1000", BODY[500:]))
    equal(read(stage, "bytes=-2000", "standard"), (206, "bytes 0-999/1000", BODY))
    for text in ("bytes=1000-", "bytes=1000-2000"):
        with refused(416, "InvalidRange"):
            read(stage, text, "standard")


@case("a range that is none is ignored, and of several only the first counts")
def _(stage):
    stage.put("thousand", BODY)
    for text in ("byte=0-9", "bytes=a-b", "bytes=", "bytes=9-5", "0-9"):
        for behaviour in (None, "standard"):
            headers = {"Range": text, **({"x-oss-range-behavior": behaviour} if behaviour else {})}
            got = stage.call("GetObject", "GET", "thousand", headers=headers)
            equal((text, behaviour, got.status_code, len(got.http_response.content)), (text, behaviour, 200, 1000))
    equal(read(stage, "bytes=0-9,20-29"), (206, "bytes 0-9/1000", BODY[:10]))


@case("an empty object is read whole, whatever range is asked for")
def _(stage):
    stage.put("thousand", b"")
    equal(read(stage, "bytes=0-"), (200, None, b""))


@case("If-Match and If-None-Match compare ETags")
def _(stage):
    etag = stage.put("a", b"a").etag
    for fields in ({"if_match": etag}, {"if_none_match": '"00"'}):
        equal(stage.get("a", **fields).content, b"a")
        equal(stage.head("a", **fields).status_code, 200)
    with refused(412, "PreconditionFailed"):
        stage.get("a", if_match='"00"')
    with refused(412, "PreconditionFailed"):
        stage.head("a", if_match='"00"')
    for ask in (stage.get, stage.head):
        not_modified(lambda ask=ask: ask("a", if_none_match=etag))


@case("If-Modified-Since and If-Unmodified-Since compare with Last-Modified")
def _(stage):
    stage.put("a", b"a")
    modified = stage.head("a").last_modified
    before, after = (http_date(modified + datetime.timedelta(hours=by)) for by in (-1, 1))
    same = http_date(modified)
    equal(stage.get("a", if_modified_since=before).content, b"a")
    equal(stage.get("a", if_unmodified_since=same).content, b"a")
    equal(stage.get("a", if_unmodified_since=after).content, b"a")
    with refused(412, "PreconditionFailed"):
        stage.get("a", if_unmodified_since=before)
    for when in (same, after):
        not_modified(lambda when=when: stage.get("a", if_modified_since=when))


def not_modified(ask):
    try:
        ask()
    except oss.exceptions.OperationError as error:
        equal((error.unwrap().status_code, error.unwrap().snapshot), (304, b""))
    else:
        raise AssertionError("went through, want 304")


@case("response overrides change the headers of the response, of a signed request only")
def _(stage):
    bucket = stage.new_bucket(acl="public-read")
    stage.client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a", cache_control="no-cache"))
    request = oss.GetObjectRequest(
        bucket=bucket,
        key="a",
        response_cache_control="max-age=1",
        response_content_disposition='attachment; filename="é"'.encode().decode("ascii", "ignore"),
        response_content_encoding="br",
        response_content_language="de",
        response_content_type="text/other",
        response_expires="Wed, 08 Jul 2037 16:57:01 GMT",
    )
    got = stage.client.get_object(request)
    got.body.close()
    equal((got.cache_control, got.content_encoding, got.content_type), ("max-age=1", "br", "text/other"))
    equal((got.headers["Content-Language"], got.expires), ("de", "Wed, 08 Jul 2037 16:57:01 GMT"))
    equal(got.content_disposition, 'attachment; filename=""')
    try:
        anonymous().get_object(request)
    except oss.exceptions.OperationError as error:
        holds(error.unwrap().status_code in (400, 403), error)
    else:
        raise AssertionError("an anonymous request could override headers")


@case("an archived object cannot be read until it is restored")
def _(stage):
    stage.put("cold", b"cold", storage_class="Archive")
    with refused(403, "InvalidObjectState"):
        stage.get("cold")
    restore = oss.RestoreObjectRequest(bucket=stage.bucket, key="cold", restore_request=oss.RestoreRequest(days=1))
    equal(stage.client.restore_object(restore).status_code, 202)
    holds("ongoing-request=" in stage.head("cold").restore, "x-oss-restore")
    # The emulator of this suite restores at once.
    equal(stage.get("cold").content, b"cold")
    holds('ongoing-request="false", expiry-date="' in stage.head("cold").restore, stage.head("cold").restore)
    equal(stage.client.restore_object(restore).status_code, 200)


@case("an object of a class that is always readable cannot be restored")
def _(stage):
    for storage_class in ("Standard", "IA"):
        stage.put("warm", b"warm", storage_class=storage_class)
        with refused(400, "OperationNotSupported", ec="0016-00000702"):
            stage.client.restore_object(oss.RestoreObjectRequest(bucket=stage.bucket, key="warm"))


@case("an object is read as a file, with seeking and read-ahead")
def _(stage):
    body = pattern(300_000)
    stage.put("a", body)
    with stage.client.open_file(stage.bucket, "a") as reader:
        equal(reader.read(10), body[:10])
        reader.seek(250_000)
        equal(reader.read(), body[250_000:])
    with stage.client.open_file(stage.bucket, "a", enable_prefetch=True, chunk_size=50_000, prefetch_threshold=0) as reader:
        equal(reader.read(), body)
