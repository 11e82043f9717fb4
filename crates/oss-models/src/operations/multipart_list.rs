use std::time::SystemTime;

use crate::{Crc64, Etag, Idempotency, OperationInfo, PartNumber, RequestPayer, ResponseShape, StorageClass, UploadId};

request! {
    /// ListParts: one page of the parts that an upload has so far, by number.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listparts)
    ListPartsRequest -> ListPartsResult =
        OperationInfo::new("ListParts", Idempotency::Idempotent, ResponseShape::Xml("ListPartsResult"));
    GET ["encoding-type=url"];
    required [OBJECT UPLOAD] {}
    optional [PAYER] {
        /// Most parts of the page, 1 to 1,000. Default 1,000.
        max_parts: u16 = page_size("max-parts"),
        /// Only parts with a greater number.
        part_number_marker: PartNumber = query("part-number-marker"),
    }
}

response! {
    /// One page of parts.
    ListPartsResult [] {
        /// Parts, by number.
        parts: Vec<PartSummary> = xml.list("Part"),
        /// Whether there are more.
        is_truncated: bool = xml.flag("IsTruncated"),
        /// Number after which the next page begins; 0 if the list is empty.
        next_part_number_marker: Option<u16> = xml.text("NextPartNumberMarker"),
        /// Number after which this page began.
        part_number_marker: Option<u16> = xml.text("PartNumberMarker"),
        /// Most parts of the page.
        max_parts: Option<u64> = xml.text("MaxParts"),
        /// Bucket of the object.
        bucket: Option<String> = xml.text("Bucket"),
        /// Key of the object.
        key: Option<String> = xml.encoded("Key"),
        /// Id of the upload.
        upload_id: Option<UploadId> = xml.text("UploadId"),
        /// Storage class that the object will have.
        storage_class: Option<StorageClass> = xml.text("StorageClass"),
    }
}

element! {
    /// A part that the server has.
    PartSummary [] {
        /// Number of the part.
        part_number: PartNumber = required("PartNumber"),
        /// Entity tag of the part.
        etag: Etag = required("ETag"),
        /// Length in bytes.
        size: u64 = required("Size"),
        /// CRC64 of the part.
        hash_crc64: Option<Crc64> = text("HashCrc64ecma"),
        /// When it was sent.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = text("LastModified"),
    }
}

request! {
    /// ListMultipartUploads: one page of the uploads of a bucket that are neither completed nor aborted.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listmultipartuploads)
    ListMultipartUploadsRequest -> ListMultipartUploadsResult =
        OperationInfo::new("ListMultipartUploads", Idempotency::Idempotent, ResponseShape::Xml("ListMultipartUploadsResult"));
    GET ["uploads" "encoding-type=url"];
    required [BUCKET] {}
    optional [PREFIX_DELIMITER PAYER] {
        /// Where the page begins: `next_key_marker` of the page before.
        key_marker: String = query("key-marker"),
        /// Where the page begins: `next_upload_id_marker` of the page before; only with `key_marker`.
        upload_id_marker: String = query("upload-id-marker"),
        /// Most uploads of the page, 1 to 1,000. Default 1,000.
        max_uploads: u16 = page_size("max-uploads"),
    }
}

response! {
    /// One page of uploads.
    ListMultipartUploadsResult [] {
        /// Uploads, by key, then id.
        uploads: Vec<MultipartUpload> = xml.list("Upload"),
        /// Key at which the next page begins.
        next_key_marker: Option<String> = xml.encoded("NextKeyMarker"),
        /// Upload at which the next page begins.
        next_upload_id_marker: Option<String> = xml.text("NextUploadIdMarker"),
        /// Key at which this page began.
        key_marker: Option<String> = xml.encoded("KeyMarker"),
        /// Upload at which this page began.
        upload_id_marker: Option<String> = xml.text("UploadIdMarker"),
        /// Bucket of the object.
        bucket: Option<String> = xml.text("Bucket"),
        /// Most uploads of the page.
        max_uploads: Option<u64> = xml.text("MaxUploads"),
    } [PREFIX_DELIMITER_RESPONSE]
}

element! {
    /// An upload that is neither completed nor aborted.
    MultipartUpload [] {
        /// Key of the object to be.
        key: String = required_encoded("Key"),
        /// Id of the upload.
        upload_id: UploadId = required("UploadId"),
        /// When it was initiated.
        #[serde(serialize_with = "crate::serialize::time")]
        initiated: Option<SystemTime> = text("Initiated"),
        /// Storage class that the object will have.
        storage_class: Option<StorageClass> = text("StorageClass"),
    }
}
