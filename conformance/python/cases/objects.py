"""PutObject, HeadObject, GetObjectMeta, and the rules for what is stored."""

import base64
import hashlib
import re
import socket
import urllib.parse

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused
from stage import KIB, client, client_by_domain, crc, md5_hex, pattern, send

ODD_KEYS = [
    "plain.txt",
    "with space and  two",
    "plus+plus",
    "per%2Fcent%",
    "a&b=c?d#e;f,g",
    "quote\"'<xml>&amp;",
    "control-\x01\x0b\x0c\x1f\x7f",
    "line\nfeed\ttab\rreturn",
    "emoji-🦀/🌈",
    "汉字/ключ/ά",
    "double//slash///x",
    "folder/",
    "~!@$^*()_-=[]{}|:",
    " leading and trailing ",
    ".hidden",
    "e\u0301-and-\u00e9",
]
DOT_KEYS = ["a/../b", "../up", "./here", "a/./b", "a/..", ".."]


@case("PutObject returns ETag, Content-MD5, CRC64 and the headers that every response has")
def _(stage):
    body = pattern(10_000)
    got = stage.put("a", body)
    equal(got.status_code, 200)
    equal(got.etag, f'"{md5_hex(body)}"')
    equal(got.content_md5, base64.b64encode(hashlib.md5(body).digest()).decode())
    equal(got.hash_crc64, crc(body))
    equal(got.version_id, None)
    equal(got.headers["Server"], "AliyunOSS")
    holds(re.fullmatch("[0-9A-F]{24}", got.request_id), got.request_id)
    holds(re.fullmatch("[0-9]+", got.headers["x-oss-server-time"]), "x-oss-server-time")
    holds(got.headers["Date"].endswith("GMT"), "Date")
    equal(got.headers["Content-Length"], "0")


@case("no two requests have the same request id")
def _(stage):
    ids = [stage.put("a", b"a").request_id for _ in range(20)]
    equal(len(set(ids)), 20)


@case("an empty object has the CRC64 0 and the MD5 of nothing")
def _(stage):
    got = stage.put("empty", b"")
    equal((got.hash_crc64, got.etag), ("0", '"D41D8CD98F00B204E9800998ECF8427E"'))
    equal((stage.get("empty").content, stage.head("empty").content_length), (b"", 0))


@case("what is stored with an object comes back on Get and Head")
def _(stage):
    stage.put(
        "a.bin",
        b"abc",
        metadata={"Colour": "blue", "with-dash": "a b  c", "utf": "x"},
        cache_control="max-age=60",
        content_disposition='attachment; filename="x"',
        content_encoding="identity",
        content_type="text/x-test",
        expires="Wed, 08 Jul 2037 16:57:01 GMT",
    )
    for got in (stage.head("a.bin"), stage.get("a.bin")):
        equal(dict(got.metadata), {"colour": "blue", "with-dash": "a b  c", "utf": "x"})
        equal((got.cache_control, got.content_disposition), ("max-age=60", 'attachment; filename="x"'))
        equal((got.content_encoding, got.content_type), ("identity", "text/x-test"))
        equal(got.expires, "Wed, 08 Jul 2037 16:57:01 GMT")
        equal((got.object_type, got.storage_class, got.content_length), ("Normal", "Standard", 3))
        equal((got.etag, got.hash_crc64), (f'"{md5_hex(b"abc")}"', crc(b"abc")))
        equal(got.content_md5, base64.b64encode(hashlib.md5(b"abc").digest()).decode())
        equal(got.tagging_count, None)
        holds(got.last_modified is not None, "Last-Modified")


@case("headers that were not stored do not come back")
def _(stage):
    stage.put("a", b"a")
    got = stage.head("a")
    for name in ("Cache-Control", "Content-Disposition", "Content-Encoding", "Expires"):
        holds(name not in got.headers, f"{name} appeared")


@case("an object without Content-Type is application/octet-stream")
def _(stage):
    url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key="untyped")).url
    equal(send("PUT", url, body=b"x").status, 200)
    equal(stage.head("untyped").content_type, "application/octet-stream")


@case("overwriting replaces metadata, tags, ACL and type")
def _(stage):
    stage.put("a", b"a", metadata={"old": "1"}, tagging="k=v", acl="public-read", content_type="text/old")
    stage.put("a", b"b")
    got = stage.head("a")
    equal((dict(got.metadata or {}), got.tagging_count, got.content_type), ({}, None, "application/octet-stream"))
    acl = stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key="a"))
    equal(acl.acl, "default")
    stage.client.append_object(oss.AppendObjectRequest(bucket=stage.bucket, key="log", position=0, body=b"1"))
    stage.put("log", b"whole")
    equal(stage.head("log").object_type, "Normal")


@case("GetObjectMeta gives length, ETag and CRC64, and no user metadata")
def _(stage):
    stage.put("a", b"abcd", metadata={"colour": "blue"})
    got = stage.client.get_object_meta(oss.GetObjectMetaRequest(bucket=stage.bucket, key="a"))
    equal((got.content_length, got.etag, got.hash_crc64), (4, f'"{md5_hex(b"abcd")}"', crc(b"abcd")))
    holds(got.last_modified is not None, "Last-Modified")
    holds(not any(name.lower().startswith("x-oss-meta-") for name in got.headers), "user metadata was given")


@case("an object without a storage class has its bucket's")
def _(stage):
    config = oss.CreateBucketConfiguration(storage_class="IA")
    bucket = stage.new_bucket(create_bucket_configuration=config)
    stage.client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    equal(stage.client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a")).storage_class, "IA")
    stage.client.put_object(oss.PutObjectRequest(bucket=bucket, key="b", body=b"a", storage_class="Standard"))
    equal(stage.client.head_object(oss.HeadObjectRequest(bucket=bucket, key="b")).storage_class, "Standard")


@case("a body of unknown length is taken in chunks")
def _(stage):
    body = pattern(300 * KIB)
    stage.put("chunked", (body[at : at + 7_001] for at in range(0, len(body), 7_001)))
    equal(stage.get("chunked").content, body)


@case("a body with neither Content-Length nor chunks is MissingContentLength")
def _(stage):
    url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key="a")).url
    response = conversation(url, "PUT", [])
    holds(response.startswith(b"HTTP/1.1 411"), response[:200])
    holds(b"<Code>MissingContentLength</Code>" in response and b"0017-00000101" in response, response)


@case("a Content-Length that is no number is 400")
def _(stage):
    url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key="a")).url
    holds(conversation(url, "PUT", ["Content-Length: ten"]).startswith(b"HTTP/1.1 400"), "not 400")


def conversation(url, method, headers, body=b"", wait_for=None):
    """Sends a hand-written head, waits for `wait_for` if given, sends the body, and returns the whole response."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as stream:
        lines = [f"{method} {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", *headers]
        stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        response = b""
        if wait_for is not None:
            while wait_for not in response and (data := stream.recv(4096)):
                response += data
            if wait_for not in response:
                return response
        stream.sendall(body)
        while data := stream.recv(4096):
            response += data
    return response


@case("100 Continue comes before the body, and never when the request is refused")
def _(stage):
    url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key="a")).url
    headers = ["Content-Length: 5", "Expect: 100-continue"]
    response = conversation(url, "PUT", headers, b"hello", wait_for=b"100 Continue\r\n\r\n")
    holds(b"HTTP/1.1 200" in response, response)
    equal(stage.get("a").content, b"hello")
    request = oss.PutObjectRequest(bucket=stage.bucket, key="a", forbid_overwrite=True)
    signed = stage.client.presign(request)
    headers += [f"{name}: {value}" for name, value in signed.signed_headers.items()]
    response = conversation(signed.url, "PUT", headers, wait_for=b"\r\n\r\n")
    holds(response.startswith(b"HTTP/1.1 409"), response[:200])


@case("a connection closed in the middle of a body stores nothing")
def _(stage):
    stage.put("a", b"old")
    url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key="a")).url
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as stream:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100\r\n\r\n"
        stream.sendall(head.encode() + b"short")
    equal(stage.get("a").content, b"old")


@case("a Content-MD5 that is no MD5, or another body's, is InvalidDigest and stores nothing")
def _(stage):
    with refused(400, "InvalidDigest", ec="0017-00000502"):
        stage.put("a", b"abc", content_md5="not base64!")
    with refused(400, "InvalidDigest", ec="0017-00000503"):
        stage.put("a", b"abc", content_md5=base64.b64encode(hashlib.md5(b"xyz").digest()).decode())
    with refused(404, "NoSuchKey"):
        stage.head("a")
    stage.put("a", b"abc", content_md5=base64.b64encode(hashlib.md5(b"abc").digest()).decode())


@case("a conditional header on PutObject is NotImplemented and names the header")
def _(stage):
    for header in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"):
        with refused(400, "NotImplemented") as refusal:
            stage.call("PutObject", "PUT", "a", headers={header: "*"}, body=b"a")
        equal(refusal.error.error_fileds["Header"].lower(), header.lower())


@case("forbid-overwrite refuses an existing key and leaves it as it was")
def _(stage):
    stage.put("a", b"first", forbid_overwrite=True)
    with refused(409, "FileAlreadyExists", ec="0026-00000002"):
        stage.put("a", b"second", forbid_overwrite=True)
    equal(stage.get("a").content, b"first")
    stage.put("a", b"third", forbid_overwrite=False)
    equal(stage.get("a").content, b"third")


@case("a forbid-overwrite that is neither true nor false is InvalidArgument")
def _(stage):
    with refused(400, "InvalidArgument", ec="0017-00000279"):
        stage.call("PutObject", "PUT", "a", headers={"x-oss-forbid-overwrite": "maybe"}, body=b"a")


@case("forbid-overwrite is ignored in a bucket with versioning, suspended or not")
def _(stage):
    for status in ("Enabled", "Suspended"):
        stage.versioned(status)
        stage.put("a", b"1", forbid_overwrite=True)
        stage.put("a", b"2", forbid_overwrite=True)


@case("keys keep every character, whatever it is")
def _(stage):
    for key in ODD_KEYS:
        body = key.encode()
        stage.put(key, body)
        equal((key, stage.get(key).content), (key, body))
        equal((key, stage.head(key).content_length), (key, len(body)))
    got = stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket))
    equal([entry.key for entry in got.contents], sorted(ODD_KEYS, key=str.encode))
    for key in ODD_KEYS:
        stage.client.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key=key))
    equal(stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket)).key_count, 0)


@case("dots in a key are data: nothing is normalised")
def _(stage):
    # The SDK's HTTP library folds dots away, so only a URL sent as it is can say this.
    for key in DOT_KEYS:
        url = stage.client.presign(oss.PutObjectRequest(bucket=stage.bucket, key=key)).url
        response = send("PUT", url, body=key.encode())
        equal((key, response.status), (key, 200))
    got = stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket))
    equal([entry.key for entry in got.contents], sorted(DOT_KEYS))
    for key in DOT_KEYS:
        url = stage.client.presign(oss.GetObjectRequest(bucket=stage.bucket, key=key)).url
        equal(send("GET", url).body, key.encode())


@case("the bucket is taken from a virtual Host as well as from the path")
def _(stage):
    for version in ("v1", "v4"):
        domain = client_by_domain(signature_version=version)
        for key in ODD_KEYS:
            domain.put_object(oss.PutObjectRequest(bucket=stage.bucket, key=key, body=version.encode()))
            equal((key, stage.get(key).content), (key, version.encode()))
        got = domain.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket))
        equal(got.key_count, len(ODD_KEYS))
        names = [bucket.name for bucket in domain.list_buckets(oss.ListBucketsRequest()).buckets]
        holds(stage.bucket in names, "the service's own host does not list the bucket")


@case("a key may have 1023 bytes and not begin with a slash or backslash")
def _(stage):
    stage.put("k" * 1023, b"a")
    stage.put("é" * 511, b"a")
    for key in ("k" * 1024, "é" * 512, "/slash", "\\backslash"):
        with refused(400, "InvalidObjectName", ec="0016-00000003"):
            stage.put(key, b"a")


@case("user metadata may have 8 KB in all")
def _(stage):
    stage.put("a", b"a", metadata={"big": "x" * 8_000})
    with refused(400, "InvalidArgument"):
        stage.put("a", b"a", metadata={f"n{n}": "x" * 1_000 for n in range(9)})


@case("a callback, an ACL or a tag that breaks the rules stores nothing")
def _(stage):
    for headers, code in (
        ({"x-oss-object-acl": "everyone"}, "InvalidArgument"),
        ({"x-oss-callback": "%%%"}, "InvalidArgument"),
        ({"x-oss-tagging": "&".join(f"k{n}=v" for n in range(11))}, ("InvalidTag", "InvalidArgument")),
        ({"x-oss-tagging": "k" * 129 + "=v"}, ("InvalidTag", "InvalidArgument")),
        ({"x-oss-tagging": "k=" + "v" * 257}, ("InvalidTag", "InvalidArgument")),
        ({"x-oss-tagging": "k=1&k=2"}, ("InvalidTag", "InvalidArgument")),
    ):
        with refused(400, code):
            stage.call("PutObject", "PUT", "a", headers=headers, body=b"a")
    with refused(404, "NoSuchKey"):
        stage.head("a")


@case("server-side encryption is repeated in the responses, and an unknown method is refused")
def _(stage):
    got = stage.put("a", b"a", server_side_encryption="AES256")
    equal(got.headers["x-oss-server-side-encryption"], "AES256")
    equal(stage.head("a").server_side_encryption, "AES256")
    equal(stage.get("a").server_side_encryption, "AES256")
    with refused(400, "InvalidEncryptionAlgorithmError"):
        stage.put("b", b"b", server_side_encryption="ROT13")


@case("an error to HEAD has no body, and its document is in x-oss-err")
def _(stage):
    with refused(404, "NoSuchKey", ec="0026-00000001", Key="missing") as refusal:
        stage.head("missing")
    error = refusal.error
    equal(error.snapshot, b"")
    document = base64.b64decode(error.headers["x-oss-err"])
    holds(b"<Code>NoSuchKey</Code>" in document and error.request_id.encode() in document, document)
    equal(error.headers["x-oss-ec"], "0026-00000001")


@case("an error document has RequestId, HostId, EC and RecommendDoc")
def _(stage):
    with refused(404, "NoSuchKey", ec="0026-00000001", Key="missing") as refusal:
        stage.get("missing")
    fields = refusal.error.error_fileds
    holds({"Code", "Message", "RequestId", "HostId", "EC", "RecommendDoc"} <= set(fields), fields)
    equal(refusal.error.headers["Content-Type"], "application/xml")


@case("a file goes up and comes down through the client's file functions")
def _(stage):
    body = pattern(70_000)
    request = oss.PutObjectRequest(bucket=stage.bucket, key="f.txt")
    stage.client.put_object_from_file(request, stage.file("f.txt", body))
    equal(stage.head("f.txt").content_type, "text/plain")
    back = str(stage.folder / "back")
    # With one try alone the SDK fetches nothing.
    client(retry_max_attempts=2).get_object_to_file(oss.GetObjectRequest(bucket=stage.bucket, key="f.txt"), back)
    equal(open(back, "rb").read(), body)
    equal(stage.client.is_object_exist(stage.bucket, "f.txt"), True)
    equal(stage.client.is_object_exist(stage.bucket, "g.txt"), False)


@case("a method or sub-resource that no operation has is refused")
def _(stage):
    for method, parameters in (("PATCH", {}), ("PUT", {"uploads": ""})):
        try:
            stage.call("Unknown", method, "a", parameters=parameters)
        except oss.exceptions.OperationError as error:
            holds(error.unwrap().status_code in (400, 405, 501), error)
        else:
            raise AssertionError(f"{method} went through")


@case("requests follow each other on one connection, also after a refused body")
def _(stage):
    stage.put("a", b"x")
    body = pattern(200 * KIB)
    for _ in range(3):
        with refused(409, "FileAlreadyExists"):
            stage.put("a", body, forbid_overwrite=True)
        equal(stage.get("a").content, b"x")
