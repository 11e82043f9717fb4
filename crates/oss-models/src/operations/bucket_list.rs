use std::time::SystemTime;

use crate::{Idempotency, OperationInfo, Owner, ResponseShape, StorageClass};

request! {
    /// ListBuckets: one page of the buckets of the account.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/listbuckets)
    ListBucketsRequest -> ListBucketsResult =
        OperationInfo::new("ListBuckets", Idempotency::Idempotent, ResponseShape::Xml("ListAllMyBucketsResult"));
    GET [];
    required [] {}
    optional [] {
        /// Only names that begin with it.
        prefix: String = query("prefix"),
        /// Only names after it: `next_marker` of the page before.
        marker: String = query("marker"),
        /// Only buckets with a tag of this key.
        tag_key: String = query("tag-key"),
        /// Only buckets with a tag of this value; with `tag_key`.
        tag_value: String = query("tag-value"),
        /// Only buckets with all these tags: `"k1":"v1","k2":"v2"`.
        tagging: String = query("tagging"),
        /// Only buckets of this resource group.
        resource_group_id: String = header("x-oss-resource-group-id"),
    } [MAX_KEYS]
}

response! {
    /// One page of buckets.
    ListBucketsResult [] {
        /// Buckets, by name.
        buckets: Vec<BucketSummary> = xml.list("Buckets/Bucket"),
        /// Whether there are more.
        is_truncated: bool = xml.flag("IsTruncated"),
        /// Name after which the next page begins.
        next_marker: Option<String> = xml.text("NextMarker"),
        /// Name after which this page began.
        marker: Option<String> = xml.text("Marker"),
        /// Prefix that was asked for.
        prefix: Option<String> = xml.text("Prefix"),
        /// Most buckets of the page.
        max_keys: Option<u64> = xml.text("MaxKeys"),
        /// Account that owns the buckets.
        owner: Option<Owner> = xml.child("Owner"),
    }
}

element! {
    /// A bucket in a list.
    BucketSummary [BUCKET_ELEMENT] {
        /// Region, such as `cn-hangzhou`.
        region: Option<String> = text("Region"),
    }
}
