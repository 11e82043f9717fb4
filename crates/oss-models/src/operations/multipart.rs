use std::time::SystemTime;

use bytes::Bytes;

use crate::draft::{Draft, Payload};
use crate::xml::XmlWriter;
use crate::{
    Body, ByteRange, Callback, CallbackVars, ContentRange, CopySource, Crc64, Crc64Scope, Etag, Idempotency,
    InvalidRequest, Metadata, ObjectAcl, ObjectWormMode, OperationInfo, PartNumber, PartSummary, RequestPayer,
    ResponseShape, ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tagging, UploadId,
};

request! {
    /// InitiateMultipartUpload: starts an upload in parts. The object's ACL goes with CompleteMultipartUpload.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/initiatemultipartupload)
    InitiateMultipartUploadRequest -> InitiateMultipartUploadResult =
        OperationInfo::new("InitiateMultipartUpload", Idempotency::Idempotent, ResponseShape::Xml("InitiateMultipartUploadResult"))
            .with_needs(&["UploadId"]);
    POST ["uploads" "encoding-type=url"] then default_content_type;
    required [OBJECT] {}
    optional [METADATA STORAGE_CLASS ENCRYPTION TAGGING FORBID_OVERWRITE PAYER RETENTION] {}
}

response! {
    /// Result of InitiateMultipartUpload.
    InitiateMultipartUploadResult [ENCRYPTION_RESPONSE] {
        /// Id of the upload, to be named in every further request of it.
        upload_id: UploadId = xml.required("UploadId"),
        /// Bucket of the object.
        bucket: Option<String> = xml.text("Bucket"),
        /// Key of the object.
        key: Option<String> = xml.encoded("Key"),
    }
}

request! {
    /// UploadPart: sends one part, 100 KiB to 5 GiB, the last one possibly smaller.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/uploadpart)
    UploadPartRequest -> UploadPartResult =
        OperationInfo::new("UploadPart", Idempotency::Idempotent, ResponseShape::Headers)
            .with_needs(&["ETag"])
            .with_crc64(Crc64Scope::SentBody)
            .with_traffic_limit();
    PUT [];
    required [OBJECT UPLOAD PART] {
        /// Bytes of the part.
        body: Body = body(),
    }
    optional [TRAFFIC_LIMIT PAYER CONTENT_MD5] {}
}

response! {
    /// Result of UploadPart. The CRC64 is that of the part.
    UploadPartResult [CRC64_RESPONSE] {
        /// Entity tag of the part, needed to complete the upload.
        etag: Etag = required_header("etag"),
        /// Base64 of the MD5 of the part.
        content_md5: Option<String> = header("content-md5"),
    }
}

request! {
    /// UploadPartCopy: makes a part of an object, or of a range of one.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/uploadpartcopy)
    UploadPartCopyRequest -> UploadPartCopyResult =
        OperationInfo::new("UploadPartCopy", Idempotency::Idempotent, ResponseShape::Xml("CopyPartResult"))
            .with_needs(&["ETag"])
            .with_slow_response()
            .with_traffic_limit();
    PUT [];
    required [OBJECT UPLOAD PART] {
        /// Object that is copied.
        copy_source: CopySource = header("x-oss-copy-source"),
    }
    optional [SOURCE_CONDITIONS TRAFFIC_LIMIT PAYER] {
        /// Range of the source. Default: all. A range outside the object copies all of it, and the response then has no
        /// `content_range`.
        copy_source_range: ByteRange = header("x-oss-copy-source-range"),
    }
}

response! {
    /// Result of UploadPartCopy.
    UploadPartCopyResult [CRC64_RESPONSE] {
        /// Entity tag of the part.
        etag: Etag = etag("ETag"),
        /// When the part was made.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = xml.text("LastModified"),
        /// Which bytes were copied, if a valid range was asked for.
        content_range: Option<ContentRange> = header("content-range"),
        /// Version that was copied.
        copy_source_version_id: Option<String> = header("x-oss-copy-source-version-id"),
    }
}

request! {
    /// CompleteMultipartUpload: makes the object of its parts.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/completemultipartupload)
    CompleteMultipartUploadRequest -> CompleteMultipartUploadResult =
        OperationInfo::new("CompleteMultipartUpload", Idempotency::Idempotent, ResponseShape::Xml("CompleteMultipartUploadResult"))
            .with_callback()
            .with_needs(&["ETag"])
            .with_slow_response();
    POST ["encoding-type=url"];
    required [OBJECT UPLOAD] {
        /// Parts that make up the object.
        parts: CompletedParts = payload(),
    }
    optional [ACL FORBID_OVERWRITE CALLBACK PAYER] {}
}

response! {
    /// Result of CompleteMultipartUpload. With a callback there is no document, so only the headers describe the object.
    CompleteMultipartUploadResult [CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {
        /// Entity tag of the object; not the MD5 of its content.
        etag: Etag = etag("ETag"),
        /// Address of the object.
        location: Option<String> = xml.text("Location"),
        /// Bucket of the object.
        bucket: Option<String> = xml.text("Bucket"),
        /// Key of the object.
        key: Option<String> = xml.encoded("Key"),
        /// Response of the upload callback, byte for byte.
        #[serde(serialize_with = "crate::serialize::optional_text")]
        callback_result: Option<Bytes> = callback_result(),
    }
}

/// A part as CompleteMultipartUpload names it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CompletedPart {
    /// Number of the part.
    pub part_number: PartNumber,
    /// Entity tag that UploadPart or UploadPartCopy returned.
    pub etag: Etag,
}

impl CompletedPart {
    /// A part.
    pub fn new(part_number: PartNumber, etag: Etag) -> Self {
        Self { part_number, etag }
    }
}

impl From<&PartSummary> for CompletedPart {
    fn from(part: &PartSummary) -> Self {
        Self::new(part.part_number, part.etag.clone())
    }
}

/// The parts that make up an object.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CompletedParts {
    /// These; sent in order of their numbers, whatever order they are in.
    Listed(Vec<CompletedPart>),
    /// All that the server has (`x-oss-complete-all`).
    All,
}

impl From<Vec<CompletedPart>> for CompletedParts {
    fn from(parts: Vec<CompletedPart>) -> Self {
        Self::Listed(parts)
    }
}

impl FromIterator<CompletedPart> for CompletedParts {
    fn from_iter<I: IntoIterator<Item = CompletedPart>>(parts: I) -> Self {
        Self::Listed(parts.into_iter().collect())
    }
}

impl Payload for CompletedParts {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        let Self::Listed(parts) = self else {
            return draft.header(field, "x-oss-complete-all", &"yes".to_owned());
        };
        if parts.is_empty() {
            return Err(InvalidRequest::new(field, "must name at least one part"));
        }
        let mut parts: Vec<_> = parts.iter().collect();
        parts.sort_by_key(|part| part.part_number);
        if let Some(twice) = parts.windows(2).find_map(|pair| match pair {
            [a, b] if a.part_number == b.part_number => Some(a.part_number),
            _ => None,
        }) {
            return Err(InvalidRequest::new(field, format!("names part {twice} twice")));
        }
        let mut writer = XmlWriter::new();
        writer.parent("CompleteMultipartUpload", |complete| {
            for part in parts {
                complete.parent("Part", |element| {
                    element.leaf("PartNumber", &part.part_number.to_string());
                    element.leaf("ETag", &part.etag.quoted());
                });
            }
        });
        draft.xml(writer.finish());
        Ok(())
    }
}

request! {
    /// AbortMultipartUpload: cancels an upload and removes its parts.
    ///
    /// A part that is being sent at that moment may stay: stop sending first, and repeat until ListParts returns
    /// `NoSuchUpload`.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/abortmultipartupload)
    AbortMultipartUploadRequest -> AbortMultipartUploadResult =
        OperationInfo::new("AbortMultipartUpload", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE [];
    required [OBJECT UPLOAD] {}
    optional [PAYER] {}
}

response! {
    /// Result of AbortMultipartUpload; there is nothing to read but status and headers.
    AbortMultipartUploadResult [] {}
}
