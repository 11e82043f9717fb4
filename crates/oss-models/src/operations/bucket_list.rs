use std::time::SystemTime;

use crate::{AnswerShape, OperationInfo, Owner, Repeat, StorageClass};

request! {
    /// ListBuckets: one page of the buckets of the account.
    ListBucketsRequest -> ListBucketsResult =
        OperationInfo::new("ListBuckets", Repeat::Safe, AnswerShape::Xml("ListAllMyBucketsResult"));
    GET [];
    required [] {}
    optional [] {
        /// Only names that begin with it.
        prefix: String = query("prefix"),
        /// Only names after it: `next_marker` of the page before.
        marker: String = query("marker"),
        /// Most buckets of the page, 1 to 1,000. Default 100.
        max_keys: u16 = page_size("max-keys"),
        /// Only buckets with a tag of this key.
        tag_key: String = query("tag-key"),
        /// Only buckets with a tag of this value; with `tag_key`.
        tag_value: String = query("tag-value"),
        /// Only buckets with all these tags: `"k1":"v1","k2":"v2"`.
        tagging: String = query("tagging"),
        /// Only buckets of this resource group.
        resource_group_id: String = header("x-oss-resource-group-id"),
    }
}

answer! {
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
        /// Owner.
        owner: Option<Owner> = xml.child("Owner"),
    }
}

element! {
    /// A bucket in a list.
    BucketSummary {
        /// Name.
        name: String = required("Name"),
        /// Where it is, such as `oss-cn-hangzhou`.
        location: Option<String> = text("Location"),
        /// Region, such as `cn-hangzhou`.
        region: Option<String> = text("Region"),
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
    }
}
