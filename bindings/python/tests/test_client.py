"""Operations, lists, downloads, copies and signed URLs, beside the official package on the same server."""

import datetime
import io
import urllib.request

import alibabacloud_oss_v2 as official
import pytest

import ossup as oss
from conftest import BUCKET, pattern


@pytest.fixture
def both(emulator, client):
    """Our client and the official one."""
    config = official.config.load_default()
    config.endpoint, config.region = emulator.endpoint, emulator.region
    config.credentials_provider = official.credentials.StaticCredentialsProvider(*emulator.credentials)
    return (oss, client), (official, official.Client(config))


UNLIKE = {"request_id", "headers", "body", "last_modified", "upload_id", "initiated", "creation_date", "transition_time"}


def facts(value):
    """The fields of a result, as plain values, without what differs from one request to the next."""
    if isinstance(value, list):
        return [facts(item) for item in value]
    if isinstance(value, datetime.datetime):
        return "a time"
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    if hasattr(value, "items"):
        return {name.lower(): text for name, text in value.items()}
    fields = getattr(value, "_attribute_map", None) or value._names
    return {name: facts(getattr(value, name, None)) for name in fields if name not in UNLIKE} | {
        name: getattr(value, name) for name in ("status", "status_code") if hasattr(value, name)
    }


def same(both, call):
    """Makes the same call with both packages, compares the results, and returns ours."""
    (ours, our_client), (theirs, their_client) = both
    own, other = call(ours, our_client), call(theirs, their_client)
    known = facts(own)
    for name, value in facts(other).items():
        assert known.get(name) == value, name
    return own


def test_an_object_is_put_described_read_and_deleted(both):
    def put(oss, client):
        metadata = {"Color": "red"}
        request = oss.PutObjectRequest(
            bucket=BUCKET, key="a b+c/ü", body=b"hello", metadata=metadata, acl="private", tagging="a=1", content_type="x/y"
        )
        return client.put_object(request)

    assert same(both, put).hash_crc64
    head = same(both, lambda oss, client: client.head_object(oss.HeadObjectRequest(BUCKET, "a b+c/ü")))
    assert (head.content_length, head.metadata["color"], head.tagging_count) == (5, "red", 1)
    assert isinstance(head.last_modified, datetime.datetime)
    got = same(both, lambda oss, client: client.get_object(oss.GetObjectRequest(BUCKET, "a b+c/ü")))
    assert got.body.read() == b"hello" == got.body.content
    ranged = same(
        both, lambda oss, client: client.get_object(oss.GetObjectRequest(BUCKET, "a b+c/ü", range_header="bytes=1-3"))
    )
    assert (ranged.status_code, ranged.content_range, ranged.body.content) == (206, "bytes 1-3/5", b"ell")
    same(both, lambda oss, client: client.get_object_meta(oss.GetObjectMetaRequest(BUCKET, "a b+c/ü")))
    same(both, lambda oss, client: client.get_object_acl(oss.GetObjectAclRequest(BUCKET, "a b+c/ü")))
    tags = same(both, lambda oss, client: client.get_object_tagging(oss.GetObjectTaggingRequest(BUCKET, "a b+c/ü")))
    assert [(tag.key, tag.value) for tag in tags.tag_set.tags] == [("a", "1")]
    same(both, lambda oss, client: client.delete_object(oss.DeleteObjectRequest(BUCKET, "a b+c/ü")))
    for module, client in both:
        assert client.is_object_exist(BUCKET, "a b+c/ü") is False
        assert client.is_bucket_exist(BUCKET) is True and client.is_bucket_exist("no-such-bucket") is False


@pytest.mark.parametrize(
    "body", [b"bytes", "text ü", io.BytesIO(b"reader"), [b"one", b"two"], bytearray(b"array"), b""], ids=lambda b: type(b).__name__
)
def test_an_object_is_put_from_a_body_of_any_kind(body, client, emulator):
    expected = {io.BytesIO: b"reader", list: b"onetwo", str: "text ü".encode()}.get(type(body)) or bytes(body)
    result = client.put_object(oss.PutObjectRequest(BUCKET, "body", body=body))
    assert result.status_code == 200 and emulator.content(BUCKET, "body") == expected


def test_an_object_is_put_from_a_file_and_got_to_one(both, emulator, tmp_path, big_file):
    same(both, lambda oss, client: client.put_object_from_file(oss.PutObjectRequest(BUCKET, "file.png"), str(big_file)))
    target = tmp_path / "target"
    got = same(both, lambda oss, client: client.get_object_to_file(oss.GetObjectRequest(BUCKET, "file.png"), str(target)))
    assert got.content_length == big_file.stat().st_size and target.read_bytes() == big_file.read_bytes()
    assert got.content_type == "image/png"


def test_lists_are_those_of_the_official_package_page_by_page(both, client):
    for number in range(7):
        client.put_object(oss.PutObjectRequest("second-bucket", f"list/{number % 2} +ü/{number}", body=b"x"))

    def pages(oss, client):
        request = oss.ListObjectsV2Request("second-bucket", prefix="list/", delimiter="/", fetch_owner=True)
        return list(client.list_objects_v2_paginator(limit=1).iter_page(request))

    (ours, theirs) = (pages(*one) for one in both)
    assert [facts(page) for page in ours] == [{n: v for n, v in facts(page).items()} for page in theirs]
    assert [prefix.prefix for page in ours for prefix in page.common_prefixes] == ["list/0 +ü/", "list/1 +ü/"]
    listed = same(both, lambda oss, client: client.list_objects_v2(oss.ListObjectsV2Request("second-bucket", max_keys=3)))
    assert (len(listed.contents), listed.is_truncated) == (3, True)
    same(both, lambda oss, client: client.list_objects(oss.ListObjectsRequest("second-bucket", max_keys=3)))
    same(both, lambda oss, client: client.list_object_versions(oss.ListObjectVersionsRequest("second-bucket")))
    same(both, lambda oss, client: client.list_buckets(oss.ListBucketsRequest()))
    same(both, lambda oss, client: client.get_bucket_info(oss.GetBucketInfoRequest("second-bucket")))
    same(both, lambda oss, client: client.get_bucket_location(oss.GetBucketLocationRequest("second-bucket")))
    objects = [oss.DeleteObject(key=item.key) for page in [client.list_objects_v2(oss.ListObjectsV2Request("second-bucket"))] for item in page.contents]
    deleted = client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest("second-bucket", objects=objects))
    assert [item.key for item in deleted.deleted_objects] == [item.key for item in objects]


def test_a_multipart_upload_is_made_step_by_step(both):
    def upload(oss, client):
        begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "steps"))
        parts = []
        for number, body in ((1, pattern(100 * 1024)), (2, b"end")):
            request = oss.UploadPartRequest(BUCKET, "steps", part_number=number, upload_id=begun.upload_id, body=body)
            parts.append(oss.UploadPart(part_number=number, etag=client.upload_part(request).etag))
        listed = client.list_parts(oss.ListPartsRequest(BUCKET, "steps", upload_id=begun.upload_id))
        assert [(part.part_number, part.size) for part in listed.parts] == [(1, 100 * 1024), (2, 3)]
        uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(BUCKET))
        assert begun.upload_id in [upload.upload_id for upload in uploads.uploads]
        request = oss.CompleteMultipartUploadRequest(
            BUCKET, "steps", upload_id=begun.upload_id, complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)
        )
        return client.complete_multipart_upload(request)

    assert same(both, upload).etag.endswith('-2"')


def test_an_object_is_appended_to_and_copied(both, emulator):
    def append(oss, client):
        client.delete_object(oss.DeleteObjectRequest(BUCKET, "appended"))
        first = client.append_object(oss.AppendObjectRequest(BUCKET, "appended", position=0, body=b"hello "))
        return client.append_object(
            oss.AppendObjectRequest(BUCKET, "appended", position=first.next_position, body=b"world")
        )

    assert same(both, append).next_position == 11
    copy = lambda oss, client: client.copy_object(  # noqa: E731
        oss.CopyObjectRequest(BUCKET, "copy +ü", source_key="appended", metadata={"a": "1"}, metadata_directive="REPLACE")
    )
    same(both, copy)
    assert emulator.content(BUCKET, "copy +ü") == b"hello world"
    head = same(both, lambda oss, client: client.head_object(oss.HeadObjectRequest(BUCKET, "copy +ü")))
    assert head.metadata["a"] == "1"


def test_a_signed_url_works_without_credentials(both, client):
    client.put_object(oss.PutObjectRequest(BUCKET, "signed +ü", body=b"hello"))
    for module, one in both:
        request = module.GetObjectRequest(BUCKET, "signed +ü")
        signed = one.presign(request, expires=datetime.timedelta(minutes=5))
        assert signed.method == "GET" and signed.expiration > datetime.datetime.now(datetime.timezone.utc)
        assert urllib.request.urlopen(signed.url).read() == b"hello"
        with pytest.raises(module.exceptions.BaseError):
            one.presign(request, expires=datetime.timedelta(days=8))
    signed = client.presign(oss.PutObjectRequest(BUCKET, "put", content_type="x/y"))
    put = urllib.request.Request(signed.url, data=b"new", headers=signed.signed_headers, method=signed.method)
    assert urllib.request.urlopen(put).status == 200


def test_a_download_is_verified_resumed_and_leaves_the_old_file_if_it_fails(client, emulator, tmp_path, big_file):
    client.uploader().upload_file(oss.PutObjectRequest(BUCKET, "down"), big_file)
    target, records = tmp_path / "target", tmp_path / "records"
    target.write_bytes(b"old")
    calls = []
    request = oss.GetObjectRequest(BUCKET, "down", progress_fn=lambda *call: calls.append(call))
    options = {"part_size": 1 << 20, "parallel_num": 1, "enable_checkpoint": True, "checkpoint_dir": str(records)}
    emulator.add_fault(
        operation="GetObject", nth=5, times=None, effects=[{"response": {"status": 403, "code": "AccessDenied"}}]
    )
    with pytest.raises(oss.DownloadError) as raised:
        client.downloader(**options).download_file(request, target)
    assert raised.value.resumable and target.read_bytes() == b"old"
    emulator.clear_faults()
    result = client.downloader(**options).download_file(request, target)
    assert result.resumed_bytes >= 3 << 20 and result.verified == "crc64"
    assert target.read_bytes() == big_file.read_bytes()
    assert calls[-1][1:] == (result.written, result.written)
    into = io.BytesIO()
    assert client.downloader().download_to(oss.GetObjectRequest(BUCKET, "down"), into).verified == "crc64"
    assert into.getvalue() == big_file.read_bytes()
    with pytest.raises(oss.exceptions.ParamInvalidError, match="use_temp_file"):
        client.downloader(use_temp_file=False)


def test_content_that_was_damaged_on_its_way_is_an_error(client, emulator):
    client.put_object(oss.PutObjectRequest(BUCKET, "damaged", body=pattern(100_000)))
    emulator.add_fault(operation="GetObject", times=None, effects=[{"flip_byte": 5000}])
    with pytest.raises(oss.exceptions.ResponseError):
        client.get_object(oss.GetObjectRequest(BUCKET, "damaged")).body.read()


def test_a_copy_of_the_manager_has_the_metadata_of_its_source(both, client, emulator):
    client.put_object(oss.PutObjectRequest(BUCKET, "source", body=pattern(300_000), metadata={"a": "1"}))
    copy = lambda oss, client: client.copier(part_size=100 * 1024, multipart_copy_threshold=100 * 1024).copy(  # noqa: E731
        oss.CopyObjectRequest(BUCKET, "copied", source_key="source"), disable_shallow_copy=True
    )
    for module, one in both:
        result = copy(module, one)
        assert result.hash_crc64 and result.etag and result.status_code == 200
    assert emulator.content(BUCKET, "copied") == pattern(300_000)
    assert client.head_object(oss.HeadObjectRequest(BUCKET, "copied")).metadata["a"] == "1"
