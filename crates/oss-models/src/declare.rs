//! How operations are stated: each field once, with its type, its meaning and its place on the wire.
//!
//! [`request!`] makes a request type, [`response!`] a result type, [`element!`] types for XML elements. A field reads
//!
//! ```text
//! /// What it means.
//! storage_class: StorageClass = header("x-oss-storage-class"),
//! ```
//!
//! where `header` is a method of [`Draft`](crate::draft::Draft) in a request, of [`Response`](crate::response::Response) (or of
//! its `xml`) in a result and of [`Node`](crate::response::read::Node) in an element. Fields that several operations share stand
//! in [`with_groups!`] and are included by the group's name in square brackets.

/// A request type: public fields, `new` with the required ones, a setter for each optional one, and [`Operation`].
///
/// After the types come the facts of the operation, the method with the query parameters that are always there, and
/// perhaps `then` with a method of `Draft` to call last.
///
/// [`Operation`]: crate::Operation
macro_rules! request {
    (
        $(#[$attr:meta])*
        $request:ident -> $result:ident = $info:expr;
        $method:ident [$($query:literal)*] $(then $finish:ident)?;
        required [$($required_groups:ident)*] { $($required:tt)* }
        optional [$($optional_groups:ident)*] { $($optional:tt)* }
    ) => {
        with_groups! { request_with_required
            { [$(#[$attr])*] $request $result ($info) $method [$($query)*] [$($finish)?] [$($optional_groups)*] { $($optional)* } }
            [$($required_groups)*] { $($required)* }
        }
    };
}

macro_rules! request_with_required {
    ({ $attrs:tt $request:ident $result:ident $info:tt $method:ident $query:tt $finish:tt $optional_groups:tt $optional:tt } $required:tt) => {
        with_groups! { request_type { $attrs $request $result $info $method $query $finish $required } $optional_groups $optional }
    };
}

macro_rules! request_type {
    (
        {
            [$(#[$attr:meta])*] $request:ident $result:ident ($info:expr) $method:ident [$($query:literal)*] [$($finish:ident)?]
            { $($(#[$required_doc:meta])* $required:ident: $required_type:ident = $required_place:ident($($required_name:literal)?),)* }
        }
        { $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ident = $optional_place:ident($($optional_name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $request {
            $($(#[$required_doc])* pub $required: $required_type,)*
            $($(#[$optional_doc])* pub $optional: Option<$optional_type>,)*
            /// Further headers, by name; see [`Self::header`].
            pub headers: Vec<(String, String)>,
            /// Further query parameters, by name; see [`Self::query`].
            pub queries: Vec<(String, String)>,
            /// How this one call is to be carried out.
            pub options: crate::CallOptions,
        }

        impl $request {
            /// A request with what every one needs. Nothing is checked until it is sent.
            #[allow(clippy::new_without_default, reason = "a request is made of what it is about, which may be nothing")]
            pub fn new($($required: parameter!($required_type)),*) -> Self {
                Self {
                    $($required: $required.into(),)*
                    $($optional: None,)*
                    headers: Vec::new(),
                    queries: Vec::new(),
                    options: crate::CallOptions::default(),
                }
            }

            $(
                $(#[$optional_doc])*
                #[must_use]
                pub fn $optional(mut self, $optional: parameter!($optional_type)) -> Self {
                    self.$optional = Some($optional.into());
                    self
                }
            )*

            /// Adds a header for which there is no field. Headers that the library writes itself are refused.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.headers.push((name.into(), value.into()));
                self
            }

            /// Adds a query parameter for which there is no field; not encoded, an empty value is a name alone.
            #[must_use]
            pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.queries.push((name.into(), value.into()));
                self
            }

            /// Sets how this one call is to be carried out.
            #[must_use]
            pub fn options(mut self, options: crate::CallOptions) -> Self {
                self.options = options;
                self
            }
        }

        impl crate::Operation for $request {
            type Output = $result;

            const INFO: &'static crate::OperationInfo = &$info;

            fn into_request(self) -> Result<crate::Request, crate::InvalidRequest> {
                let mut draft = crate::draft::Draft::new(Self::INFO, http::Method::$method, &[$($query),*]);
                $(draft.$required_place(stringify!($required), $($required_name,)? &self.$required)?;)*
                $(if let Some(value) = &self.$optional {
                    draft.$optional_place(stringify!($optional), $($optional_name,)? value)?;
                })*
                draft.custom(&self.headers, &self.queries)?;
                $(draft.$finish();)?
                Ok(draft.finish(&self.options))
            }

            fn read(response: crate::Response) -> Result<$result, crate::CallErrorKind> {
                crate::response::read::read(Self::INFO, response)
            }
        }
    };
}

/// What a setter takes: anything that becomes the type, but a number as it is, so that `max_keys(7)` says enough.
macro_rules! parameter {
    (u16) => { u16 };
    (u64) => { u64 };
    ($type:ident) => { impl Into<$type> };
}

/// A result type: public fields, status and headers.
macro_rules! response {
    ($(#[$attr:meta])* $result:ident [$($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { response_type { [$(#[$attr])*] $result } [$($groups)*] { $($fields)* } }
    };
}

macro_rules! response_type {
    (
        { [$(#[$attr:meta])*] $result:ident }
        { $($(#[$doc:meta])* $field:ident: $type:ty = $($place:ident).+($($name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct $result {
            $($(#[$doc])* pub $field: $type,)*
            /// HTTP status.
            pub status: http::StatusCode,
            /// All headers of the response.
            pub headers: http::HeaderMap,
        }

        impl $result {
            /// The server's id of the request.
            pub fn request_id(&self) -> Option<&str> {
                self.headers.get("x-oss-request-id")?.to_str().ok()
            }
        }

        impl crate::response::read::FromResponse for $result {
            fn from_response(response: &mut crate::response::read::Reader<'_>) -> Result<Self, crate::response::read::Unreadable> {
                Ok(Self {
                    $($field: response.$($place).+($($name)?)?,)*
                    status: response.status,
                    headers: std::mem::take(&mut response.headers),
                })
            }
        }
    };
}

/// Types for XML elements: public fields.
macro_rules! element {
    ($( $(#[$attr:meta])* $type:ident [$($groups:ident)*] { $($fields:tt)* } )+) => {
        $( with_groups! { element_type { [$(#[$attr])*] $type } [$($groups)*] { $($fields)* } } )+
    };
}

macro_rules! element_type {
    (
        { [$(#[$attr:meta])*] $type:ident }
        { $($(#[$doc:meta])* $field:ident: $field_type:ty = $place:ident($($name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub struct $type {
            $($(#[$doc])* pub $field: $field_type,)*
        }

        impl crate::response::read::FromXml for $type {
            fn from_xml(node: crate::response::read::Node<'_>) -> Result<Self, crate::response::read::Unreadable> {
                Ok(Self { $($field: node.$place($($name)?)?,)* })
            }
        }
    };
}

/// Puts the fields of the named groups before the given ones and hands all of them to the macro `$then`.
macro_rules! with_groups {
    ($then:ident $head:tt [] $fields:tt) => {
        $then! { $head $fields }
    };

    // What a request is about.
    ($then:ident $head:tt [BUCKET $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Bucket.
            bucket: String = bucket(),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [OBJECT $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Bucket.
            bucket: String = bucket(),
            /// Key of the object.
            key: String = key(),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [UPLOAD $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [OBJECT $($groups)*] {
            /// Multipart upload.
            upload_id: UploadId = query("uploadId"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [PART $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [UPLOAD $($groups)*] {
            /// Position of the part; a part of the same number is replaced.
            part_number: PartNumber = query("partNumber"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [VERSION $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Version of the object. Default: the current one.
            version_id: String = query("versionId"),
            $($fields)*
        } }
    };

    // How an object is stored.
    ($then:ident $head:tt [META $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// User metadata, kept with the object and given back when it is read.
            metadata: Metadata = metadata("x-oss-meta-"),
            /// Media type. Where a new object is written: by the name of the key, if not given.
            content_type: String = header("content-type"),
            /// How caches may keep the object.
            cache_control: String = header("cache-control"),
            /// Under which name, and whether, a browser saves the object.
            content_disposition: String = header("content-disposition"),
            /// How the content is encoded, such as `gzip`.
            content_encoding: String = header("content-encoding"),
            /// When caches should forget the object; passed on as given.
            expires: String = header("expires"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [CLASS $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Storage class. Default: the bucket's.
            storage_class: StorageClass = header("x-oss-storage-class"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [ACL $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Who may read and write the object. Default: as the bucket says.
            acl: ObjectAcl = header("x-oss-object-acl"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [SSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Encryption at rest. Default: the bucket's.
            server_side_encryption: ServerSideEncryption = header("x-oss-server-side-encryption"),
            /// Cipher that the key management service's key is used with.
            server_side_data_encryption: ServerSideDataEncryption = header("x-oss-server-side-data-encryption"),
            /// Key of the key management service.
            server_side_encryption_key_id: String = header("x-oss-server-side-encryption-key-id"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [TAG $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Tags of the object, at most 10.
            tagging: Tagging = header("x-oss-tagging"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [WORM $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// How the object's retention is enforced.
            object_worm_mode: ObjectWormMode = header("x-oss-object-worm-mode"),
            /// Until when the object is retained, such as `2026-10-10T00:00:00.000Z`.
            object_worm_retain_until_date: String = header("x-oss-object-worm-retain-until-date"),
            /// Whether the object is on legal hold: `ON` or `OFF` *(unconfirmed)*.
            object_worm_legal_hold: String = header("x-oss-object-worm-legal-hold"),
            $($fields)*
        } }
    };

    // How a request is carried out.
    ($then:ident $head:tt [FORBID $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Whether an object of that key is left alone (`FileAlreadyExists`) instead of replaced. Default: replaced.
            /// OSS ignores it in a bucket with versioning.
            forbid_overwrite: bool = header("x-oss-forbid-overwrite"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [LIMIT $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Most bits per second for this request, 245,760 to 838,860,800.
            traffic_limit: u64 = traffic_limit("x-oss-traffic-limit"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [PAYER $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Who pays. Default: the owner of the bucket.
            request_payer: RequestPayer = header("x-oss-request-payer"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [CALLBACK $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Request that OSS makes once the object is stored.
            callback: Callback = secret_header("x-oss-callback"),
            /// Variables for the callback's template.
            callback_var: CallbackVars = secret_header("x-oss-callback-var"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [MD5 $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Base64 of the MD5 of the body, for OSS to compare.
            content_md5: String = content_md5(),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [COND $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Only if the object's entity tag is this one (else `PreconditionFailed`).
            if_match: Etag = header("if-match"),
            /// Only if the object's entity tag is another one (else `NotModified`).
            if_none_match: Etag = header("if-none-match"),
            /// Only if the object was modified after that time (else `NotModified`).
            if_modified_since: SystemTime = header("if-modified-since"),
            /// Only if the object was not modified after that time (else `PreconditionFailed`).
            if_unmodified_since: SystemTime = header("if-unmodified-since"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [SOURCE_COND $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Only if the source's entity tag is this one (else `PreconditionFailed`).
            copy_source_if_match: Etag = header("x-oss-copy-source-if-match"),
            /// Only if the source's entity tag is another one (else `NotModified`).
            copy_source_if_none_match: Etag = header("x-oss-copy-source-if-none-match"),
            /// Only if the source was modified after that time (else `NotModified`).
            copy_source_if_modified_since: SystemTime = header("x-oss-copy-source-if-modified-since"),
            /// Only if the source was not modified after that time (else `PreconditionFailed`).
            copy_source_if_unmodified_since: SystemTime = header("x-oss-copy-source-if-unmodified-since"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [BYPASS $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Whether retention in governance mode is bypassed.
            bypass_governance_retention: bool = header("x-oss-bypass-governance-retention"),
            $($fields)*
        } }
    };

    // What answers tell.
    ($then:ident $head:tt [VERSION_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Version of the object, in a bucket with versioning.
            version_id: Option<String> = header("x-oss-version-id"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [CRC_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// CRC64 that OSS computed: of the whole object, or of the part.
            hash_crc64: Option<Crc64> = header("x-oss-hash-crc64ecma"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [SSE_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Encryption at rest, if any.
            server_side_encryption: Option<ServerSideEncryption> = header("x-oss-server-side-encryption"),
            /// Cipher that the key management service's key is used with.
            server_side_data_encryption: Option<ServerSideDataEncryption> = header("x-oss-server-side-data-encryption"),
            /// Key of the key management service.
            server_side_encryption_key_id: Option<String> = header("x-oss-server-side-encryption-key-id"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [STORED_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [CRC_RESPONSE VERSION_RESPONSE SSE_RESPONSE $($groups)*] {
            /// Entity tag.
            etag: Option<Etag> = header("etag"),
            /// Length of the content in bytes.
            content_length: Option<u64> = header("content-length"),
            /// When the object was last written.
            last_modified: Option<SystemTime> = header("last-modified"),
            /// Base64 of the MD5 of the content, of objects written in one request.
            content_md5: Option<String> = header("content-md5"),
            /// User metadata.
            metadata: Metadata = metadata("x-oss-meta-"),
            /// Media type.
            content_type: Option<String> = header("content-type"),
            /// How caches may keep the object.
            cache_control: Option<String> = header("cache-control"),
            /// Under which name, and whether, a browser saves the object.
            content_disposition: Option<String> = header("content-disposition"),
            /// How the content is encoded.
            content_encoding: Option<String> = header("content-encoding"),
            /// When caches should forget the object.
            expires: Option<String> = header("expires"),
            /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
            object_type: Option<String> = header("x-oss-object-type"),
            /// Storage class.
            storage_class: Option<StorageClass> = header("x-oss-storage-class"),
            /// Number of tags.
            tagging_count: Option<u64> = header("x-oss-tagging-count"),
            /// Where the next piece of an appendable object goes.
            next_append_position: Option<u64> = header("x-oss-next-append-position"),
            /// When a lifecycle rule removes the object.
            expiration: Option<String> = header("x-oss-expiration"),
            /// How far the restoration of an archived object is.
            restore: Option<String> = header("x-oss-restore"),
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
            $($fields)*
        } }
    };

    // What lists ask for and tell.
    ($then:ident $head:tt [FOLD $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Only keys that begin with it.
            prefix: String = query("prefix"),
            /// Folds keys up to the first delimiter after the prefix into `common_prefixes`.
            delimiter: String = query("delimiter"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [FOLD_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            $($fields)*
            /// Prefixes that stand for the keys folded by the delimiter.
            common_prefixes: Vec<String> = xml.prefixes("CommonPrefixes"),
            /// Whether there are more.
            is_truncated: bool = xml.flag("IsTruncated"),
            /// Prefix that was asked for.
            prefix: Option<String> = xml.encoded("Prefix"),
            /// Delimiter that was asked for.
            delimiter: Option<String> = xml.encoded("Delimiter"),
        } }
    };
    ($then:ident $head:tt [KEYS $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            $($fields)*
            /// Most entries of the page, 1 to 1,000. Default 100.
            max_keys: u16 = page_size("max-keys"),
        } }
    };
    ($then:ident $head:tt [KEYS_RESPONSE $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            $($fields)*
            /// Bucket.
            name: Option<String> = xml.text("Name"),
            /// Most entries of the page.
            max_keys: Option<u64> = xml.text("MaxKeys"),
        } }
    };
    ($then:ident $head:tt [VERSION_ELEMENT $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Key.
            key: String = required_encoded("Key"),
            /// Version; `null` for one written without versioning.
            version_id: String = required("VersionId"),
            /// Whether it is the current one.
            is_latest: bool = flag("IsLatest"),
            /// When it was written.
            last_modified: Option<SystemTime> = text("LastModified"),
            /// Owner.
            owner: Option<Owner> = child("Owner"),
            $($fields)*
        } }
    };
    ($then:ident $head:tt [CONTENT_ELEMENT $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            $($fields)*
            /// Length in bytes.
            size: u64 = required("Size"),
            /// Entity tag.
            etag: Option<Etag> = text("ETag"),
            /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
            object_type: Option<String> = text("Type"),
            /// Storage class.
            storage_class: Option<StorageClass> = text("StorageClass"),
            /// How far the restoration of an archived object is.
            restore_info: Option<String> = text("RestoreInfo"),
            /// When a lifecycle rule changed the storage class.
            transition_time: Option<String> = text("TransitionTime"),
        } }
    };
    ($then:ident $head:tt [BUCKET_ELEMENT $($groups:ident)*] { $($fields:tt)* }) => {
        with_groups! { $then $head [$($groups)*] {
            /// Name.
            name: String = required("Name"),
            /// Where it is, such as `oss-cn-hangzhou`.
            location: Option<String> = text("Location"),
            /// When it was made.
            creation_date: Option<SystemTime> = text("CreationDate"),
            /// Host for access from anywhere.
            extranet_endpoint: Option<String> = text("ExtranetEndpoint"),
            /// Host for access from the same region.
            intranet_endpoint: Option<String> = text("IntranetEndpoint"),
            /// Storage class of objects that name none.
            storage_class: Option<StorageClass> = text("StorageClass"),
            /// Resource group that it belongs to.
            resource_group_id: Option<String> = text("ResourceGroupId"),
            $($fields)*
        } }
    };
}
