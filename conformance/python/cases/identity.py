"""Who may do what: signatures, clocks, tokens, anonymous requests."""

import datetime
import os
from email.utils import parsedate_to_datetime

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.signer import SignerV1, SignerV4

from cases.objects import ODD_KEYS
from harness import case, equal, holds, refused
from stage import ENDPOINT, KEY_ID, KEY_SECRET, REGION, ShiftedSigner, anonymous, client, configuration, send

VERSIONS = {"v1": "0002-00000040", "v4": "0002-00000201"}


def credentials(key_id=KEY_ID, secret=KEY_SECRET, token=None):
    return oss.credentials.StaticCredentialsProvider(key_id, secret, token)


def info(stage):
    return oss.GetBucketInfoRequest(bucket=stage.bucket)


@case("V1 and V4 sign every kind of request, under any key")
def _(stage):
    for version in VERSIONS:
        signed = client(signature_version=version)
        stage.client = signed
        for key in ODD_KEYS:
            stage.put(key, b"x", metadata={"a": "1", "b": "two  words"}, content_type="text/x")
            equal(stage.get(key, response_content_type="text/y").content_type, "text/y")
            signed.put_object_acl(oss.PutObjectAclRequest(bucket=stage.bucket, key=key, acl="private"))
            upload = stage.initiate(key)
            part = stage.part(key, upload, 1, b"x")
            stage.list_parts(key, upload)
            stage.complete(key, upload, [part])
            signed.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket, prefix=key, delimiter="/"))
            signed.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key=key))
        signed.list_buckets(oss.ListBucketsRequest(prefix="c", max_keys=3))
        signed.get_bucket_info(info(stage))


@case("additional headers are signed with V4")
def _(stage):
    signed = client()
    operation = oss.PutObjectRequest(bucket=stage.bucket, key="a", body=b"a", content_disposition="inline")
    oss.Client(configuration(), additional_headers=["content-disposition", "host"]).put_object(operation)
    equal(signed.head_object(oss.HeadObjectRequest(bucket=stage.bucket, key="a")).content_disposition, "inline")


@case("an access key that is unknown is InvalidAccessKeyId")
def _(stage):
    for version in VERSIONS:
        stranger = client(signature_version=version, credentials_provider=credentials("stranger"))
        with refused(403, "InvalidAccessKeyId", ec="0002-00000902", OSSAccessKeyId="stranger"):
            stranger.get_bucket_info(info(stage))


@case("a wrong secret is SignatureDoesNotMatch and shows what was signed")
def _(stage):
    for version, ec in VERSIONS.items():
        forger = client(signature_version=version, credentials_provider=credentials(secret="wrong"))
        with refused(403, "SignatureDoesNotMatch", ec=ec, OSSAccessKeyId=KEY_ID) as refusal:
            forger.get_bucket_info(info(stage))
        fields = refusal.error.error_fileds
        text = fields["StringToSign"]
        holds(text and fields["SignatureProvided"], fields)
        equal(fields["StringToSignBytes"].strip(), " ".join(f"{byte:02X}" for byte in text.encode()))
        holds(KEY_SECRET not in refusal.error.snapshot.decode(), "the secret is in the response")


@case("another region than the server's is refused with V4")
def _(stage):
    with refused(400, "InvalidArgument", ec="0002-00000226"):
        client(region="cn-beijing" if REGION != "cn-beijing" else "cn-shanghai").get_bucket_info(info(stage))


@case("a clock more than 15 minutes off is RequestTimeTooSkewed, and the response has the right time")
def _(stage):
    for signer in (SignerV1, SignerV4):
        for seconds in (-16 * 60, 16 * 60):
            shifted = oss.Client(configuration(), signer=ShiftedSigner(signer(), seconds))
            with refused(403, "RequestTimeTooSkewed", ec="0002-00000504") as refusal:
                shifted.get_bucket_info(info(stage))
            date = parsedate_to_datetime(refusal.error.headers["Date"])
            holds(abs((date - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 5, date)
        for seconds in (-14 * 60, 14 * 60):
            oss.Client(configuration(), signer=ShiftedSigner(signer(), seconds)).get_bucket_info(info(stage))


@case("a private bucket refuses every anonymous request")
def _(stage):
    stage.put("a", b"a")
    anyone = anonymous()
    for call in (
        lambda: anyone.get_object(oss.GetObjectRequest(bucket=stage.bucket, key="a")),
        lambda: anyone.put_object(oss.PutObjectRequest(bucket=stage.bucket, key="b", body=b"b")),
        lambda: anyone.delete_object(oss.DeleteObjectRequest(bucket=stage.bucket, key="a")),
        lambda: anyone.list_objects_v2(oss.ListObjectsV2Request(bucket=stage.bucket)),
        lambda: anyone.get_bucket_info(info(stage)),
        lambda: anyone.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=stage.bucket, key="a")),
        lambda: anyone.list_buckets(oss.ListBucketsRequest()),
    ):
        with refused(403, "AccessDenied"):
            call()
    equal(stage.get("a").content, b"a")


@case("anonymous requests read a public-read bucket and change nothing in it")
def _(stage):
    bucket = stage.new_bucket(acl="public-read")
    stage.client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    anyone = anonymous()
    equal(anyone.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read(), b"a")
    equal(anyone.head_object(oss.HeadObjectRequest(bucket=bucket, key="a")).content_length, 1)
    with refused(403, "AccessDenied"):
        anyone.put_object(oss.PutObjectRequest(bucket=bucket, key="b", body=b"b"))
    with refused(403, "AccessDenied"):
        anyone.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="a"))
    with refused(403, "AccessDenied"):
        anyone.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket))


@case("anonymous requests write to a public-read-write bucket")
def _(stage):
    bucket = stage.new_bucket(acl="public-read-write")
    anyone = anonymous()
    anyone.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"anyone"))
    equal(anyone.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read(), b"anyone")


@case("an object's own ACL goes before its bucket's")
def _(stage):
    bucket = stage.new_bucket(acl="public-read")
    stage.client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a", acl="private"))
    with refused(403, "AccessDenied"):
        anonymous().get_object(oss.GetObjectRequest(bucket=bucket, key="a"))


@case("a missing or unreadable date is AccessDenied")
def _(stage):
    url = f"{ENDPOINT}/{stage.bucket}/a"
    for headers in (
        {"Authorization": f"OSS {KEY_ID}:AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"Authorization": f"OSS {KEY_ID}:AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Date": "yesterday"},
    ):
        response = send("GET", url, headers)
        equal((headers, response.status), (headers, 403))
        holds(b"<Code>AccessDenied</Code>" in response.body, response.body)


@case("an Authorization header that is none at all is refused, not a failure of the server")
def _(stage):
    url = f"{ENDPOINT}/{stage.bucket}/a"
    for value in ("", "Bearer x", "OSS", "OSS a", "OSS4-HMAC-SHA256", "OSS4-HMAC-SHA256 Credential=a/b,Signature=zz", ","):
        response = send("GET", url, {"Authorization": value, "Date": "Thu, 01 Jan 2037 00:00:00 GMT"})
        holds(400 <= response.status < 500, (value, response.status))


@case("a temporary key needs its token, and both work in headers and URLs")
def _(stage):
    token = os.environ.get("OSS_CONFORMANCE_TOKEN")
    if token is None:
        raise AssertionError("the emulator was started without a temporary key")
    key_id, secret, token = token.split(" ")
    stage.put("a", b"a")
    read = oss.GetObjectRequest(bucket=stage.bucket, key="a")
    for version in VERSIONS:
        holder = client(signature_version=version, credentials_provider=credentials(key_id, secret, token))
        if version == "v4":
            # With V1 this SDK names the header `security-token`; the documents know only `x-oss-security-token`.
            equal(holder.get_object(read).body.read(), b"a")
        response = send("GET", holder.presign(read).url)
        equal((version, response.status), (version, 200))
        for wrong in (None, "wrong"):
            thief = client(signature_version=version, credentials_provider=credentials(key_id, secret, wrong))
            with refused(403, ("InvalidSecurityToken", "InvalidAccessKeyId", "AccessKeyIdAndSecurityTokenNotMatch")):
                thief.get_object(read)


@case("a temporary key that has run out is SecurityTokenExpired")
def _(stage):
    token = os.environ.get("OSS_CONFORMANCE_EXPIRED_TOKEN")
    if token is None:
        raise AssertionError("the emulator was started without an expired key")
    key_id, secret, token = token.split(" ")
    with refused(403, "SecurityTokenExpired"):
        late = client(credentials_provider=credentials(key_id, secret, token))
        late.get_bucket_info(info(stage))
