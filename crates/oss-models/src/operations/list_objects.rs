use std::time::SystemTime;

use serde::Serialize;

use crate::response::read::{FromXml, Node, Unreadable};
use crate::{Etag, Idempotency, OperationInfo, RequestPayer, ResponseShape, RestoreStatus, StorageClass};

request! {
    /// ListObjectsV2: one page of a bucket's objects, by key.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listobjects-v2)
    ListObjectsV2Request -> ListObjectsV2Result =
        OperationInfo::new("ListObjectsV2", Idempotency::Idempotent, ResponseShape::Xml("ListBucketResult"));
    GET ["list-type=2" "encoding-type=url"];
    required [BUCKET] {}
    optional [PREFIX_DELIMITER PAYER] {
        /// Only keys after it; ignored with a token.
        start_after: String = query("start-after"),
        /// Where the page begins: `next_continuation_token` of the page before.
        continuation_token: String = query("continuation-token"),
        /// Whether the response has the owner of each object.
        fetch_owner: bool = query("fetch-owner"),
    } [MAX_KEYS]
}

response! {
    /// One page of a bucket's objects.
    ListObjectsV2Result [] {
        /// Objects, by key.
        contents: Vec<ObjectSummary> = xml.list("Contents"),
        /// Number of objects and common prefixes on the page.
        key_count: Option<u64> = xml.text("KeyCount"),
        /// Token of the next page.
        next_continuation_token: Option<String> = xml.encoded("NextContinuationToken"),
        /// Token of this page.
        continuation_token: Option<String> = xml.encoded("ContinuationToken"),
        /// Start that was asked for.
        start_after: Option<String> = xml.encoded("StartAfter"),
    } [PREFIX_DELIMITER_RESPONSE MAX_KEYS_RESPONSE]
}

element! {
    /// An object in a list.
    ObjectSummary [] {
        /// Key of the object.
        key: String = required_encoded("Key"),
        /// When it was last written.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = text("LastModified"),
        /// Account that owns the object, if asked for.
        owner: Option<Owner> = child("Owner"),
    } [CONTENT_ELEMENT]

    /// The account that owns something.
    Owner [] {
        /// Id of the account.
        id: Option<String> = text("ID"),
        /// Name of the account.
        display_name: Option<String> = text("DisplayName"),
    }
}

request! {
    /// ListObjects: one page of a bucket's objects, by key, as the first version of the API has it; ListObjectsV2 is to be
    /// preferred. The owner of each object is always returned.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listobjects)
    ListObjectsRequest -> ListObjectsResult =
        OperationInfo::new("ListObjects", Idempotency::Idempotent, ResponseShape::Xml("ListBucketResult"));
    GET ["encoding-type=url"];
    required [BUCKET] {}
    optional [PREFIX_DELIMITER PAYER] {
        /// Only keys after it: `next_marker` of the page before.
        marker: String = query("marker"),
    } [MAX_KEYS]
}

response! {
    /// One page of a bucket's objects.
    ListObjectsResult [] {
        /// Objects, by key.
        contents: Vec<ObjectSummary> = xml.list("Contents"),
        /// Key or common prefix after which the next page begins.
        next_marker: Option<String> = xml.encoded("NextMarker"),
        /// Key after which this page began.
        marker: Option<String> = xml.encoded("Marker"),
    } [PREFIX_DELIMITER_RESPONSE MAX_KEYS_RESPONSE]
}

request! {
    /// ListObjectVersions: one page of all versions of a bucket's objects, by key, the newest version first.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listobjectversions)
    ListObjectVersionsRequest -> ListObjectVersionsResult =
        OperationInfo::new("ListObjectVersions", Idempotency::Idempotent, ResponseShape::Xml("ListVersionsResult"));
    GET ["versions" "encoding-type=url"];
    required [BUCKET] {}
    optional [PREFIX_DELIMITER PAYER] {
        /// Where the page begins: `next_key_marker` of the page before.
        key_marker: String = query("key-marker"),
        /// Where the page begins: `next_version_id_marker` of the page before; only with `key_marker`.
        version_id_marker: String = query("version-id-marker"),
    } [MAX_KEYS]
}

response! {
    /// One page of versions.
    ListObjectVersionsResult [] {
        /// Versions and delete markers, in the order of the list.
        entries: Vec<VersionEntry> = xml.mixed_list("Version|DeleteMarker"),
        /// Key at which the next page begins.
        next_key_marker: Option<String> = xml.encoded("NextKeyMarker"),
        /// Version at which the next page begins.
        next_version_id_marker: Option<String> = xml.text("NextVersionIdMarker"),
        /// Key at which this page began.
        key_marker: Option<String> = xml.encoded("KeyMarker"),
        /// Version at which this page began.
        version_id_marker: Option<String> = xml.text("VersionIdMarker"),
    } [PREFIX_DELIMITER_RESPONSE MAX_KEYS_RESPONSE]
}

/// An entry of ListObjectVersions.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "type")]
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
    ObjectVersion [VERSION_ELEMENT] {} [CONTENT_ELEMENT]

    /// A delete marker.
    DeleteMarkerEntry [VERSION_ELEMENT] {}
}
