"""Does through the official Python SDK what `ours.rs` does through our client, one scenario for each run."""

import io
import os
import sys

import alibabacloud_oss_v2 as oss
import requests

BUCKET = "wire-bucket"
PART = 100 * 1024
# What every upload carries, so that each field's way into the requests is seen.
FIELDS = {
    "metadata": {"colour": "blue", "with-dash": "a b"},
    "tagging": "stage=raw&team=a%20b",
    "storage_class": "IA",
    "acl": "private",
    "cache_control": "no-cache",
    "content_disposition": "inline",
    "content_encoding": "identity",
    "expires": "Wed, 08 Jul 2037 16:57:01 GMT",
    "server_side_encryption": "AES256",
    "forbid_overwrite": False,
    "traffic_limit": 838860800,
    "request_payer": "requester",
}


def client(**changes):
    config = oss.config.load_default()
    config.endpoint = os.environ["OSS_ENDPOINT"]
    config.region = os.environ["OSS_REGION"]
    config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.retry_max_attempts = 1
    for name, value in changes.items():
        setattr(config, name, value)
    return oss.Client(config)


def upload_request(**more):
    callback = {"callback": os.environ["WIRE_CALLBACK"], "callback_var": os.environ["WIRE_CALLBACK_VAR"]}
    return oss.PutObjectRequest(bucket=BUCKET, key="dir/upload.txt", **FIELDS, **callback, **more)


def uploader(**options):
    return client().uploader(part_size=PART, parallel_num=1, **options)


def upload_file(path):
    uploader().upload_file(upload_request(), path)


def upload_stream(path):
    with open(path, "rb") as stream:
        uploader().upload_from(upload_request(), stream)


class Pipe(io.RawIOBase):
    """The file's bytes, once and from the front."""

    def __init__(self, path):
        super().__init__()
        self._file = open(path, "rb")

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._file.readinto(buffer)


def upload_pipe(path):
    uploader().upload_from(upload_request(), io.BufferedReader(Pipe(path)))


def fail_upload(path):
    try:
        upload_file(path)
    except oss.UploadError:
        return
    sys.exit("the upload went through")


def with_checkpoint(path, **more):
    options = {"enable_checkpoint": True, "checkpoint_dir": os.environ["WIRE_CHECKPOINTS"] + "/"}
    uploader(**options).upload_file(upload_request(**more), path)


def interrupt_upload(path):
    def stop(_increment, done, _total):
        if done >= 2 * PART:
            os._exit(0)

    with_checkpoint(path, progress_fn=stop)


def resume_upload(path):
    with_checkpoint(path)


def operations(_path):
    every_operation(client())


def operations_v1(_path):
    every_operation(client(signature_version="v1"))


def operations_by_domain(_path):
    """By the public domain, through an HTTP proxy: Host is `bucket.oss-….aliyuncs.com`, the path has no bucket."""
    session = requests.Session()
    session.proxies = {"http": os.environ["OSS_ENDPOINT"]}
    every_operation(
        client(
            endpoint=f"http://oss-{os.environ['OSS_REGION']}.aliyuncs.com",
            http_client=oss.transport.RequestsHttpClient(session=session),
        )
    )


def tried(call, request):
    """What is compared is the request: the server may not have the operation."""
    try:
        call(request)
    except oss.exceptions.OperationError as error:
        if not isinstance(error.unwrap(), oss.exceptions.ServiceError):
            raise


def every_operation(client):
    """Every operation that both clients have, in an order in which each finds what it needs."""
    here = {"bucket": BUCKET, "request_payer": "requester"}
    other = "wire-bucket-2"
    client.put_bucket(
        oss.PutBucketRequest(
            bucket=other, acl="private",
            create_bucket_configuration=oss.CreateBucketConfiguration(storage_class="IA", data_redundancy_type="LRS"),
        )
    )
    client.get_bucket_info(oss.GetBucketInfoRequest(bucket=other))
    client.get_bucket_location(oss.GetBucketLocationRequest(bucket=other))
    client.put_bucket_versioning(
        oss.PutBucketVersioningRequest(
            bucket=other, versioning_configuration=oss.VersioningConfiguration(status="Enabled")
        )
    )
    client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=other))
    client.list_object_versions(
        oss.ListObjectVersionsRequest(
            bucket=other, prefix="a b/", delimiter="/", key_marker="a b/c+", version_id_marker="null", max_keys=5,
        )
    )
    rule = oss.CORSRule(
        allowed_origins=["https://example.com"], allowed_methods=["PUT", "GET"], allowed_headers=["*"],
        expose_headers=["ETag"], max_age_seconds=600,
    )
    cors = oss.CORSConfiguration(cors_rules=[rule], response_vary=True)
    tried(client.put_bucket_cors, oss.PutBucketCorsRequest(bucket=other, cors_configuration=cors))
    tried(client.get_bucket_cors, oss.GetBucketCorsRequest(bucket=other))
    tried(client.delete_bucket_cors, oss.DeleteBucketCorsRequest(bucket=other))
    rule = oss.LifecycleRule(
        id="parts", prefix="a b/", status="Enabled",
        abort_multipart_upload=oss.LifecycleRuleAbortMultipartUpload(days=7),
    )
    lifecycle = oss.LifecycleConfiguration(rules=[rule])
    tried(
        client.put_bucket_lifecycle,
        oss.PutBucketLifecycleRequest(bucket=other, lifecycle_configuration=lifecycle),
    )
    tried(client.get_bucket_lifecycle, oss.GetBucketLifecycleRequest(bucket=other))
    tried(client.delete_bucket_lifecycle, oss.DeleteBucketLifecycleRequest(bucket=other))
    tried(client.get_bucket_stat, oss.GetBucketStatRequest(bucket=other))
    client.list_objects(
        oss.ListObjectsRequest(bucket=other, prefix="a b/", delimiter="/", marker="a b/c+", max_keys=5)
    )
    client.delete_bucket(oss.DeleteBucketRequest(bucket=other))
    client.list_buckets(oss.ListBucketsRequest(prefix="wire", marker="a", max_keys=10))

    client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="plain", body=b"abc"))
    client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="dir/é +&%?.txt", body=b"abc", **FIELDS))
    client.append_object(
        oss.AppendObjectRequest(bucket=BUCKET, key="log.txt", position=0, body=b"abc", metadata={"colour": "blue"})
    )
    client.head_object(oss.HeadObjectRequest(key="plain", if_none_match='"00"', **here))
    client.get_object_meta(oss.GetObjectMetaRequest(key="plain", **here))
    client.get_object(
        oss.GetObjectRequest(
            key="dir/é +&%?.txt", range_header="bytes=0-1", range_behavior="standard",
            response_content_disposition='attachment; filename="a b"', **here,
        )
    ).body.read()
    client.copy_object(
        oss.CopyObjectRequest(
            key="copy", source_bucket=BUCKET, source_key="dir/é +&%?.txt", metadata_directive="REPLACE",
            metadata={"colour": "red"}, tagging_directive="Replace", tagging="a=b", storage_class="IA", **here,
        )
    )
    client.put_object_acl(oss.PutObjectAclRequest(key="copy", acl="public-read", **here))
    client.get_object_acl(oss.GetObjectAclRequest(key="copy", **here))
    tags = oss.TagSet(tags=[oss.Tag(key="a", value="1 + 2:/"), oss.Tag(key="b", value="")])
    client.put_object_tagging(oss.PutObjectTaggingRequest(key="copy", tagging=oss.Tagging(tag_set=tags), **here))
    client.get_object_tagging(oss.GetObjectTaggingRequest(key="copy", **here))
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(key="copy", **here))
    client.put_symlink(oss.PutSymlinkRequest(key="link", target="plain", metadata={"colour": "blue"}, **here))
    client.get_symlink(oss.GetSymlinkRequest(key="link", **here))
    client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="cold", body=b"abc", storage_class="Archive"))
    client.restore_object(
        oss.RestoreObjectRequest(key="cold", restore_request=oss.RestoreRequest(days=2), **here)
    )
    client.list_objects_v2(
        oss.ListObjectsV2Request(
            prefix="dir/é ", delimiter="/", start_after="dir/", max_keys=10, fetch_owner=True, **here,
        )
    )

    started = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(key="parts.bin", metadata={"colour": "blue"}, storage_class="IA", **here)
    )
    upload = {"key": "parts.bin", "upload_id": started.upload_id, **here}
    first = client.upload_part(oss.UploadPartRequest(part_number=1, body=b"x" * PART, **upload))
    second = client.upload_part_copy(
        oss.UploadPartCopyRequest(
            part_number=2, source_bucket=BUCKET, source_key="plain", source_range="bytes=0-1", **upload,
        )
    )
    client.list_parts(oss.ListPartsRequest(max_parts=10, **upload))
    client.list_multipart_uploads(
        oss.ListMultipartUploadsRequest(
            prefix="p", delimiter="/", key_marker="a", upload_id_marker="0", max_uploads=10, **here,
        )
    )
    parts = [oss.UploadPart(part_number=1, etag=first.etag), oss.UploadPart(part_number=2, etag=second.etag)]
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts), acl="private", **upload,
        )
    )
    started = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(key="given-up", **here))
    client.abort_multipart_upload(
        oss.AbortMultipartUploadRequest(key="given-up", upload_id=started.upload_id, **here)
    )

    client.delete_object(oss.DeleteObjectRequest(key="copy", **here))
    client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(
            objects=[oss.DeleteObject(key="link"), oss.DeleteObject(key="a & <b> \"c\" é")], quiet=True, **here,
        )
    )


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
