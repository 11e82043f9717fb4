"""The client."""

from __future__ import annotations

import copy
import datetime
import os
from typing import Any, TypeVar

from . import _log, _ossup, models
from ._content import Content, content_of
from .config import Config, _options
from .copier import Copier
from .credentials import _provider
from .downloader import Downloader
from .exceptions import (
    OperationError,
    ParamNullError,
    ParamRequiredError,
    PresignExpirationError,
    ServiceError,
    UploadError,
)
from .paginator import (
    ListBucketsPaginator,
    ListMultipartUploadsPaginator,
    ListObjectsPaginator,
    ListObjectsV2Paginator,
    ListObjectVersionsPaginator,
    ListPartsPaginator,
)
from .presigner import PresignResult
from .types import StreamBody
from .uploader import Uploader

_R = TypeVar("_R")

# Method and fixed query parameters of each operation; `url` asks for percent-encoded names, `body` names the document's field.
_OPERATIONS: dict[str, tuple[str, dict[str, str], str | None]] = {
    "AbortMultipartUpload": ("DELETE", {}, None),
    "AppendObject": ("POST", {"append": ""}, "body"),
    "CompleteMultipartUpload": ("POST", {"encoding-type": "url"}, "complete_multipart_upload"),
    "CopyObject": ("PUT", {}, None),
    "DeleteBucket": ("DELETE", {}, None),
    "DeleteMultipleObjects": ("POST", {"delete": "", "encoding-type": "url"}, "delete"),
    "DeleteObject": ("DELETE", {}, None),
    "DeleteObjectTagging": ("DELETE", {"tagging": ""}, None),
    "GetBucketInfo": ("GET", {"bucketInfo": ""}, None),
    "GetBucketLocation": ("GET", {"location": ""}, None),
    "GetBucketStat": ("GET", {"stat": ""}, None),
    "GetBucketVersioning": ("GET", {"versioning": ""}, None),
    "GetObject": ("GET", {}, None),
    "GetObjectAcl": ("GET", {"acl": ""}, None),
    "GetObjectMeta": ("HEAD", {"objectMeta": ""}, None),
    "GetObjectTagging": ("GET", {"tagging": ""}, None),
    "GetSymlink": ("GET", {"symlink": ""}, None),
    "HeadObject": ("HEAD", {}, None),
    "InitiateMultipartUpload": ("POST", {"uploads": "", "encoding-type": "url"}, None),
    "ListBuckets": ("GET", {}, None),
    "ListMultipartUploads": ("GET", {"uploads": "", "encoding-type": "url"}, None),
    "ListObjectVersions": ("GET", {"versions": "", "encoding-type": "url"}, None),
    "ListObjects": ("GET", {"encoding-type": "url"}, None),
    "ListObjectsV2": ("GET", {"list-type": "2", "encoding-type": "url"}, None),
    "ListParts": ("GET", {"encoding-type": "url"}, None),
    "PutBucket": ("PUT", {}, "create_bucket_configuration"),
    "PutBucketVersioning": ("PUT", {"versioning": ""}, "versioning_configuration"),
    "PutObject": ("PUT", {}, "body"),
    "PutObjectAcl": ("PUT", {"acl": ""}, None),
    "PutObjectTagging": ("PUT", {"tagging": ""}, "tagging"),
    "PutSymlink": ("PUT", {"symlink": ""}, None),
    "RestoreObject": ("POST", {"restore": ""}, "restore_request"),
    "UploadPart": ("PUT", {}, "body"),
    "UploadPartCopy": ("PUT", {}, None),
}

# Operations that write a new object, whose media type follows from its name.
_NEW_OBJECTS = frozenset({"AppendObject", "InitiateMultipartUpload", "PutObject"})


def _operation(request: Any) -> str:
    return type(request).__name__.removesuffix("Request")


class Client:
    """A client of one account in one region. Opens no connection before it is used.

    It may be shared by threads, survives a fork, and can be pickled if its configuration can.
    """

    def __init__(self, config: Config, **_: Any) -> None:
        self._config = config
        self._headers: dict[str, str] = dict(getattr(config, "default_request_headers", None) or {})
        self._connected: _ossup.Client | None = None
        self._core()

    def __repr__(self) -> str:
        return "<OssClient>"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_connected": None}

    def _core(self) -> _ossup.Client:
        _log.follow()
        if self._connected is None:
            self._connected = _ossup.Client(_options(self._config), _provider(self._config.credentials_provider))
        return self._connected

    def _draft(self, request: Any) -> models.Draft:
        return models.draft(request, self._headers)

    def _call(self, request: Any, result: _R, cancel: Any = None) -> _R:
        """Carries out the operation that the request is named after."""
        operation = _operation(request)
        draft, content = self._prepare(operation, request)
        progress = getattr(request, "progress_fn", None)
        method = _OPERATIONS[operation][0]
        source = (content.kind, content.value) if content is not None else None
        length = content.length if content is not None else None
        status, headers, body = self._core().call(operation, method, draft, source, length, progress, cancel)
        return models.read(result, status, headers, body)

    def _prepare(self, operation: str, request: Any) -> tuple[models.Draft, Content | None]:
        if request is None:
            raise ParamNullError(field="request")
        _, fixed, document = _OPERATIONS[operation]
        for field in request._fields if isinstance(request, models.Model) else models._fields_like(request):
            if field.place in ("host", "path") and not getattr(request, field.name, None) and operation != "ListBuckets":
                error = ParamRequiredError(field=field.name)
                raise OperationError(name=operation, error=error) from error
        draft = self._draft(request)
        names = {name for name, _ in draft.queries}
        draft.queries += [(name, value) for name, value in fixed.items() if name not in names]
        value = getattr(request, document, None) if document is not None else None
        headers = {name for name, _ in draft.headers}
        if operation in _NEW_OBJECTS and "content-type" not in headers:
            kind = _ossup.content_type_of(draft.key or "") or "application/octet-stream"
            draft.headers.append(("content-type", kind))
        if document == "body":
            return draft, _whole(value) if value is not None else None
        if operation == "DeleteMultipleObjects":
            value = _delete_document(request, value)
        if value is None:
            return draft, None
        return draft, _document(draft, models.write_xml(value, document and _ROOTS.get(document)))

    def uploader(self, **kwargs: Any) -> Uploader:
        """Returns an upload manager with these options: see `Uploader`."""
        return Uploader(self, **kwargs)

    def downloader(self, **kwargs: Any) -> Downloader:
        """Returns a download manager with these options: see `Downloader`."""
        return Downloader(self, **kwargs)

    def copier(self, **kwargs: Any) -> Copier:
        """Returns a copy manager with these options: see `Copier`."""
        return Copier(self, **kwargs)

    def put_object(self, request: models.PutObjectRequest, **_: Any) -> models.PutObjectResult:
        """Stores an object by one request, at most 5 GiB. `body` is bytes, text, a file, a reader or an iterable."""
        result = models.PutObjectResult()
        content = content_of(request.body) if request is not None and request.body is not None else None
        if content is not None and content.kind == "file":
            return self._put_file(request, content)
        try:
            return self._call(request, result)
        except OperationError as error:
            return _stored_without_callback(error, result)

    def _put_file(self, request: models.PutObjectRequest, content: Content) -> models.PutObjectResult:
        """A file is read again by every attempt, which the upload manager can do."""
        options = {"multipart_threshold": 5 * 1024**3}
        progress = getattr(request, "progress_fn", None)
        length = 0
        try:
            draft = self._draft(request)
            facts = self._core().upload(draft, content.kind, content.value, options, content.length, progress, None)
            length = facts["size"]
        except UploadError as error:
            cause = error.unwrap()
            raise (cause if isinstance(cause, OperationError) else error) from None
        finally:
            content.finish(length)
        return models.read(models.PutObjectResult(), facts["status_code"], facts["headers"])

    def put_object_from_file(
        self, request: models.PutObjectRequest, filepath: str | os.PathLike[str], **_: Any
    ) -> models.PutObjectResult:
        """Stores a file by one request, at most 5 GiB."""
        with open(filepath, "rb") as file:
            request = copy.copy(request)
            request.body = file
            return self.put_object(request)

    def get_object(self, request: models.GetObjectRequest, **_: Any) -> models.GetObjectResult:
        """Returns an object or a range of it; `body` is read as it is taken."""
        result = models.GetObjectResult()
        operation = _operation(request)
        draft, _content = self._prepare(operation, request)
        status, headers, body = self._core().call(operation, "GET", draft)
        models.read(result, status, headers)
        result.body = StreamBody(None, body) if isinstance(body, bytes) else StreamBody(body)
        progress = getattr(request, "progress_fn", None)
        if progress is not None:
            result.body = _Reporting(body, progress, result.content_length)
        return result

    def _read(self, request: models.GetObjectRequest) -> bytes:
        """The content of an object or a range of it."""
        body = self.get_object(request).body
        return body.read() if body is not None else b""

    def get_object_to_file(
        self, request: models.GetObjectRequest, filepath: str | os.PathLike[str], **_: Any
    ) -> models.GetObjectResult:
        """Downloads an object to a file by the download manager, and returns what describes the object."""
        found = self.downloader().download_file(request, filepath)
        headers = {**found.headers, "content-length": str(found.written)}
        headers.pop("content-range", None)
        return models.read(models.GetObjectResult(), 200, list(headers.items()))

    def head_object(self, request: models.HeadObjectRequest, **_: Any) -> models.HeadObjectResult:
        """Returns what `get_object` would, without the content."""
        return self._call(request, models.HeadObjectResult())

    def get_object_meta(self, request: models.GetObjectMetaRequest, **_: Any) -> models.GetObjectMetaResult:
        """Returns length, entity tag and time of an object."""
        return self._call(request, models.GetObjectMetaResult())

    def append_object(self, request: models.AppendObjectRequest, **_: Any) -> models.AppendObjectResult:
        """Appends bytes to an appendable object at `position`."""
        return self._call(request, models.AppendObjectResult())

    def copy_object(self, request: models.CopyObjectRequest, **_: Any) -> models.CopyObjectResult:
        """Copies an object by one request."""
        return self._call(_with_source(request, "CopyObjectRequest"), models.CopyObjectResult())

    def delete_object(self, request: models.DeleteObjectRequest, **_: Any) -> models.DeleteObjectResult:
        """Deletes an object, or one version of it."""
        return self._call(request, models.DeleteObjectResult())

    def delete_multiple_objects(
        self, request: models.DeleteMultipleObjectsRequest, **_: Any
    ) -> models.DeleteMultipleObjectsResult:
        """Deletes up to 1,000 objects."""
        return self._call(request, models.DeleteMultipleObjectsResult())

    def restore_object(self, request: models.RestoreObjectRequest, **_: Any) -> models.RestoreObjectResult:
        """Restores an archived object."""
        return self._call(request, models.RestoreObjectResult())

    def put_object_acl(self, request: models.PutObjectAclRequest, **_: Any) -> models.PutObjectAclResult:
        """Sets who may read and write an object."""
        return self._call(request, models.PutObjectAclResult())

    def get_object_acl(self, request: models.GetObjectAclRequest, **_: Any) -> models.GetObjectAclResult:
        """Returns who may read and write an object."""
        return self._call(request, models.GetObjectAclResult())

    def put_object_tagging(self, request: models.PutObjectTaggingRequest, **_: Any) -> models.PutObjectTaggingResult:
        """Replaces the tags of an object."""
        return self._call(request, models.PutObjectTaggingResult())

    def get_object_tagging(self, request: models.GetObjectTaggingRequest, **_: Any) -> models.GetObjectTaggingResult:
        """Returns the tags of an object."""
        return self._call(request, models.GetObjectTaggingResult())

    def delete_object_tagging(
        self, request: models.DeleteObjectTaggingRequest, **_: Any
    ) -> models.DeleteObjectTaggingResult:
        """Removes the tags of an object."""
        return self._call(request, models.DeleteObjectTaggingResult())

    def put_symlink(self, request: models.PutSymlinkRequest, **_: Any) -> models.PutSymlinkResult:
        """Makes a symbolic link to an object."""
        return self._call(request, models.PutSymlinkResult())

    def get_symlink(self, request: models.GetSymlinkRequest, **_: Any) -> models.GetSymlinkResult:
        """Returns what a symbolic link points to."""
        return self._call(request, models.GetSymlinkResult())

    def initiate_multipart_upload(
        self, request: models.InitiateMultipartUploadRequest, **_: Any
    ) -> models.InitiateMultipartUploadResult:
        """Begins a multipart upload."""
        return self._call(request, models.InitiateMultipartUploadResult())

    def upload_part(self, request: models.UploadPartRequest, **_: Any) -> models.UploadPartResult:
        """Uploads one part."""
        return self._call(request, models.UploadPartResult())

    def upload_part_copy(self, request: models.UploadPartCopyRequest, **_: Any) -> models.UploadPartCopyResult:
        """Makes one part of a range of another object."""
        return self._call(_with_source(request, "UploadPartCopyRequest"), models.UploadPartCopyResult())

    def complete_multipart_upload(
        self, request: models.CompleteMultipartUploadRequest, **_: Any
    ) -> models.CompleteMultipartUploadResult:
        """Makes the object of its parts."""
        result = models.CompleteMultipartUploadResult()
        try:
            return self._call(request, result)
        except OperationError as error:
            return _stored_without_callback(error, result)

    def abort_multipart_upload(
        self, request: models.AbortMultipartUploadRequest, **_: Any
    ) -> models.AbortMultipartUploadResult:
        """Gives a multipart upload up and removes its parts."""
        return self._call(request, models.AbortMultipartUploadResult())

    def list_multipart_uploads(
        self, request: models.ListMultipartUploadsRequest, **_: Any
    ) -> models.ListMultipartUploadsResult:
        """Returns one page of unfinished multipart uploads."""
        return self._call(request, models.ListMultipartUploadsResult())

    def list_parts(self, request: models.ListPartsRequest, **_: Any) -> models.ListPartsResult:
        """Returns one page of the parts of a multipart upload."""
        return self._call(request, models.ListPartsResult())

    def list_objects(self, request: models.ListObjectsRequest, **_: Any) -> models.ListObjectsResult:
        """Returns one page of objects, by the older operation."""
        return self._call(request, models.ListObjectsResult())

    def list_objects_v2(self, request: models.ListObjectsV2Request, **_: Any) -> models.ListObjectsV2Result:
        """Returns one page of objects."""
        return self._call(request, models.ListObjectsV2Result())

    def list_object_versions(
        self, request: models.ListObjectVersionsRequest, **_: Any
    ) -> models.ListObjectVersionsResult:
        """Returns one page of versions and delete markers."""
        return self._call(request, models.ListObjectVersionsResult())

    def list_buckets(self, request: models.ListBucketsRequest, **_: Any) -> models.ListBucketsResult:
        """Returns one page of the account's buckets."""
        return self._call(request, models.ListBucketsResult())

    def put_bucket(self, request: models.PutBucketRequest, **_: Any) -> models.PutBucketResult:
        """Creates a bucket."""
        return self._call(request, models.PutBucketResult())

    def delete_bucket(self, request: models.DeleteBucketRequest, **_: Any) -> models.DeleteBucketResult:
        """Deletes an empty bucket."""
        return self._call(request, models.DeleteBucketResult())

    def get_bucket_info(self, request: models.GetBucketInfoRequest, **_: Any) -> models.GetBucketInfoResult:
        """Returns information about a bucket."""
        return self._call(request, models.GetBucketInfoResult())

    def get_bucket_location(self, request: models.GetBucketLocationRequest, **_: Any) -> models.GetBucketLocationResult:
        """Returns the region of a bucket."""
        return self._call(request, models.GetBucketLocationResult())

    def get_bucket_stat(self, request: models.GetBucketStatRequest, **_: Any) -> models.GetBucketStatResult:
        """Returns how many objects and bytes a bucket holds."""
        return self._call(request, models.GetBucketStatResult())

    def put_bucket_versioning(
        self, request: models.PutBucketVersioningRequest, **_: Any
    ) -> models.PutBucketVersioningResult:
        """Enables or suspends versioning for a bucket."""
        return self._call(request, models.PutBucketVersioningResult())

    def get_bucket_versioning(
        self, request: models.GetBucketVersioningRequest, **_: Any
    ) -> models.GetBucketVersioningResult:
        """Returns the versioning status of a bucket."""
        return self._call(request, models.GetBucketVersioningResult())

    def is_object_exist(
        self, bucket: str, key: str, version_id: str | None = None, request_payer: str | None = None, **_: Any
    ) -> bool:
        """Whether there is such an object."""
        request = models.GetObjectMetaRequest(
            bucket=bucket, key=key, version_id=version_id, request_payer=request_payer
        )
        try:
            self.get_object_meta(request)
        except OperationError as error:
            cause = error.unwrap()
            if isinstance(cause, ServiceError) and cause.status_code == 404 and cause.code != "NoSuchBucket":
                return False
            raise
        return True

    def is_bucket_exist(self, bucket: str, request_payer: str | None = None, **_: Any) -> bool:
        """Whether there is such a bucket, of any account."""
        try:
            self.get_bucket_info(models.GetBucketInfoRequest(bucket=bucket))
        except OperationError as error:
            cause = error.unwrap()
            if isinstance(cause, ServiceError):
                return cause.code != "NoSuchBucket"
            raise
        return True

    def presign(self, request: Any, **kwargs: Any) -> PresignResult:
        """Returns a URL with which anyone can make this request without credentials of their own.

        expires: For how long, a `timedelta` of at most 7 days. Default 15 minutes.
        expiration: Until when, a `datetime`, instead.
        """
        expires, expiration = kwargs.get("expires"), kwargs.get("expiration")
        if expiration is not None:
            if expiration.tzinfo is None:
                expiration = expiration.replace(tzinfo=datetime.timezone.utc)
            expires = expiration - datetime.datetime.now(datetime.timezone.utc)
        lifetime = expires.total_seconds() if expires is not None else 900.0
        if lifetime > 7 * 24 * 3600:
            raise PresignExpirationError()
        operation = _operation(request)
        method, fixed, _ = _OPERATIONS[operation]
        draft = self._draft(request)
        fixed = {name: value for name, value in fixed.items() if name != "encoding-type"}
        draft.queries += list(fixed.items())
        method, url, until, headers = self._core().presign(operation, method, draft, lifetime)
        moment = datetime.datetime.fromtimestamp(until, datetime.timezone.utc) if until is not None else None
        return PresignResult(method=method, url=url, expiration=moment, signed_headers=dict(headers))

    def list_objects_paginator(self, **kwargs: Any) -> ListObjectsPaginator:
        """Returns what goes through all pages of objects, by the older operation."""
        return ListObjectsPaginator(self, **kwargs)

    def list_objects_v2_paginator(self, **kwargs: Any) -> ListObjectsV2Paginator:
        """Returns what goes through all pages of objects."""
        return ListObjectsV2Paginator(self, **kwargs)

    def list_object_versions_paginator(self, **kwargs: Any) -> ListObjectVersionsPaginator:
        """Returns what goes through all pages of versions."""
        return ListObjectVersionsPaginator(self, **kwargs)

    def list_buckets_paginator(self, **kwargs: Any) -> ListBucketsPaginator:
        """Returns what goes through all pages of buckets."""
        return ListBucketsPaginator(self, **kwargs)

    def list_parts_paginator(self, **kwargs: Any) -> ListPartsPaginator:
        """Returns what goes through all pages of parts."""
        return ListPartsPaginator(self, **kwargs)

    def list_multipart_uploads_paginator(self, **kwargs: Any) -> ListMultipartUploadsPaginator:
        """Returns what goes through all pages of unfinished multipart uploads."""
        return ListMultipartUploadsPaginator(self, **kwargs)


class _Reporting(StreamBody):
    """Content that tells a function how far it was read."""

    def __init__(self, body: Any, progress: Any, total: int | None) -> None:
        is_bytes = isinstance(body, bytes)
        super().__init__(None if is_bytes else body, body if is_bytes else b"")
        self._progress = progress
        self._total = total if total is not None else -1
        self._written = 0

    def _next(self) -> memoryview:
        fresh = not self._rest
        piece = super()._next()
        if piece and fresh:
            self._written += len(piece)
            self._progress(len(piece), self._written, self._total)
        return piece


# Documents that the field of the request does not name.
_ROOTS = {"delete": "Delete"}


def _whole(value: Any) -> Content:
    """The content of one request: a file is read into memory, since a part or an appended block is small."""
    content = content_of(value)
    if content.kind == "file":
        return content_of(value.read())
    return content


def _document(draft: models.Draft, document: bytes) -> Content:
    import base64
    import hashlib

    draft.headers = [pair for pair in draft.headers if pair[0] not in ("content-md5", "content-type")]
    digest = base64.b64encode(hashlib.md5(document, usedforsecurity=False).digest()).decode()
    draft.headers += [("content-type", "application/xml"), ("content-md5", digest)]
    return Content("bytes", document, len(document))


def _delete_document(request: Any, delete: Any) -> Any:
    """The objects to delete, which may be given in two ways."""
    if delete is not None:
        return delete
    objects = [models.ObjectIdentifier(key=item.key, version_id=item.version_id) for item in request.objects or []]
    return models.Delete(objects=objects, quiet=request.quiet)


def _with_source(request: Any, cls: str) -> Any:
    """A copy of a request with the header that names its source."""
    from urllib.parse import quote

    request = copy.copy(request)
    source = f"/{request.source_bucket or request.bucket}/{quote(request.source_key or '', safe='')}"
    if request.source_version_id:
        source += f"?versionId={request.source_version_id}"
    request.headers = {**(request.headers or {}), "x-oss-copy-source": source}
    return request


def _stored_without_callback(error: OperationError, result: _R) -> _R:
    """203 says that the object is stored and its callback failed: a result, as in the official package."""
    cause = error.unwrap()
    if not isinstance(cause, ServiceError) or cause.status_code != 203:
        raise error
    return models.read(result, 203, list(cause.headers.items()))
