use std::time::SystemTime;

use crate::draft::{Draft, Payload};
use crate::xml::XmlWriter;
use crate::{
    BucketAcl, DataRedundancyType, Idempotency, InvalidRequest, OperationInfo, Owner, ResponseShape, StorageClass,
    VersioningStatus,
};

request! {
    /// PutBucket: creates a bucket. Creating one again that one owns, with the same settings, succeeds *(unconfirmed)*.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putbucket)
    PutBucketRequest -> PutBucketResult = OperationInfo::new("PutBucket", Idempotency::Idempotent, ResponseShape::Headers);
    PUT [];
    required [BUCKET] {}
    optional [] {
        /// Who may read and write it. Default: the owner alone.
        acl: BucketAcl = header("x-oss-acl"),
        /// Resource group that it belongs to.
        resource_group_id: String = header("x-oss-resource-group-id"),
        /// Tags of the bucket, each key and value percent-encoded: `k1=v1&k2=v2`.
        bucket_tagging: String = header("x-oss-bucket-tagging"),
        /// How its objects are kept.
        configuration: CreateBucketConfiguration = payload(),
    }
}

response! {
    /// Result of PutBucket; there is nothing to read but status and headers.
    PutBucketResult [] {}
}

/// How the objects of a new bucket are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CreateBucketConfiguration {
    /// Storage class of objects that name none. Default: `Standard`.
    pub storage_class: Option<StorageClass>,
    /// Over how many zones they are spread. Default: one.
    pub data_redundancy_type: Option<DataRedundancyType>,
}

impl CreateBucketConfiguration {
    /// All defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the storage class of objects that name none.
    #[must_use]
    pub fn storage_class(mut self, storage_class: impl Into<StorageClass>) -> Self {
        self.storage_class = Some(storage_class.into());
        self
    }

    /// Sets over how many zones they are spread.
    #[must_use]
    pub fn data_redundancy_type(mut self, data_redundancy_type: impl Into<DataRedundancyType>) -> Self {
        self.data_redundancy_type = Some(data_redundancy_type.into());
        self
    }
}

impl Payload for CreateBucketConfiguration {
    fn write(&self, _: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        let mut writer = XmlWriter::new();
        writer.parent("CreateBucketConfiguration", |configuration| {
            if let Some(storage_class) = &self.storage_class {
                configuration.leaf("StorageClass", storage_class.as_str());
            }
            if let Some(data_redundancy_type) = &self.data_redundancy_type {
                configuration.leaf("DataRedundancyType", data_redundancy_type.as_str());
            }
        });
        draft.xml(writer.finish());
        Ok(())
    }
}

request! {
    /// DeleteBucket: deletes a bucket that has neither objects nor parts of unfinished uploads (`BucketNotEmpty`).
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deletebucket)
    DeleteBucketRequest -> DeleteBucketResult = OperationInfo::new("DeleteBucket", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE [];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of DeleteBucket; there is nothing to read but status and headers.
    DeleteBucketResult [] {}
}

request! {
    /// GetBucketInfo: returns information about a bucket.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo)
    GetBucketInfoRequest -> GetBucketInfoResult =
        OperationInfo::new("GetBucketInfo", Idempotency::Idempotent, ResponseShape::Xml("BucketInfo"));
    GET ["bucketInfo"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketInfo.
    GetBucketInfoResult [] {
        /// The settings.
        bucket: BucketInfo = xml.required_child("Bucket"),
    }
}

element! {
    /// The settings of a bucket.
    BucketInfo [BUCKET_ELEMENT] {
        /// Who may read and write it.
        acl: Option<BucketAcl> = text("AccessControlList/Grant"),
        /// Account that owns the bucket.
        owner: Option<Owner> = child("Owner"),
        /// Over how many zones the data is spread.
        data_redundancy_type: Option<DataRedundancyType> = text("DataRedundancyType"),
        /// Whether versions are kept; none if that was never switched on.
        versioning: Option<VersioningStatus> = text("Versioning"),
        /// Whether transfer acceleration is on: `Enabled` or `Disabled`.
        transfer_acceleration: Option<String> = text("TransferAcceleration"),
        /// Whether replication to another region is on: `Enabled` or `Disabled`.
        cross_region_replication: Option<String> = text("CrossRegionReplication"),
        /// Whether access times are kept: `Enabled` or `Disabled`.
        access_monitor: Option<String> = text("AccessMonitor"),
        /// Whether public access is blocked.
        block_public_access: bool = flag("BlockPublicAccess"),
        /// Remark of the owner.
        comment: Option<String> = text("Comment"),
        /// Default encryption at rest; `None` as a word when off *(unconfirmed)*.
        sse_algorithm: Option<String> = text("ServerSideEncryptionRule/SSEAlgorithm"),
        /// Key of the key management service.
        kms_master_key_id: Option<String> = text("ServerSideEncryptionRule/KMSMasterKeyID"),
        /// Cipher that the key management service's key is used with.
        kms_data_encryption: Option<String> = text("ServerSideEncryptionRule/KMSDataEncryption"),
        /// Bucket that access logs go to.
        log_bucket: Option<String> = text("BucketPolicy/LogBucket"),
        /// Prefix of the access logs' keys.
        log_prefix: Option<String> = text("BucketPolicy/LogPrefix"),
    }
}

request! {
    /// GetBucketLocation: returns the region of a bucket.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketlocation)
    GetBucketLocationRequest -> GetBucketLocationResult =
        OperationInfo::new("GetBucketLocation", Idempotency::Idempotent, ResponseShape::Xml("LocationConstraint"));
    GET ["location"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketLocation.
    GetBucketLocationResult [] {
        /// Region of the bucket with a prefix, such as `oss-cn-hangzhou`.
        location: String = xml.own_text(),
    }
}

request! {
    /// PutBucketVersioning: enables or suspends versioning.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketversioning)
    PutBucketVersioningRequest -> PutBucketVersioningResult =
        OperationInfo::new("PutBucketVersioning", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["versioning"];
    required [BUCKET] {
        /// Enabled or suspended.
        versioning: VersioningStatus = payload(),
    }
    optional [] {}
}

response! {
    /// Result of PutBucketVersioning; there is nothing to read but status and headers.
    PutBucketVersioningResult [] {}
}

impl Payload for VersioningStatus {
    fn write(&self, _: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        let mut writer = XmlWriter::new();
        writer.parent("VersioningConfiguration", |configuration| configuration.leaf("Status", self.as_str()));
        draft.xml(writer.finish());
        Ok(())
    }
}

request! {
    /// GetBucketVersioning: returns whether a bucket keeps versions.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketversioning)
    GetBucketVersioningRequest -> GetBucketVersioningResult =
        OperationInfo::new("GetBucketVersioning", Idempotency::Idempotent, ResponseShape::Xml("VersioningConfiguration"));
    GET ["versioning"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketVersioning.
    GetBucketVersioningResult [] {
        /// Whether versions are kept; none if that was never switched on.
        versioning: Option<VersioningStatus> = xml.text("Status"),
    }
}
