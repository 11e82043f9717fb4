//! Fields that several operations share, stated once; [`declare`](crate::declare) has the table of who has which.

/// Defines `with_groups!`, which puts fields together in the order in which they are named: a group by its name, own
/// fields in braces. All of them are handed to the macro `$then`, behind `$head`.
macro_rules! define_groups {
    ($d:tt $( $group:ident { $($group_fields:tt)* } )+) => {
        macro_rules! with_groups {
            ($d then:ident $d head:tt [$d($d items:tt)*]) => {
                with_groups! { @ $d then $d head [$d($d items)*] {} }
            };
            (@ $d then:ident $d head:tt [] $d fields:tt) => {
                $d then! { $d head $d fields }
            };
            (@ $d then:ident $d head:tt [{ $d($d own:tt)* } $d($d items:tt)*] { $d($d fields:tt)* }) => {
                with_groups! { @ $d then $d head [$d($d items)*] { $d($d fields)* $d($d own)* } }
            };
            $(
                (@ $d then:ident $d head:tt [$group $d($d items:tt)*] { $d($d fields:tt)* }) => {
                    with_groups! { @ $d then $d head [$d($d items)*] { $d($d fields)* $($group_fields)* } }
                };
            )+
            (@ $d then:ident $d head:tt [$d unknown:ident $d($d items:tt)*] $d fields:tt) => {
                compile_error!(concat!("no group of fields is named ", stringify!($d unknown)));
            };
        }
    };
}

define_groups! { $
    // What a request is about.
    BUCKET {
        /// Name of the bucket: 3 to 63 of `a-z`, `0-9` and `-`.
        bucket: String = bucket(),
    }
    OBJECT {
        /// Name of the bucket: 3 to 63 of `a-z`, `0-9` and `-`.
        bucket: String = bucket(),
        /// Key of the object: 1 to 1,023 bytes of UTF-8, sent as they are.
        key: String = key(),
    }
    UPLOAD {
        /// Multipart upload, as InitiateMultipartUpload named it.
        upload_id: UploadId = query("uploadId"),
    }
    PART {
        /// Position of the part; a part of the same number is replaced.
        part_number: PartNumber = query("partNumber"),
    }
    VERSION {
        /// Version of the object. Default: the current one.
        version_id: String = query("versionId"),
    }

    // How an object is stored.
    METADATA {
        /// User metadata, kept with the object and returned with it. At most 8 KiB of names and values.
        metadata: Metadata = metadata("x-oss-meta-"),
        /// Media type (`Content-Type`). Default where a new object is written: by the extension of the key.
        content_type: String = header("content-type"),
        /// How caches may keep the object (`Cache-Control`).
        cache_control: String = header("cache-control"),
        /// Whether a browser shows or saves the object, and under which name (`Content-Disposition`).
        content_disposition: String = header("content-disposition"),
        /// How the content is encoded, such as `gzip` (`Content-Encoding`). OSS stores the bytes as they are sent.
        content_encoding: String = header("content-encoding"),
        /// When caches should forget the object (`Expires`); OSS does not check the format.
        expires: String = header("expires"),
    }
    STORAGE_CLASS {
        /// Storage class of the object. Default: the bucket's.
        storage_class: StorageClass = header("x-oss-storage-class"),
    }
    ACL {
        /// Who may read and write the object. Default: as the bucket says.
        acl: ObjectAcl = header("x-oss-object-acl"),
    }
    ENCRYPTION {
        /// Encryption at rest. Default: the bucket's.
        server_side_encryption: ServerSideEncryption = header("x-oss-server-side-encryption"),
        /// Cipher that a KMS key is used with; only with [`ServerSideEncryption::Kms`].
        server_side_data_encryption: ServerSideDataEncryption = header("x-oss-server-side-data-encryption"),
        /// Id of the KMS key; only with [`ServerSideEncryption::Kms`]. Default: the key that OSS manages.
        server_side_encryption_key_id: String = header("x-oss-server-side-encryption-key-id"),
    }
    TAGGING {
        /// Tags of the object, at most 10.
        tagging: Tagging = header("x-oss-tagging"),
    }
    RETENTION {
        /// How the object's retention is enforced.
        object_worm_mode: ObjectWormMode = header("x-oss-object-worm-mode"),
        /// Until when the object is retained, such as `2026-10-10T00:00:00.000Z`.
        object_worm_retain_until_date: String = header("x-oss-object-worm-retain-until-date"),
        /// Whether the object is on legal hold: `ON` or `OFF` *(unconfirmed)*.
        object_worm_legal_hold: String = header("x-oss-object-worm-legal-hold"),
    }

    // How a request is carried out.
    FORBID_OVERWRITE {
        /// Whether an existing object of that key is refused (`FileAlreadyExists`) instead of replaced. Default: replaced.
        /// OSS ignores it in a bucket with versioning.
        forbid_overwrite: bool = header("x-oss-forbid-overwrite"),
    }
    TRAFFIC_LIMIT {
        /// Most bits per second for this request, 245,760 to 838,860,800. Default: no limit.
        traffic_limit: u64 = traffic_limit("x-oss-traffic-limit"),
    }
    PAYER {
        /// Who pays for the request. Default: the owner of the bucket.
        request_payer: RequestPayer = header("x-oss-request-payer"),
    }
    CALLBACK {
        /// Request that OSS makes to an application server once the object is stored. Default: none.
        callback: Callback = secret_header("x-oss-callback"),
        /// Variables for the callback's template.
        callback_var: CallbackVars = secret_header("x-oss-callback-var"),
    }
    CONTENT_MD5 {
        /// Base64 of the MD5 of the body (`Content-MD5`); OSS refuses a body that has another (`InvalidDigest`).
        content_md5: String = content_md5(),
    }
    CONDITIONS {
        /// Only if the object's entity tag is this one (else `PreconditionFailed`).
        if_match: Etag = header("if-match"),
        /// Only if the object's entity tag is another one (else `NotModified`).
        if_none_match: Etag = header("if-none-match"),
        /// Only if the object was modified after that time (else `NotModified`).
        if_modified_since: SystemTime = header("if-modified-since"),
        /// Only if the object was not modified after that time (else `PreconditionFailed`).
        if_unmodified_since: SystemTime = header("if-unmodified-since"),
    }
    SOURCE_CONDITIONS {
        /// Only if the source's entity tag is this one (else `PreconditionFailed`).
        copy_source_if_match: Etag = header("x-oss-copy-source-if-match"),
        /// Only if the source's entity tag is another one (else `NotModified`).
        copy_source_if_none_match: Etag = header("x-oss-copy-source-if-none-match"),
        /// Only if the source was modified after that time (else `NotModified`).
        copy_source_if_modified_since: SystemTime = header("x-oss-copy-source-if-modified-since"),
        /// Only if the source was not modified after that time (else `PreconditionFailed`).
        copy_source_if_unmodified_since: SystemTime = header("x-oss-copy-source-if-unmodified-since"),
    }
    BYPASS_RETENTION {
        /// Whether retention in governance mode is bypassed. Default: no.
        bypass_governance_retention: bool = header("x-oss-bypass-governance-retention"),
    }
    PREFIX_DELIMITER {
        /// Only keys that begin with this text, at most 1,024 bytes. Default: all keys.
        prefix: String = query("prefix"),
        /// Folds keys up to the first delimiter after the prefix into `common_prefixes`. Default: nothing is folded.
        delimiter: String = query("delimiter"),
    }
    MAX_KEYS {
        /// Most entries of the page, 1 to 1,000. Default 100.
        max_keys: u16 = page_size("max-keys"),
    }

    // What a response holds.
    VERSION_RESPONSE {
        /// Version of the object, in a bucket with versioning.
        version_id: Option<String> = header("x-oss-version-id"),
    }
    CRC64_RESPONSE {
        /// CRC64 that OSS computed: of the whole object, or of the part.
        hash_crc64: Option<Crc64> = header("x-oss-hash-crc64ecma"),
    }
    ENCRYPTION_RESPONSE {
        /// Encryption at rest, if any.
        server_side_encryption: Option<ServerSideEncryption> = header("x-oss-server-side-encryption"),
        /// Cipher that the KMS key is used with.
        server_side_data_encryption: Option<ServerSideDataEncryption> = header("x-oss-server-side-data-encryption"),
        /// Id of the KMS key.
        server_side_encryption_key_id: Option<String> = header("x-oss-server-side-encryption-key-id"),
    }
    STORED_RESPONSE {
        /// Entity tag of the object.
        etag: Option<Etag> = header("etag"),
        /// Length of this response's content in bytes (`Content-Length`): the object's, or that of the range.
        content_length: Option<u64> = header("content-length"),
        /// When the object was last written.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = header("last-modified"),
        /// Base64 of the MD5 of the content; only of objects that one request wrote.
        content_md5: Option<String> = header("content-md5"),
        /// User metadata.
        metadata: Metadata = metadata("x-oss-meta-"),
        /// Media type (`Content-Type`).
        content_type: Option<String> = header("content-type"),
        /// How caches may keep the object (`Cache-Control`).
        cache_control: Option<String> = header("cache-control"),
        /// Whether a browser shows or saves the object, and under which name (`Content-Disposition`).
        content_disposition: Option<String> = header("content-disposition"),
        /// How the content is encoded, such as `gzip` (`Content-Encoding`). Bytes, length and CRC64 are those of the
        /// encoded content; nothing here decodes it.
        content_encoding: Option<String> = header("content-encoding"),
        /// Language of the content (`Content-Language`).
        content_language: Option<String> = header("content-language"),
        /// When caches should forget the object (`Expires`).
        expires: Option<String> = header("expires"),
        /// How the object was written: `Normal`, `Multipart`, `Appendable` or `Symlink`.
        object_type: Option<String> = header("x-oss-object-type"),
        /// Storage class of the object.
        storage_class: Option<StorageClass> = header("x-oss-storage-class"),
        /// Number of tags, if there are any.
        tagging_count: Option<u64> = header("x-oss-tagging-count"),
        /// Position of the next AppendObject; only of an appendable object.
        next_append_position: Option<u64> = header("x-oss-next-append-position"),
        /// When a lifecycle rule removes the object, and which one.
        expiration: Option<String> = header("x-oss-expiration"),
        /// How far the restoration of an archived object is; absent if none was asked for.
        restore: Option<RestoreStatus> = header("x-oss-restore"),
        /// Result of the image or document processing that was asked for.
        process_status: Option<String> = header("x-oss-process-status"),
        /// Whether the version is a delete marker.
        delete_marker: bool = header_flag("x-oss-delete-marker"),
        /// When a lifecycle rule changed the storage class.
        transition_time: Option<String> = header("x-oss-transition-time"),
        /// When an appendable object was sealed.
        sealed_time: Option<String> = header("x-oss-sealed-time"),
        /// How the object's retention is enforced.
        object_worm_mode: Option<ObjectWormMode> = header("x-oss-object-worm-mode"),
        /// Until when the object is retained.
        object_worm_retain_until_date: Option<String> = header("x-oss-object-worm-retain-until-date"),
        /// Whether the object is on legal hold.
        object_worm_legal_hold: Option<String> = header("x-oss-object-worm-legal-hold"),
        /// Who was charged for the request.
        request_charged: Option<String> = header("x-oss-request-charged"),
    }
    PREFIX_DELIMITER_RESPONSE {
        /// Prefixes that stand for the keys folded by the delimiter.
        common_prefixes: Vec<String> = xml.prefixes("CommonPrefixes"),
        /// Whether more entries follow on further pages.
        is_truncated: bool = xml.flag("IsTruncated"),
        /// Prefix of the request.
        prefix: Option<String> = xml.encoded("Prefix"),
        /// Delimiter of the request.
        delimiter: Option<String> = xml.encoded("Delimiter"),
    }
    MAX_KEYS_RESPONSE {
        /// Name of the bucket.
        name: Option<String> = xml.text("Name"),
        /// Most entries of the page.
        max_keys: Option<u64> = xml.text("MaxKeys"),
    }

    // What an XML element holds.
    VERSION_ELEMENT {
        /// Key of the object.
        key: String = required_encoded("Key"),
        /// Version; `null` for one written without versioning.
        version_id: String = required("VersionId"),
        /// Whether it is the current version.
        is_latest: bool = flag("IsLatest"),
        /// When the version was written.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = text("LastModified"),
        /// Account that owns the object.
        owner: Option<Owner> = child("Owner"),
    }
    CONTENT_ELEMENT {
        /// Length in bytes.
        size: u64 = required("Size"),
        /// Entity tag of the object.
        etag: Option<Etag> = text("ETag"),
        /// How the object was written: `Normal`, `Multipart`, `Appendable` or `Symlink`.
        object_type: Option<String> = text("Type"),
        /// Storage class of the object.
        storage_class: Option<StorageClass> = text("StorageClass"),
        /// How far the restoration of an archived object is; absent if none was asked for.
        restore_info: Option<RestoreStatus> = text("RestoreInfo"),
        /// When a lifecycle rule changed the storage class.
        transition_time: Option<String> = text("TransitionTime"),
    }
    BUCKET_ELEMENT {
        /// Name of the bucket.
        name: String = required("Name"),
        /// Region of the bucket with a prefix, such as `oss-cn-hangzhou`.
        location: Option<String> = text("Location"),
        /// When the bucket was created.
        #[serde(serialize_with = "crate::serialize::time")]
        creation_date: Option<SystemTime> = text("CreationDate"),
        /// Endpoint for access from anywhere, without a scheme.
        extranet_endpoint: Option<String> = text("ExtranetEndpoint"),
        /// Endpoint for access from the same region, without a scheme.
        intranet_endpoint: Option<String> = text("IntranetEndpoint"),
        /// Storage class of objects that name none.
        storage_class: Option<StorageClass> = text("StorageClass"),
        /// Resource group of the bucket.
        resource_group_id: Option<String> = text("ResourceGroupId"),
    }
}
