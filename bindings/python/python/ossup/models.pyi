"""Written by tools/stubs.py from the table in _tables.py."""

import datetime
from collections.abc import Callable, Mapping, MutableMapping
from enum import Enum
from typing import Any, ClassVar, NamedTuple, TypeVar

from .types import BodyType, CaseInsensitiveDict, StreamBody

_R = TypeVar("_R")

class _Field(NamedTuple):
    name: str
    place: str
    wire: str
    type: str

class Model:
    _fields: ClassVar[tuple[_Field, ...]]
    _names: ClassVar[frozenset[str]]
    _element: ClassVar[str]
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __eq__(self, other: object) -> bool: ...

class RequestModel(Model):
    headers: Mapping[str, str] | None
    parameters: Mapping[str, str | None] | None
    payload: Any

class ResultModel(Model):
    status: str
    status_code: int
    request_id: str
    headers: CaseInsensitiveDict

class BucketACLType(str, Enum):
    PRIVATE = "private"
    PUBLICREAD = "public-read"
    PUBLICREADWRITE = "public-read-write"

class ObjectACLType(str, Enum):
    PRIVATE = "private"
    PUBLICREAD = "public-read"
    PUBLICREADWRITE = "public-read-write"
    DEFAULT = "default"

class StorageClassType(str, Enum):
    STANDARD = "Standard"
    IA = "IA"
    ARCHIVE = "Archive"
    COLDARCHIVE = "ColdArchive"
    DEEPCOLDARCHIVE = "DeepColdArchive"

class DataRedundancyType(str, Enum):
    LRS = "LRS"
    ZRS = "ZRS"

class PutObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    acl: str | None
    storage_class: str | None
    metadata: Mapping[str, str] | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    content_length: int | None
    content_md5: str | None
    content_type: str | None
    expires: str | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    tagging: str | None
    callback: str | None
    callback_var: str | None
    forbid_overwrite: bool | None
    traffic_limit: int | None
    request_payer: str | None
    object_worm_retain_until_date: str | None
    object_worm_mode: str | None
    object_worm_legal_hold: str | None
    body: BodyType | None
    progress_fn: Callable[[int, int, int], object] | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        content_disposition: str | None = None,
        content_encoding: str | None = None,
        content_length: int | None = None,
        content_md5: str | None = None,
        content_type: str | None = None,
        expires: str | None = None,
        server_side_encryption: str | None = None,
        server_side_data_encryption: str | None = None,
        server_side_encryption_key_id: str | None = None,
        tagging: str | None = None,
        callback: str | None = None,
        callback_var: str | None = None,
        forbid_overwrite: bool | None = None,
        traffic_limit: int | None = None,
        request_payer: str | None = None,
        object_worm_retain_until_date: str | None = None,
        object_worm_mode: str | None = None,
        object_worm_legal_hold: str | None = None,
        body: BodyType | None = None,
        progress_fn: Callable[[int, int, int], object] | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutObjectResult(ResultModel):
    content_md5: str | None
    etag: str | None
    hash_crc64: str | None
    version_id: str | None
    callback_result: Any | None

class HeadObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    if_match: str | None
    if_none_match: str | None
    if_modified_since: str | None
    if_unmodified_since: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
        if_modified_since: str | None = None,
        if_unmodified_since: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class HeadObjectResult(ResultModel):
    content_length: int | None
    content_type: str | None
    etag: str | None
    last_modified: datetime.datetime | None
    content_md5: str | None
    metadata: CaseInsensitiveDict | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    expires: str | None
    hash_crc64: str | None
    storage_class: str | None
    object_type: str | None
    version_id: str | None
    tagging_count: int | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    next_append_position: int | None
    expiration: str | None
    restore: str | None
    process_status: str | None
    request_charged: str | None
    allow_origin: str | None
    allow_methods: str | None
    allow_age: str | None
    allow_headers: str | None
    expose_headers: str | None
    transition_time: str | None
    sealed_time: str | None
    object_worm_retain_until_date: str | None
    object_worm_mode: str | None
    object_worm_legal_hold: str | None

class GetObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    if_match: str | None
    if_none_match: str | None
    if_modified_since: str | None
    if_unmodified_since: str | None
    range_header: str | None
    range_behavior: str | None
    response_cache_control: str | None
    response_content_disposition: str | None
    response_content_encoding: str | None
    response_content_language: str | None
    response_content_type: str | None
    response_expires: str | None
    version_id: str | None
    traffic_limit: int | None
    process: str | None
    request_payer: str | None
    accept_encoding: str | None
    progress_fn: Callable[[int, int, int], object] | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
        if_modified_since: str | None = None,
        if_unmodified_since: str | None = None,
        range_header: str | None = None,
        range_behavior: str | None = None,
        response_cache_control: str | None = None,
        response_content_disposition: str | None = None,
        response_content_encoding: str | None = None,
        response_content_language: str | None = None,
        response_content_type: str | None = None,
        response_expires: str | None = None,
        version_id: str | None = None,
        traffic_limit: int | None = None,
        process: str | None = None,
        request_payer: str | None = None,
        accept_encoding: str | None = None,
        progress_fn: Callable[[int, int, int], object] | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetObjectResult(ResultModel):
    content_length: int | None
    content_range: str | None
    content_type: str | None
    etag: str | None
    last_modified: datetime.datetime | None
    content_md5: str | None
    metadata: CaseInsensitiveDict | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    expires: str | None
    hash_crc64: str | None
    storage_class: str | None
    object_type: str | None
    version_id: str | None
    tagging_count: int | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    next_append_position: int | None
    expiration: str | None
    restore: str | None
    process_status: str | None
    delete_marker: bool | None
    sealed_time: str | None
    object_worm_retain_until_date: str | None
    object_worm_mode: str | None
    object_worm_legal_hold: str | None
    body: StreamBody | None

class AppendObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    position: int | None
    acl: str | None
    storage_class: str | None
    metadata: Mapping[str, str] | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    content_length: int | None
    content_md5: str | None
    content_type: str | None
    expires: str | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    tagging: str | None
    forbid_overwrite: bool | None
    traffic_limit: int | None
    request_payer: str | None
    body: BodyType | None
    progress_fn: Callable[[int, int, int], object] | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        position: int | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        content_disposition: str | None = None,
        content_encoding: str | None = None,
        content_length: int | None = None,
        content_md5: str | None = None,
        content_type: str | None = None,
        expires: str | None = None,
        server_side_encryption: str | None = None,
        server_side_data_encryption: str | None = None,
        server_side_encryption_key_id: str | None = None,
        tagging: str | None = None,
        forbid_overwrite: bool | None = None,
        traffic_limit: int | None = None,
        request_payer: str | None = None,
        body: BodyType | None = None,
        progress_fn: Callable[[int, int, int], object] | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class AppendObjectResult(ResultModel):
    version_id: str | None
    hash_crc64: str | None
    next_position: int | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None

class CopyObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    source_bucket: str | None
    source_key: str | None
    source_version_id: str | None
    if_match: str | None
    if_none_match: str | None
    if_modified_since: str | None
    if_unmodified_since: str | None
    acl: str | None
    storage_class: str | None
    metadata: Mapping[str, str] | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    content_length: int | None
    content_md5: str | None
    content_type: str | None
    expires: str | None
    metadata_directive: str | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    tagging: str | None
    tagging_directive: str | None
    forbid_overwrite: bool | None
    traffic_limit: int | None
    request_payer: str | None
    object_worm_retain_until_date: str | None
    object_worm_mode: str | None
    object_worm_legal_hold: str | None
    progress_fn: Callable[[int, int, int], object] | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        source_bucket: str | None = None,
        source_key: str | None = None,
        source_version_id: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
        if_modified_since: str | None = None,
        if_unmodified_since: str | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        content_disposition: str | None = None,
        content_encoding: str | None = None,
        content_length: int | None = None,
        content_md5: str | None = None,
        content_type: str | None = None,
        expires: str | None = None,
        metadata_directive: str | None = None,
        server_side_encryption: str | None = None,
        server_side_data_encryption: str | None = None,
        server_side_encryption_key_id: str | None = None,
        tagging: str | None = None,
        tagging_directive: str | None = None,
        forbid_overwrite: bool | None = None,
        traffic_limit: int | None = None,
        request_payer: str | None = None,
        object_worm_retain_until_date: str | None = None,
        object_worm_mode: str | None = None,
        object_worm_legal_hold: str | None = None,
        progress_fn: Callable[[int, int, int], object] | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class CopyObjectResult(ResultModel):
    version_id: str | None
    hash_crc64: str | None
    source_version_id: str | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    last_modified: datetime.datetime | None
    etag: str | None

class DeleteObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    bypass_governance_retention: bool | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        bypass_governance_retention: bool | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class DeleteObjectResult(ResultModel):
    version_id: str | None
    delete_marker: bool | None

class DeleteMultipleObjectsRequest(RequestModel):
    bucket: str | None
    encoding_type: str | None
    objects: list[DeleteObject] | None
    quiet: bool | None
    request_payer: str | None
    delete: Delete | None
    bypass_governance_retention: bool | None
    def __init__(
        self,
        bucket: str | None = None,
        encoding_type: str | None = None,
        objects: list[DeleteObject] | None = None,
        quiet: bool | None = None,
        request_payer: str | None = None,
        delete: Delete | None = None,
        bypass_governance_retention: bool | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class DeletedInfo(Model):
    key: str | None
    version_id: str | None
    delete_marker: bool | None
    delete_marker_version_id: str | None
    def __init__(
        self,
        key: str | None = None,
        version_id: str | None = None,
        delete_marker: bool | None = None,
        delete_marker_version_id: str | None = None,
    ) -> None: ...

class DeleteMultipleObjectsResult(ResultModel):
    deleted_objects: list[DeletedInfo] | None
    encoding_type: str | None

class GetObjectMetaRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetObjectMetaResult(ResultModel):
    content_length: int | None
    etag: str | None
    last_modified: datetime.datetime | None
    last_access_time: datetime.datetime | None
    version_id: str | None
    hash_crc64: str | None
    transition_time: str | None

class RestoreObjectRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    restore_request: RestoreRequest | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        restore_request: RestoreRequest | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class RestoreObjectResult(ResultModel):
    version_id: str | None
    restore_priority: str | None

class PutObjectAclRequest(RequestModel):
    bucket: str | None
    key: str | None
    acl: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        acl: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutObjectAclResult(ResultModel):
    version_id: str | None

class GetObjectAclRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class Owner(Model):
    id: str | None
    display_name: str | None
    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
    ) -> None: ...

class GetObjectAclResult(ResultModel):
    acl: str | None
    owner: Owner | None
    version_id: str | None

class InitiateMultipartUploadRequest(RequestModel):
    bucket: str | None
    key: str | None
    encoding_type: str | None
    storage_class: str | None
    metadata: Mapping[str, str] | None
    cache_control: str | None
    content_disposition: str | None
    content_encoding: str | None
    content_length: int | None
    content_md5: str | None
    content_type: str | None
    expires: str | None
    server_side_encryption: str | None
    server_side_data_encryption: str | None
    server_side_encryption_key_id: str | None
    tagging: str | None
    forbid_overwrite: bool | None
    request_payer: str | None
    object_worm_retain_until_date: str | None
    object_worm_mode: str | None
    object_worm_legal_hold: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        encoding_type: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        content_disposition: str | None = None,
        content_encoding: str | None = None,
        content_length: int | None = None,
        content_md5: str | None = None,
        content_type: str | None = None,
        expires: str | None = None,
        server_side_encryption: str | None = None,
        server_side_data_encryption: str | None = None,
        server_side_encryption_key_id: str | None = None,
        tagging: str | None = None,
        forbid_overwrite: bool | None = None,
        request_payer: str | None = None,
        object_worm_retain_until_date: str | None = None,
        object_worm_mode: str | None = None,
        object_worm_legal_hold: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class InitiateMultipartUploadResult(ResultModel):
    bucket: str | None
    key: str | None
    upload_id: str | None
    encoding_type: str | None

class UploadPartRequest(RequestModel):
    bucket: str | None
    key: str | None
    part_number: int | None
    upload_id: str | None
    content_md5: str | None
    content_length: int | None
    traffic_limit: int | None
    body: BodyType | None
    request_payer: str | None
    progress_fn: Callable[[int, int, int], object] | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        part_number: int | None = None,
        upload_id: str | None = None,
        content_md5: str | None = None,
        content_length: int | None = None,
        traffic_limit: int | None = None,
        body: BodyType | None = None,
        request_payer: str | None = None,
        progress_fn: Callable[[int, int, int], object] | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class UploadPartResult(ResultModel):
    content_md5: str | None
    etag: str | None
    hash_crc64: str | None

class UploadPartCopyRequest(RequestModel):
    bucket: str | None
    key: str | None
    part_number: int | None
    upload_id: str | None
    source_bucket: str | None
    source_key: str | None
    source_version_id: str | None
    source_range: str | None
    if_match: str | None
    if_none_match: str | None
    if_modified_since: str | None
    if_unmodified_since: str | None
    traffic_limit: int | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        part_number: int | None = None,
        upload_id: str | None = None,
        source_bucket: str | None = None,
        source_key: str | None = None,
        source_version_id: str | None = None,
        source_range: str | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
        if_modified_since: str | None = None,
        if_unmodified_since: str | None = None,
        traffic_limit: int | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class UploadPartCopyResult(ResultModel):
    last_modified: datetime.datetime | None
    etag: str | None
    source_version_id: str | None

class CompleteMultipartUploadRequest(RequestModel):
    bucket: str | None
    key: str | None
    upload_id: str | None
    acl: str | None
    complete_multipart_upload: CompleteMultipartUpload | None
    complete_all: str | None
    callback: str | None
    callback_var: str | None
    forbid_overwrite: bool | None
    encoding_type: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        upload_id: str | None = None,
        acl: str | None = None,
        complete_multipart_upload: CompleteMultipartUpload | None = None,
        complete_all: str | None = None,
        callback: str | None = None,
        callback_var: str | None = None,
        forbid_overwrite: bool | None = None,
        encoding_type: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class CompleteMultipartUploadResult(ResultModel):
    bucket: str | None
    key: str | None
    location: str | None
    etag: str | None
    encoding_type: str | None
    hash_crc64: str | None
    version_id: str | None
    callback_result: Any | None

class AbortMultipartUploadRequest(RequestModel):
    bucket: str | None
    key: str | None
    upload_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        upload_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class AbortMultipartUploadResult(ResultModel):
    ...

class ListMultipartUploadsRequest(RequestModel):
    bucket: str | None
    delimiter: str | None
    encoding_type: str | None
    key_marker: str | None
    max_uploads: int | None
    prefix: str | None
    upload_id_marker: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        delimiter: str | None = None,
        encoding_type: str | None = None,
        key_marker: str | None = None,
        max_uploads: int | None = None,
        prefix: str | None = None,
        upload_id_marker: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class Upload(Model):
    key: str | None
    upload_id: str | None
    initiated: datetime.datetime | None
    def __init__(
        self,
        key: str | None = None,
        upload_id: str | None = None,
        initiated: datetime.datetime | None = None,
    ) -> None: ...

class ListMultipartUploadsResult(ResultModel):
    encoding_type: str | None
    bucket: str | None
    key_marker: str | None
    upload_id_marker: str | None
    next_key_marker: str | None
    next_upload_id_marker: str | None
    delimiter: str | None
    prefix: str | None
    max_uploads: int | None
    is_truncated: bool | None
    uploads: list[Upload] | None

class ListPartsRequest(RequestModel):
    bucket: str | None
    key: str | None
    upload_id: str | None
    encoding_type: str | None
    max_parts: int | None
    part_number_marker: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        upload_id: str | None = None,
        encoding_type: str | None = None,
        max_parts: int | None = None,
        part_number_marker: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class Part(Model):
    part_number: int | None
    etag: str | None
    last_modified: datetime.datetime | None
    size: int | None
    hash_crc64: str | None
    def __init__(
        self,
        part_number: int | None = None,
        etag: str | None = None,
        last_modified: datetime.datetime | None = None,
        size: int | None = None,
        hash_crc64: str | None = None,
    ) -> None: ...

class ListPartsResult(ResultModel):
    encoding_type: str | None
    bucket: str | None
    key: str | None
    upload_id: str | None
    part_number_marker: int | None
    next_part_number_marker: int | None
    max_parts: int | None
    is_truncated: bool | None
    storage_class: str | None
    client_encryption_key: str | None
    client_encryption_start: str | None
    client_encryption_cek_alg: str | None
    client_encryption_wrap_alg: str | None
    client_encryption_data_size: int | None
    client_encryption_part_size: int | None
    parts: list[Part] | None

class PutSymlinkRequest(RequestModel):
    bucket: str | None
    key: str | None
    target: str | None
    acl: str | None
    storage_class: str | None
    metadata: Mapping[str, str] | None
    forbid_overwrite: bool | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        target: str | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        forbid_overwrite: bool | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutSymlinkResult(ResultModel):
    version_id: str | None

class GetSymlinkRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetSymlinkResult(ResultModel):
    version_id: str | None
    target: str | None
    etag: str | None
    metadata: CaseInsensitiveDict | None

class PutObjectTaggingRequest(RequestModel):
    bucket: str | None
    key: str | None
    tagging: Tagging | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        tagging: Tagging | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutObjectTaggingResult(ResultModel):
    version_id: str | None

class GetObjectTaggingRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class Tag(Model):
    key: str | None
    value: str | None
    def __init__(
        self,
        key: str | None = None,
        value: str | None = None,
    ) -> None: ...

class TagSet(Model):
    tags: list[Tag] | None
    def __init__(
        self,
        tags: list[Tag] | None = None,
    ) -> None: ...

class GetObjectTaggingResult(ResultModel):
    version_id: str | None
    tag_set: TagSet | None

class DeleteObjectTaggingRequest(RequestModel):
    bucket: str | None
    key: str | None
    version_id: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        key: str | None = None,
        version_id: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class DeleteObjectTaggingResult(ResultModel):
    version_id: str | None

class ListObjectsRequest(RequestModel):
    bucket: str | None
    delimiter: str | None
    encoding_type: str | None
    marker: str | None
    max_keys: int | None
    prefix: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        delimiter: str | None = None,
        encoding_type: str | None = None,
        marker: str | None = None,
        max_keys: int | None = None,
        prefix: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class ObjectProperties(Model):
    key: str | None
    object_type: str | None
    size: int | None
    etag: str | None
    last_modified: datetime.datetime | None
    storage_class: str | None
    owner: Owner | None
    restore_info: str | None
    transition_time: str | None
    def __init__(
        self,
        key: str | None = None,
        object_type: str | None = None,
        size: int | None = None,
        etag: str | None = None,
        last_modified: datetime.datetime | None = None,
        storage_class: str | None = None,
        owner: Owner | None = None,
        restore_info: str | None = None,
        transition_time: str | None = None,
    ) -> None: ...

class CommonPrefix(Model):
    prefix: str | None
    def __init__(
        self,
        prefix: str | None = None,
    ) -> None: ...

class ListObjectsResult(ResultModel):
    name: str | None
    prefix: str | None
    marker: str | None
    max_keys: int | None
    delimiter: str | None
    is_truncated: bool | None
    next_marker: str | None
    encoding_type: str | None
    contents: list[ObjectProperties] | None
    common_prefixes: list[CommonPrefix] | None

class ListObjectsV2Request(RequestModel):
    bucket: str | None
    delimiter: str | None
    start_after: str | None
    encoding_type: str | None
    continuation_token: str | None
    max_keys: int | None
    prefix: str | None
    fetch_owner: bool | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        delimiter: str | None = None,
        start_after: str | None = None,
        encoding_type: str | None = None,
        continuation_token: str | None = None,
        max_keys: int | None = None,
        prefix: str | None = None,
        fetch_owner: bool | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class ListObjectsV2Result(ResultModel):
    name: str | None
    prefix: str | None
    continuation_token: str | None
    max_keys: int | None
    delimiter: str | None
    is_truncated: bool | None
    next_continuation_token: str | None
    encoding_type: str | None
    contents: list[ObjectProperties] | None
    common_prefixes: list[CommonPrefix] | None
    start_after: str | None
    key_count: int | None

class ListObjectVersionsRequest(RequestModel):
    bucket: str | None
    delimiter: str | None
    key_marker: str | None
    version_id_marker: str | None
    max_keys: int | None
    prefix: str | None
    encoding_type: str | None
    request_payer: str | None
    def __init__(
        self,
        bucket: str | None = None,
        delimiter: str | None = None,
        key_marker: str | None = None,
        version_id_marker: str | None = None,
        max_keys: int | None = None,
        prefix: str | None = None,
        encoding_type: str | None = None,
        request_payer: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class ObjectVersionProperties(Model):
    key: str | None
    version_id: str | None
    is_latest: bool | None
    object_type: str | None
    size: int | None
    etag: str | None
    last_modified: datetime.datetime | None
    storage_class: str | None
    owner: Owner | None
    restore_info: str | None
    transition_time: str | None
    def __init__(
        self,
        key: str | None = None,
        version_id: str | None = None,
        is_latest: bool | None = None,
        object_type: str | None = None,
        size: int | None = None,
        etag: str | None = None,
        last_modified: datetime.datetime | None = None,
        storage_class: str | None = None,
        owner: Owner | None = None,
        restore_info: str | None = None,
        transition_time: str | None = None,
    ) -> None: ...

class DeleteMarkerProperties(Model):
    key: str | None
    version_id: str | None
    is_latest: bool | None
    last_modified: datetime.datetime | None
    owner: Owner | None
    def __init__(
        self,
        key: str | None = None,
        version_id: str | None = None,
        is_latest: bool | None = None,
        last_modified: datetime.datetime | None = None,
        owner: Owner | None = None,
    ) -> None: ...

class ListObjectVersionsResult(ResultModel):
    name: str | None
    key_marker: str | None
    next_key_marker: str | None
    version_id_marker: str | None
    next_version_id_marker: str | None
    prefix: str | None
    max_keys: int | None
    delimiter: str | None
    is_truncated: bool | None
    encoding_type: str | None
    version: list[ObjectVersionProperties] | None
    delete_marker: list[DeleteMarkerProperties] | None
    common_prefixes: list[CommonPrefix] | None

class ListBucketsRequest(RequestModel):
    marker: str | None
    max_keys: int | None
    prefix: str | None
    resource_group_id: str | None
    tag_key: str | None
    tag_value: str | None
    tagging: str | None
    def __init__(
        self,
        marker: str | None = None,
        max_keys: int | None = None,
        prefix: str | None = None,
        resource_group_id: str | None = None,
        tag_key: str | None = None,
        tag_value: str | None = None,
        tagging: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class BucketProperties(Model):
    name: str | None
    location: str | None
    creation_date: datetime.datetime | None
    storage_class: str | None
    extranet_endpoint: str | None
    intranet_endpoint: str | None
    region: str | None
    resource_group_id: str | None
    def __init__(
        self,
        name: str | None = None,
        location: str | None = None,
        creation_date: datetime.datetime | None = None,
        storage_class: str | None = None,
        extranet_endpoint: str | None = None,
        intranet_endpoint: str | None = None,
        region: str | None = None,
        resource_group_id: str | None = None,
    ) -> None: ...

class ListBucketsResult(ResultModel):
    prefix: str | None
    marker: str | None
    max_keys: int | None
    is_truncated: bool | None
    next_marker: str | None
    owner: Owner | None
    buckets: list[BucketProperties] | None

class PutBucketRequest(RequestModel):
    bucket: str | None
    acl: str | None
    resource_group_id: str | None
    create_bucket_configuration: CreateBucketConfiguration | None
    bucket_tagging: str | None
    def __init__(
        self,
        bucket: str | None = None,
        acl: str | None = None,
        resource_group_id: str | None = None,
        create_bucket_configuration: CreateBucketConfiguration | None = None,
        bucket_tagging: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutBucketResult(ResultModel):
    ...

class DeleteBucketRequest(RequestModel):
    bucket: str | None
    def __init__(
        self,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class DeleteBucketResult(ResultModel):
    ...

class GetBucketInfoRequest(RequestModel):
    bucket: str | None
    def __init__(
        self,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class SSERule(Model):
    kms_master_key_id: str | None
    sse_algorithm: str | None
    kms_data_encryption: str | None
    def __init__(
        self,
        kms_master_key_id: str | None = None,
        sse_algorithm: str | None = None,
        kms_data_encryption: str | None = None,
    ) -> None: ...

class BucketPolicy(Model):
    log_bucket: str | None
    log_prefix: str | None
    def __init__(
        self,
        log_bucket: str | None = None,
        log_prefix: str | None = None,
    ) -> None: ...

class BucketInfo(Model):
    name: str | None
    access_monitor: str | None
    location: str | None
    creation_date: datetime.datetime | None
    extranet_endpoint: str | None
    intranet_endpoint: str | None
    acl: str | None
    data_redundancy_type: str | None
    owner: Owner | None
    storage_class: str | None
    resource_group_id: str | None
    sse_rule: SSERule | None
    versioning: str | None
    transfer_acceleration: str | None
    cross_region_replication: str | None
    bucket_policy: BucketPolicy | None
    comment: str | None
    block_public_access: bool | None
    bucket_resource_type: str | None
    agentic_bucket_name: str | None
    def __init__(
        self,
        name: str | None = None,
        access_monitor: str | None = None,
        location: str | None = None,
        creation_date: datetime.datetime | None = None,
        extranet_endpoint: str | None = None,
        intranet_endpoint: str | None = None,
        acl: str | None = None,
        data_redundancy_type: str | None = None,
        owner: Owner | None = None,
        storage_class: str | None = None,
        resource_group_id: str | None = None,
        sse_rule: SSERule | None = None,
        versioning: str | None = None,
        transfer_acceleration: str | None = None,
        cross_region_replication: str | None = None,
        bucket_policy: BucketPolicy | None = None,
        comment: str | None = None,
        block_public_access: bool | None = None,
        bucket_resource_type: str | None = None,
        agentic_bucket_name: str | None = None,
    ) -> None: ...

class GetBucketInfoResult(ResultModel):
    bucket_info: BucketInfo | None

class GetBucketLocationRequest(RequestModel):
    bucket: str | None
    def __init__(
        self,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetBucketLocationResult(ResultModel):
    location: str | None

class GetBucketStatRequest(RequestModel):
    bucket: str | None
    def __init__(
        self,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetBucketStatResult(ResultModel):
    storage: int | None
    object_count: int | None
    multi_part_upload_count: int | None
    live_channel_count: int | None
    last_modified_time: int | None
    standard_storage: int | None
    standard_object_count: int | None
    infrequent_access_storage: int | None
    infrequent_access_real_storage: int | None
    infrequent_access_object_count: int | None
    archive_storage: int | None
    archive_real_storage: int | None
    archive_object_count: int | None
    cold_archive_storage: int | None
    cold_archive_real_storage: int | None
    cold_archive_object_count: int | None
    deep_cold_archive_storage: int | None
    deep_cold_archive_real_storage: int | None
    deep_cold_archive_object_count: int | None
    delete_marker_count: int | None

class PutBucketVersioningRequest(RequestModel):
    bucket: str | None
    versioning_configuration: VersioningConfiguration | None
    def __init__(
        self,
        bucket: str | None = None,
        versioning_configuration: VersioningConfiguration | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class PutBucketVersioningResult(ResultModel):
    ...

class GetBucketVersioningRequest(RequestModel):
    bucket: str | None
    def __init__(
        self,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | None] | None = None,
    ) -> None: ...

class GetBucketVersioningResult(ResultModel):
    version_status: str | None

class ObjectIdentifier(Model):
    key: str | None
    version_id: str | None
    def __init__(
        self,
        key: str | None = None,
        version_id: str | None = None,
    ) -> None: ...

class Delete(Model):
    objects: list[ObjectIdentifier] | None
    quiet: bool | None
    def __init__(
        self,
        objects: list[ObjectIdentifier] | None = None,
        quiet: bool | None = None,
    ) -> None: ...

class DeleteObject(Model):
    key: str | None
    version_id: str | None
    def __init__(
        self,
        key: str | None = None,
        version_id: str | None = None,
    ) -> None: ...

class CompleteMultipartUpload(Model):
    parts: list[UploadPart] | None
    def __init__(
        self,
        parts: list[UploadPart] | None = None,
    ) -> None: ...

class UploadPart(Model):
    part_number: int | None
    etag: str | None
    def __init__(
        self,
        part_number: int | None = None,
        etag: str | None = None,
    ) -> None: ...

class Tagging(Model):
    tag_set: TagSet | None
    def __init__(
        self,
        tag_set: TagSet | None = None,
    ) -> None: ...

class JobParameters(Model):
    tier: str | None
    def __init__(
        self,
        tier: str | None = None,
    ) -> None: ...

class RestoreRequest(Model):
    days: int | None
    job_parameters: JobParameters | None
    def __init__(
        self,
        days: int | None = None,
        job_parameters: JobParameters | None = None,
    ) -> None: ...

class CreateBucketConfiguration(Model):
    storage_class: str | None
    data_redundancy_type: str | None
    def __init__(
        self,
        storage_class: str | None = None,
        data_redundancy_type: str | None = None,
    ) -> None: ...

class VersioningConfiguration(Model):
    status: str | None
    def __init__(
        self,
        status: str | None = None,
    ) -> None: ...

class Draft:
    bucket: str | None
    key: str | None
    headers: list[tuple[str, str]]
    queries: list[tuple[str, str]]
    def __init__(self, bucket: str | None, key: str | None) -> None: ...

def draft(request: Any, defaults: dict[str, str] | None = None) -> Draft: ...
def read(result: _R, status_code: int, headers: list[tuple[str, str]], body: Any = None) -> _R: ...
def read_xml(result: Any, body: bytes) -> None: ...
def write_xml(value: Any, root: str | None = None) -> bytes: ...
def _fields_like(request: Any) -> tuple[_Field, ...]: ...

_REASONS: dict[int, str]

__all__ = [
    "AbortMultipartUploadRequest",
    "AbortMultipartUploadResult",
    "AppendObjectRequest",
    "AppendObjectResult",
    "BucketACLType",
    "BucketInfo",
    "BucketPolicy",
    "BucketProperties",
    "CommonPrefix",
    "CompleteMultipartUpload",
    "CompleteMultipartUploadRequest",
    "CompleteMultipartUploadResult",
    "CopyObjectRequest",
    "CopyObjectResult",
    "CreateBucketConfiguration",
    "DataRedundancyType",
    "Delete",
    "DeleteBucketRequest",
    "DeleteBucketResult",
    "DeleteMarkerProperties",
    "DeleteMultipleObjectsRequest",
    "DeleteMultipleObjectsResult",
    "DeleteObject",
    "DeleteObjectRequest",
    "DeleteObjectResult",
    "DeleteObjectTaggingRequest",
    "DeleteObjectTaggingResult",
    "DeletedInfo",
    "GetBucketInfoRequest",
    "GetBucketInfoResult",
    "GetBucketLocationRequest",
    "GetBucketLocationResult",
    "GetBucketStatRequest",
    "GetBucketStatResult",
    "GetBucketVersioningRequest",
    "GetBucketVersioningResult",
    "GetObjectAclRequest",
    "GetObjectAclResult",
    "GetObjectMetaRequest",
    "GetObjectMetaResult",
    "GetObjectRequest",
    "GetObjectResult",
    "GetObjectTaggingRequest",
    "GetObjectTaggingResult",
    "GetSymlinkRequest",
    "GetSymlinkResult",
    "HeadObjectRequest",
    "HeadObjectResult",
    "InitiateMultipartUploadRequest",
    "InitiateMultipartUploadResult",
    "JobParameters",
    "ListBucketsRequest",
    "ListBucketsResult",
    "ListMultipartUploadsRequest",
    "ListMultipartUploadsResult",
    "ListObjectVersionsRequest",
    "ListObjectVersionsResult",
    "ListObjectsRequest",
    "ListObjectsResult",
    "ListObjectsV2Request",
    "ListObjectsV2Result",
    "ListPartsRequest",
    "ListPartsResult",
    "ObjectACLType",
    "ObjectIdentifier",
    "ObjectProperties",
    "ObjectVersionProperties",
    "Owner",
    "Part",
    "PutBucketRequest",
    "PutBucketResult",
    "PutBucketVersioningRequest",
    "PutBucketVersioningResult",
    "PutObjectAclRequest",
    "PutObjectAclResult",
    "PutObjectRequest",
    "PutObjectResult",
    "PutObjectTaggingRequest",
    "PutObjectTaggingResult",
    "PutSymlinkRequest",
    "PutSymlinkResult",
    "RestoreObjectRequest",
    "RestoreObjectResult",
    "RestoreRequest",
    "SSERule",
    "StorageClassType",
    "Tag",
    "TagSet",
    "Tagging",
    "Upload",
    "UploadPart",
    "UploadPartCopyRequest",
    "UploadPartCopyResult",
    "UploadPartRequest",
    "UploadPartResult",
    "VersioningConfiguration",
]
