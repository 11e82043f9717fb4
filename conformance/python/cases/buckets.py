"""Buckets and the list of buckets."""

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused
from stage import ENDPOINT, REGION, client, send


def info(stage, bucket):
    return stage.client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info


@case("a new bucket is private, Standard and in the server's region")
def _(stage):
    got = info(stage, stage.bucket)
    equal((got.name, got.acl, got.storage_class), (stage.bucket, "private", "Standard"))
    equal(got.location, f"oss-{REGION}")
    holds(got.owner.id and got.extranet_endpoint and got.intranet_endpoint and got.creation_date, "a field is missing")
    equal(got.data_redundancy_type, "LRS")


@case("the settings of PutBucket come back in GetBucketInfo")
def _(stage):
    wanted = oss.CreateBucketConfiguration(storage_class="IA", data_redundancy_type="ZRS")
    bucket = stage.new_bucket(acl="public-read", create_bucket_configuration=wanted)
    got = info(stage, bucket)
    equal((got.acl, got.storage_class, got.data_redundancy_type), ("public-read", "IA", "ZRS"))


@case("PutBucket on an own bucket succeeds with the same settings and is refused with others")
def _(stage):
    stage.client.put_bucket(oss.PutBucketRequest(bucket=stage.bucket))
    with refused(409, "BucketAlreadyExists", ec="0015-00000104"):
        wanted = oss.CreateBucketConfiguration(storage_class="Archive")
        stage.client.put_bucket(oss.PutBucketRequest(bucket=stage.bucket, create_bucket_configuration=wanted))


@case("GetBucketLocation gives oss- and the region")
def _(stage):
    equal(stage.client.get_bucket_location(oss.GetBucketLocationRequest(bucket=stage.bucket)).location, f"oss-{REGION}")


@case("a missing bucket is NoSuchBucket for every kind of request")
def _(stage):
    gone = "no-such-bucket-here"
    for call in (
        lambda: stage.client.get_bucket_info(oss.GetBucketInfoRequest(bucket=gone)),
        lambda: stage.client.list_objects_v2(oss.ListObjectsV2Request(bucket=gone)),
        lambda: stage.client.put_object(oss.PutObjectRequest(bucket=gone, key="a", body=b"a")),
        lambda: stage.client.head_object(oss.HeadObjectRequest(bucket=gone, key="a")),
        lambda: stage.client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=gone, key="a")),
        lambda: stage.client.delete_bucket(oss.DeleteBucketRequest(bucket=gone)),
    ):
        with refused(404, "NoSuchBucket", ec="0015-00000101", BucketName=gone):
            call()


@case("a bucket name against the rules is InvalidBucketName")
def _(_stage):
    for name in ("ab", "-bad", "bad-", "Upper", "under_score", "a" * 64):
        response = send("GET", f"{ENDPOINT}/{name}/")
        equal((name, response.status), (name, 400))
        holds(b"<Code>InvalidBucketName</Code>" in response.body, f"{name}: {response.body!r}")


@case("DeleteBucket responds 204, and the bucket is gone")
def _(stage):
    bucket = stage.new_bucket()
    equal(stage.client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket)).status_code, 204)
    stage.forget(bucket)
    with refused(404, "NoSuchBucket"):
        info(stage, bucket)


@case("a bucket with an object, an unfinished upload or a delete marker is BucketNotEmpty")
def _(stage):
    def full(bucket):
        with refused(409, "BucketNotEmpty", ec="0015-00000301"):
            stage.client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))

    stage.put("a", b"a")
    full(stage.bucket)
    uploads = stage.new_bucket()
    stage.client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=uploads, key="a"))
    full(uploads)
    marked = stage.versioned(bucket=stage.new_bucket())
    stage.client.delete_object(oss.DeleteObjectRequest(bucket=marked, key="never-there"))
    full(marked)


@case("versioning is unset at first, then Enabled or Suspended")
def _(stage):
    def status():
        return stage.client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=stage.bucket)).version_status

    equal(status(), None)
    for wanted in ("Enabled", "Suspended", "Enabled"):
        stage.versioned(wanted)
        equal(status(), wanted)
        equal(info(stage, stage.bucket).versioning, wanted)


@case("ListBuckets is sorted by name and has no paging elements when all fit")
def _(stage):
    made = {stage.new_bucket() for _ in range(3)}
    got = stage.client.list_buckets(oss.ListBucketsRequest())
    names = [bucket.name for bucket in got.buckets]
    equal(names, sorted(names))
    holds(made <= set(names), "a new bucket is not listed")
    equal((got.is_truncated, got.next_marker, got.prefix, got.marker, got.max_keys), (None, None, None, None, None))
    holds(got.owner.id, "no owner")
    one = got.buckets[0]
    equal((one.location, one.region, one.storage_class), (f"oss-{REGION}", REGION, "Standard"))


@case("ListBuckets filters by prefix and pages by marker, as the paginator walks it")
def _(stage):
    made = sorted(stage.new_bucket() for _ in range(3))
    first = stage.client.list_buckets(oss.ListBucketsRequest(prefix="case-", max_keys=1))
    equal((first.is_truncated, first.prefix, first.max_keys), (True, "case-", 1))
    equal([bucket.name for bucket in first.buckets], [first.next_marker])
    rest = stage.client.list_buckets(oss.ListBucketsRequest(prefix="case-", marker=first.next_marker))
    holds(first.next_marker not in [bucket.name for bucket in rest.buckets], "the marker is listed again")
    pages = stage.client.list_buckets_paginator(limit=2)
    names = [b.name for page in pages.iter_page(oss.ListBucketsRequest(prefix="case-")) for b in page.buckets]
    equal(names, made)


@case("one more than 100 buckets is TooManyBuckets")
def _(stage):
    have = len(stage.client.list_buckets(oss.ListBucketsRequest(max_keys=1000)).buckets or [])
    for _ in range(100 - have):
        stage.new_bucket()
    with refused(400, "TooManyBuckets"):
        stage.new_bucket()


@case("a bucket is reached at its path with and without the slash at the end")
def _(stage):
    for bucket, status, code in ((stage.bucket, 403, b"AccessDenied"), (f"no-{stage.bucket}", 404, b"NoSuchBucket")):
        for path in (f"/{bucket}", f"/{bucket}/"):
            response = send("GET", f"{ENDPOINT}{path}?list-type=2")
            equal((path, response.status, code in response.body), (path, status, True))


@case("V1 and V4 both reach a bucket at its path")
def _(stage):
    for version in ("v1", "v4"):
        signed = client(signature_version=version)
        equal(signed.get_bucket_location(oss.GetBucketLocationRequest(bucket=stage.bucket)).location, f"oss-{REGION}")


@case("the ACL of a bucket is put and read, and whether a bucket exists is told")
def _(stage):
    got = lambda: stage.client.get_bucket_acl(oss.GetBucketAclRequest(bucket=stage.bucket))
    equal((got().acl, bool(got().owner.id)), ("private", True))
    for acl in ("public-read", "public-read-write", "private"):
        stage.client.put_bucket_acl(oss.PutBucketAclRequest(bucket=stage.bucket, acl=acl))
        equal(got().acl, acl)
    for wrong in ("default", "everybody"):
        with refused(400, "InvalidArgument"):
            stage.client.put_bucket_acl(oss.PutBucketAclRequest(bucket=stage.bucket, acl=wrong))
    equal([stage.client.is_bucket_exist(name) for name in (stage.bucket, "missing-" + stage.bucket)], [True, False])


@case("CORS rules are kept as they were put, until they are deleted")
def _(stage):
    ask = lambda: stage.client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=stage.bucket)).cors_configuration
    with refused(404, "NoSuchCORSConfiguration"):
        ask()
    rule = oss.CORSRule(
        allowed_origins=["https://a.example", "https://*.b.example"],
        allowed_methods=["PUT", "GET"],
        allowed_headers=["*"],
        expose_headers=["ETag", "x-oss-hash-crc64ecma"],
        max_age_seconds=600,
    )
    rules = oss.CORSConfiguration(cors_rules=[rule], response_vary=False)
    stage.client.put_bucket_cors(oss.PutBucketCorsRequest(bucket=stage.bucket, cors_configuration=rules))
    [kept] = ask().cors_rules
    equal((kept.allowed_origins, kept.allowed_methods), (rule.allowed_origins, rule.allowed_methods))
    equal((kept.allowed_headers, kept.expose_headers, kept.max_age_seconds), (["*"], rule.expose_headers, 600))
    stage.client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=stage.bucket))
    with refused(404, "NoSuchCORSConfiguration"):
        ask()


@case("what the emulator does not have is NotImplemented, never something else")
def _(stage):
    with refused(400, "NotImplemented"):
        stage.client.get_bucket_stat(oss.GetBucketStatRequest(bucket=stage.bucket))
    for name in ("lifecycle", "website", "policy", "encryption"):
        with refused(400, "NotImplemented"):
            stage.call("GetSomething", "GET", parameters={name: ""})
