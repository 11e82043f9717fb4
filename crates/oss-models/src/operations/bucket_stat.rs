use crate::{Idempotency, OperationInfo, ResponseShape};

request! {
    /// GetBucketStat: returns how much a bucket holds. OSS counts with a delay of up to an hour *(unconfirmed)*.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketstat)
    GetBucketStatRequest -> GetBucketStatResult =
        OperationInfo::new("GetBucketStat", Idempotency::Idempotent, ResponseShape::Xml("BucketStat"));
    GET ["stat"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketStat. Sizes are in bytes. A "real" size is that of the objects as they are; the other is what is
    /// billed, where small objects count as 64 KiB.
    GetBucketStatResult [] {
        /// Size of all objects.
        storage: u64 = xml.required("Storage"),
        /// Number of objects.
        object_count: u64 = xml.required("ObjectCount"),
        /// Number of multipart uploads that are neither completed nor aborted.
        multipart_upload_count: Option<u64> = xml.text("MultipartUploadCount"),
        /// Number of live channels.
        live_channel_count: Option<u64> = xml.text("LiveChannelCount"),
        /// When these numbers were gathered, in seconds since 1970.
        last_modified_time: Option<u64> = xml.text("LastModifiedTime"),
        /// Size of the objects of class `Standard`.
        standard_storage: Option<u64> = xml.text("StandardStorage"),
        /// Number of the objects of class `Standard`.
        standard_object_count: Option<u64> = xml.text("StandardObjectCount"),
        /// Billed size of the objects of class `IA`.
        infrequent_access_storage: Option<u64> = xml.text("InfrequentAccessStorage"),
        /// Real size of the objects of class `IA`.
        infrequent_access_real_storage: Option<u64> = xml.text("InfrequentAccessRealStorage"),
        /// Number of the objects of class `IA`.
        infrequent_access_object_count: Option<u64> = xml.text("InfrequentAccessObjectCount"),
        /// Billed size of the objects of class `Archive`.
        archive_storage: Option<u64> = xml.text("ArchiveStorage"),
        /// Real size of the objects of class `Archive`.
        archive_real_storage: Option<u64> = xml.text("ArchiveRealStorage"),
        /// Number of the objects of class `Archive`.
        archive_object_count: Option<u64> = xml.text("ArchiveObjectCount"),
        /// Billed size of the objects of class `ColdArchive`.
        cold_archive_storage: Option<u64> = xml.text("ColdArchiveStorage"),
        /// Real size of the objects of class `ColdArchive`.
        cold_archive_real_storage: Option<u64> = xml.text("ColdArchiveRealStorage"),
        /// Number of the objects of class `ColdArchive`.
        cold_archive_object_count: Option<u64> = xml.text("ColdArchiveObjectCount"),
        /// Billed size of the objects of class `DeepColdArchive`.
        deep_cold_archive_storage: Option<u64> = xml.text("DeepColdArchiveStorage"),
        /// Real size of the objects of class `DeepColdArchive`.
        deep_cold_archive_real_storage: Option<u64> = xml.text("DeepColdArchiveRealStorage"),
        /// Number of the objects of class `DeepColdArchive`.
        deep_cold_archive_object_count: Option<u64> = xml.text("DeepColdArchiveObjectCount"),
        /// Number of delete markers.
        delete_marker_count: Option<u64> = xml.text("DeleteMarkerCount"),
    }
}
