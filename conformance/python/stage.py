"""What a case works with: the emulator's address, clients of the official SDK, buckets that vanish afterwards."""

import datetime
import hashlib
import http.client
import os
import tempfile
import urllib.parse
import uuid
from pathlib import Path
from types import SimpleNamespace

import alibabacloud_oss_v2 as oss
import requests
from alibabacloud_oss_v2.crc import Crc64

ENDPOINT = os.environ["OSS_ENDPOINT"]
REGION = os.environ["OSS_REGION"]
KEY_ID = os.environ["OSS_ACCESS_KEY_ID"]
KEY_SECRET = os.environ["OSS_ACCESS_KEY_SECRET"]
KIB = 1024
PART = 100 * KIB


def configuration(**changes):
    """Configuration of a client; one try for each request, so that an error is seen as it came."""
    config = oss.config.load_default()
    config.endpoint = ENDPOINT
    config.region = REGION
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(KEY_ID, KEY_SECRET)
    config.retry_max_attempts = 1
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def client(**changes):
    """A client of the official SDK."""
    return oss.Client(configuration(**changes))


def anonymous():
    """A client that signs nothing."""
    return client(credentials_provider=oss.credentials.AnonymousCredentialsProvider())


def client_by_domain(**changes):
    """A client that uses the public domain, so `bucket.oss-….aliyuncs.com` is the Host; every connection goes to the emulator."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", _Loopback())
    http_client = oss.transport.RequestsHttpClient(session=session)
    return client(endpoint=f"http://oss-{REGION}.aliyuncs.com", http_client=http_client, **changes)


class _Loopback(requests.adapters.HTTPAdapter):
    """Sends requests for any host to the emulator, under the host's name."""

    def send(self, request, *arguments, **named):
        url = urllib.parse.urlsplit(request.url)
        request.headers["Host"] = url.netloc
        request.url = ENDPOINT + request.url.removeprefix(f"{url.scheme}://{url.netloc}")
        return super().send(request, *arguments, **named)


class ShiftedSigner:
    """Signs as if the clock were wrong by `seconds`."""

    def __init__(self, signer, seconds):
        self._signer = signer
        self._seconds = seconds

    def sign(self, signing_ctx):
        """Signs with the shifted time."""
        now = datetime.datetime.now(datetime.timezone.utc)
        signing_ctx.signing_time = now + datetime.timedelta(seconds=self._seconds)
        return self._signer.sign(signing_ctx)


def send(method, url, headers=None, body=None):
    """One request exactly as written: the path is not normalised, no header is added but Host and Content-Length."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        target = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        connection.request(method, target, body=body, headers={**(headers or {})})
        response = connection.getresponse()
        return SimpleNamespace(status=response.status, headers=response.headers, body=response.read())
    finally:
        connection.close()


def md5_hex(content):
    """MD5 in upper-case hex, as an ETag has it."""
    return hashlib.md5(content).hexdigest().upper()


def crc(content):
    """CRC-64/XZ in decimal, by the SDK's own implementation."""
    running = Crc64(0)
    running.write(content)
    return str(running.sum64())


def pattern(size, seed=1):
    """Bytes that differ from place to place."""
    block = b"".join(hashlib.sha256(f"{seed}/{n}".encode()).digest() for n in range(256))
    return (block * (size // len(block) + 1))[:size]


class Stage:
    """Fresh for each case."""

    def __init__(self):
        self.client = client()
        self._buckets = []
        self._bucket = None
        self._folder = None

    @property
    def bucket(self):
        """A private bucket of this case's own."""
        if self._bucket is None:
            self._bucket = self.new_bucket()
        return self._bucket

    def new_bucket(self, **fields):
        """Another bucket."""
        name = f"case-{uuid.uuid4().hex[:20]}"
        self.client.put_bucket(oss.PutBucketRequest(bucket=name, **fields))
        self._buckets.append(name)
        return name

    def versioned(self, status="Enabled", bucket=None):
        """Switches versioning of the bucket."""
        bucket = bucket or self.bucket
        self.client.put_bucket_versioning(
            oss.PutBucketVersioningRequest(
                bucket=bucket, versioning_configuration=oss.VersioningConfiguration(status=status)
            )
        )
        return bucket

    @property
    def folder(self):
        """A folder that vanishes with the case."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="oss-conformance-")
        return Path(self._folder.name)

    def file(self, name, content):
        """A file in that folder; gives its path."""
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def put(self, key, body=b"", **fields):
        """PutObject."""
        return self.client.put_object(oss.PutObjectRequest(bucket=self.bucket, key=key, body=body, **fields))

    def get(self, key, **fields):
        """GetObject; the content is in `.content`."""
        result = self.client.get_object(oss.GetObjectRequest(bucket=self.bucket, key=key, **fields))
        result.content = result.body.read()
        return result

    def head(self, key, **fields):
        """HeadObject."""
        return self.client.head_object(oss.HeadObjectRequest(bucket=self.bucket, key=key, **fields))

    def initiate(self, key, **fields):
        """InitiateMultipartUpload; gives the upload id."""
        request = oss.InitiateMultipartUploadRequest(bucket=self.bucket, key=key, **fields)
        return self.client.initiate_multipart_upload(request).upload_id

    def part(self, key, upload_id, number, body, **fields):
        """UploadPart; gives the entry for Complete."""
        result = self.client.upload_part(
            oss.UploadPartRequest(
                bucket=self.bucket, key=key, upload_id=upload_id, part_number=number, body=body, **fields
            )
        )
        return oss.UploadPart(part_number=number, etag=result.etag)

    def complete(self, key, upload_id, parts, **fields):
        """CompleteMultipartUpload with this list; `None` sends no body."""
        if parts is not None:
            fields["complete_multipart_upload"] = oss.CompleteMultipartUpload(parts=parts)
        return self.client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(bucket=self.bucket, key=key, upload_id=upload_id, **fields)
        )

    def list_parts(self, key, upload_id, **fields):
        """ListParts."""
        return self.client.list_parts(
            oss.ListPartsRequest(bucket=self.bucket, key=key, upload_id=upload_id, **fields)
        )

    def call(self, name, method, key=None, headers=None, parameters=None, body=None, bucket=None):
        """An operation with headers and parameters that the SDK's request types do not let one say."""
        return self.client.invoke_operation(
            oss.OperationInput(
                op_name=name,
                method=method,
                bucket=bucket or self.bucket,
                key=key,
                headers=headers,
                parameters=parameters,
                body=body,
            )
        )

    def clear(self):
        """Deletes what the case made."""
        buckets, self._buckets = self._buckets, []
        for bucket in buckets:
            self._empty(bucket)
            self.client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
        if self._folder is not None:
            self._folder.cleanup()

    def forget(self, bucket):
        """The case deleted this bucket itself."""
        self._buckets.remove(bucket)

    def _empty(self, bucket):
        pages = self.client.list_multipart_uploads_paginator()
        for page in pages.iter_page(oss.ListMultipartUploadsRequest(bucket=bucket)):
            for upload in page.uploads or []:
                request = oss.AbortMultipartUploadRequest(bucket=bucket, key=upload.key, upload_id=upload.upload_id)
                self.client.abort_multipart_upload(request)
        pages = self.client.list_object_versions_paginator()
        for page in pages.iter_page(oss.ListObjectVersionsRequest(bucket=bucket)):
            entries = (page.version or []) + (page.delete_marker or [])
            if objects := [oss.DeleteObject(key=entry.key, version_id=entry.version_id) for entry in entries]:
                # In a body, since the HTTP library folds dots in a path away.
                request = oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects, encoding_type="url")
                self.client.delete_multiple_objects(request)
