use crate::{Idempotency, LifecycleConfiguration, OperationInfo, ResponseShape};

request! {
    /// PutBucketLifecycle: replaces the rules by which OSS removes objects and parts of unfinished uploads, or changes the
    /// storage class of objects.
    ///
    /// ```
    /// use oss_models::{LifecycleAge, LifecycleConfiguration, LifecycleRule, PutBucketLifecycleRequest};
    /// let rule = LifecycleRule::new("unfinished").abort_multipart_upload(LifecycleAge::Days(7));
    /// let request = PutBucketLifecycleRequest::new("demo", LifecycleConfiguration::new([rule]));
    /// ```
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketlifecycle)
    PutBucketLifecycleRequest -> PutBucketLifecycleResult =
        OperationInfo::new("PutBucketLifecycle", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["lifecycle"];
    required [BUCKET] {
        /// All rules that the bucket is to have. To add one, get the rules, add it, and put all of them.
        configuration: LifecycleConfiguration = payload(),
    }
    optional [] {
        /// Whether rules with overlapping prefixes are allowed. Default: no.
        allow_same_action_overlap: bool = header("x-oss-allow-same-action-overlap"),
    }
}

response! {
    /// Result of PutBucketLifecycle; there is nothing to read but status and headers.
    PutBucketLifecycleResult [] {}
}

request! {
    /// GetBucketLifecycle: returns the lifecycle rules of a bucket; `NoSuchLifecycle` if it has none.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketlifecycle)
    GetBucketLifecycleRequest -> GetBucketLifecycleResult =
        OperationInfo::new("GetBucketLifecycle", Idempotency::Idempotent, ResponseShape::Xml("LifecycleConfiguration"));
    GET ["lifecycle"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketLifecycle.
    GetBucketLifecycleResult [] {
        /// The rules; what is read can be changed and put again.
        configuration: LifecycleConfiguration = xml.itself(),
    }
}

request! {
    /// DeleteBucketLifecycle: removes all lifecycle rules of a bucket; succeeds whether or not it had any.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deletebucketlifecycle)
    DeleteBucketLifecycleRequest -> DeleteBucketLifecycleResult =
        OperationInfo::new("DeleteBucketLifecycle", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE ["lifecycle"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of DeleteBucketLifecycle; there is nothing to read but status and headers.
    DeleteBucketLifecycleResult [] {}
}
