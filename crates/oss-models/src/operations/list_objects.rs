use std::time::SystemTime;

use crate::answer::{FromXml, Node, Unreadable};
use crate::{AnswerShape, Etag, OperationInfo, Repeat, RequestPayer, StorageClass};

request! {
    /// ListObjectsV2: one page of a bucket's objects, by key.
    ListObjectsV2Request -> ListObjectsV2Result =
        OperationInfo::new("ListObjectsV2", Repeat::Safe, AnswerShape::Xml("ListBucketResult"));
    GET ["list-type=2" "encoding-type=url"];
    required [BUCKET] {}
    optional [PAYER] {
        /// Only keys that begin with it.
        prefix: String = query("prefix"),
        /// Folds keys up to the first delimiter after the prefix into `common_prefixes`.
        delimiter: String = query("delimiter"),
        /// Only keys after it; ignored with a token.
        start_after: String = query("start-after"),
        /// Where the page begins: `next_continuation_token` of the page before.
        continuation_token: String = query("continuation-token"),
        /// Most entries of the page, 1 to 1,000. Default 100.
        max_keys: u16 = page_size("max-keys"),
        /// Whether the owner of each object is told.
        fetch_owner: bool = query("fetch-owner"),
    }
}

answer! {
    /// One page of a bucket's objects.
    ListObjectsV2Result [] {
        /// Objects, by key.
        contents: Vec<ObjectSummary> = xml.list("Contents"),
        /// Prefixes that stand for the keys folded by the delimiter.
        common_prefixes: Vec<String> = xml.prefixes("CommonPrefixes"),
        /// Number of objects and common prefixes on the page.
        key_count: Option<u64> = xml.text("KeyCount"),
        /// Whether there are more.
        is_truncated: bool = xml.flag("IsTruncated"),
        /// Token of the next page.
        next_continuation_token: Option<String> = xml.encoded("NextContinuationToken"),
        /// Token of this page.
        continuation_token: Option<String> = xml.encoded("ContinuationToken"),
        /// Bucket.
        name: Option<String> = xml.text("Name"),
        /// Prefix that was asked for.
        prefix: Option<String> = xml.encoded("Prefix"),
        /// Delimiter that was asked for.
        delimiter: Option<String> = xml.encoded("Delimiter"),
        /// Start that was asked for.
        start_after: Option<String> = xml.encoded("StartAfter"),
        /// Most entries of the page.
        max_keys: Option<u64> = xml.text("MaxKeys"),
    }
}

element! {
    /// An object in a list.
    ObjectSummary {
        /// Key.
        key: String = required_encoded("Key"),
        /// Length in bytes.
        size: u64 = required("Size"),
        /// Entity tag.
        etag: Option<Etag> = text("ETag"),
        /// When it was last written.
        last_modified: Option<SystemTime> = text("LastModified"),
        /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
        object_type: Option<String> = text("Type"),
        /// Storage class.
        storage_class: Option<StorageClass> = text("StorageClass"),
        /// How far the restoration of an archived object is.
        restore_info: Option<String> = text("RestoreInfo"),
        /// When a lifecycle rule changed the storage class.
        transition_time: Option<String> = text("TransitionTime"),
        /// Owner, if asked for.
        owner: Option<Owner> = child("Owner"),
    }

    /// The account that owns something.
    Owner {
        /// Id of the account.
        id: Option<String> = text("ID"),
        /// Name of the account.
        display_name: Option<String> = text("DisplayName"),
    }
}

request! {
    /// ListObjectVersions: one page of all versions of a bucket's objects, by key, the newest version first.
    ListObjectVersionsRequest -> ListObjectVersionsResult =
        OperationInfo::new("ListObjectVersions", Repeat::Safe, AnswerShape::Xml("ListVersionsResult"));
    GET ["versions" "encoding-type=url"];
    required [BUCKET] {}
    optional [PAYER] {
        /// Only keys that begin with it.
        prefix: String = query("prefix"),
        /// Folds keys up to the first delimiter after the prefix into `common_prefixes`.
        delimiter: String = query("delimiter"),
        /// Where the page begins: `next_key_marker` of the page before.
        key_marker: String = query("key-marker"),
        /// Where the page begins: `next_version_id_marker` of the page before; only with `key_marker`.
        version_id_marker: String = query("version-id-marker"),
        /// Most entries of the page, 1 to 1,000. Default 100.
        max_keys: u16 = page_size("max-keys"),
    }
}

answer! {
    /// One page of versions.
    ListObjectVersionsResult [] {
        /// Versions and delete markers, in the order of the list.
        entries: Vec<VersionEntry> = xml.mixed_list("Version|DeleteMarker"),
        /// Prefixes that stand for the keys folded by the delimiter.
        common_prefixes: Vec<String> = xml.prefixes("CommonPrefixes"),
        /// Whether there are more.
        is_truncated: bool = xml.flag("IsTruncated"),
        /// Key at which the next page begins.
        next_key_marker: Option<String> = xml.encoded("NextKeyMarker"),
        /// Version at which the next page begins.
        next_version_id_marker: Option<String> = xml.text("NextVersionIdMarker"),
        /// Key at which this page began.
        key_marker: Option<String> = xml.encoded("KeyMarker"),
        /// Version at which this page began.
        version_id_marker: Option<String> = xml.text("VersionIdMarker"),
        /// Bucket.
        name: Option<String> = xml.text("Name"),
        /// Prefix that was asked for.
        prefix: Option<String> = xml.encoded("Prefix"),
        /// Delimiter that was asked for.
        delimiter: Option<String> = xml.encoded("Delimiter"),
        /// Most entries of the page.
        max_keys: Option<u64> = xml.text("MaxKeys"),
    }
}

/// An entry of ListObjectVersions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VersionEntry {
    /// A version with content.
    Version(ObjectVersion),
    /// A marker that hides the versions before it.
    DeleteMarker(DeleteMarkerEntry),
}

impl FromXml for VersionEntry {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        match node.name() {
            "DeleteMarker" => DeleteMarkerEntry::from_xml(node).map(Self::DeleteMarker),
            _ => ObjectVersion::from_xml(node).map(Self::Version),
        }
    }
}

element! {
    /// A version of an object.
    ObjectVersion {
        /// Key.
        key: String = required_encoded("Key"),
        /// Version; `null` for one written without versioning.
        version_id: String = required("VersionId"),
        /// Whether it is the current one.
        is_latest: bool = flag("IsLatest"),
        /// Length in bytes.
        size: u64 = required("Size"),
        /// Entity tag.
        etag: Option<Etag> = text("ETag"),
        /// When it was written.
        last_modified: Option<SystemTime> = text("LastModified"),
        /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
        object_type: Option<String> = text("Type"),
        /// Storage class.
        storage_class: Option<StorageClass> = text("StorageClass"),
        /// How far the restoration of an archived version is.
        restore_info: Option<String> = text("RestoreInfo"),
        /// When a lifecycle rule changed the storage class.
        transition_time: Option<String> = text("TransitionTime"),
        /// Owner.
        owner: Option<Owner> = child("Owner"),
    }

    /// A delete marker.
    DeleteMarkerEntry {
        /// Key.
        key: String = required_encoded("Key"),
        /// Version of the marker.
        version_id: String = required("VersionId"),
        /// Whether it is the current one.
        is_latest: bool = flag("IsLatest"),
        /// When it was made.
        last_modified: Option<SystemTime> = text("LastModified"),
        /// Owner.
        owner: Option<Owner> = child("Owner"),
    }
}
