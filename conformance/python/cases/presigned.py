"""Signed URLs of the SDK, used by a plain HTTP client."""

import datetime
import time
import urllib.parse

import alibabacloud_oss_v2 as oss

from cases.objects import ODD_KEYS
from harness import case, equal, holds
from stage import client, pattern, send

VERSIONS = ("v1", "v4")


def each():
    return [(version, client(signature_version=version)) for version in VERSIONS]


@case("a signed URL puts, heads and gets an object, under any key")
def _(stage):
    for version, signed in each():
        for key in ODD_KEYS:
            body = f"{version} {key}".encode()
            put = signed.presign(oss.PutObjectRequest(bucket=stage.bucket, key=key))
            equal((version, key, send(put.method, put.url, body=body).status), (version, key, 200))
            get = signed.presign(oss.GetObjectRequest(bucket=stage.bucket, key=key))
            equal(send(get.method, get.url).body, body)
            head = signed.presign(oss.HeadObjectRequest(bucket=stage.bucket, key=key))
            equal(send(head.method, head.url).status, 200)


@case("headers that were signed must be sent, and are used")
def _(stage):
    for version, signed in each():
        request = oss.PutObjectRequest(
            bucket=stage.bucket, key="a", content_type="text/signed", metadata={"colour": "blue"},
            storage_class="IA", tagging="k=v",
        )
        put = signed.presign(request)
        headers = dict(put.signed_headers)
        equal((version, send("PUT", put.url, headers, b"a").status), (version, 200))
        got = stage.head("a")
        equal((got.content_type, dict(got.metadata), got.storage_class), ("text/signed", {"colour": "blue"}, "IA"))
        headers["x-oss-meta-colour"] = "red"
        response = send("PUT", put.url, headers, b"a")
        equal((version, response.status), (version, 403))
        holds(b"<Code>SignatureDoesNotMatch</Code>" in response.body, response.body)


@case("a multipart upload runs through signed URLs alone")
def _(stage):
    body = pattern(1234)
    for version, signed in each():
        start = signed.presign(oss.InitiateMultipartUploadRequest(bucket=stage.bucket, key="a"))
        response = send(start.method, start.url)
        equal((version, response.status), (version, 200))
        upload = response.body.split(b"<UploadId>")[1].split(b"<")[0].decode()
        part = signed.presign(oss.UploadPartRequest(bucket=stage.bucket, key="a", upload_id=upload, part_number=1))
        etag = send(part.method, part.url, body=body).headers["ETag"]
        finish = signed.presign(oss.CompleteMultipartUploadRequest(bucket=stage.bucket, key="a", upload_id=upload))
        document = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        response = send(finish.method, finish.url, body=document.encode())
        equal((version, response.status), (version, 200))
        equal(stage.get("a").content, body)
        other = stage.initiate("b")
        abort = signed.presign(oss.AbortMultipartUploadRequest(bucket=stage.bucket, key="b", upload_id=other))
        equal((version, send(abort.method, abort.url).status), (version, 204))


@case("response overrides in a signed URL change the response's headers")
def _(stage):
    stage.put("a", b"a")
    for _, signed in each():
        request = oss.GetObjectRequest(
            bucket=stage.bucket, key="a", response_content_disposition='attachment; filename="a b.txt"',
            response_content_type="text/special",
        )
        response = send("GET", signed.presign(request).url)
        equal((response.status, response.headers["Content-Type"]), (200, "text/special"))
        equal(response.headers["Content-Disposition"], 'attachment; filename="a b.txt"')


@case("a signed URL of the past is AccessDenied, and one second of life is enough")
def _(stage):
    stage.put("a", b"a")
    request = oss.GetObjectRequest(bucket=stage.bucket, key="a")
    urls = []
    for version, signed in each():
        url = signed.presign(request, expires=datetime.timedelta(seconds=3)).url
        equal((version, send("GET", url).status), (version, 200))
        urls.append((version, url))
    time.sleep(4.2)
    for version, url in urls:
        response = send("GET", url)
        equal((version, response.status), (version, 403))
        holds(b"<Code>AccessDenied</Code>" in response.body, response.body)


@case("a signed URL is worth nothing for another key, method or parameter")
def _(stage):
    stage.put("a", b"a")
    stage.put("b", b"b")
    for version, signed in each():
        url = signed.presign(oss.GetObjectRequest(bucket=stage.bucket, key="a")).url
        for method, forged in (
            ("GET", url.replace("/a?", "/b?")),
            ("DELETE", url),
            ("PUT", url),
            ("GET", url + "&versionId=null"),
            ("GET", url + "&acl"),
        ):
            response = send(method, forged)
            equal((version, method, forged, response.status), (version, method, forged, 403))
            holds(b"<Code>SignatureDoesNotMatch</Code>" in response.body, response.body)


@case("parameters that V1 does not sign may be added to its URL, those of V4 may not")
def _(stage):
    stage.put("a", b"a")
    for (version, signed), status in zip(each(), (200, 403)):
        url = signed.presign(oss.GetObjectRequest(bucket=stage.bucket, key="a")).url
        equal((version, send("GET", url + "&utm_source=x").status), (version, status))


@case("the order of the parameters in a signed URL does not matter")
def _(stage):
    stage.put("a", b"a")
    for version, signed in each():
        url = signed.presign(oss.GetObjectRequest(bucket=stage.bucket, key="a", response_content_type="text/x")).url
        head, _, query = url.partition("?")
        turned = head + "?" + "&".join(reversed(query.split("&")))
        equal((version, send("GET", turned).status), (version, 200))
        holds(urllib.parse.urlsplit(turned).query != query or "&" not in query, "nothing was turned")
