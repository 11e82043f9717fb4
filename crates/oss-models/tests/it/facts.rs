//! What holds for every request of an operation.

use expect_test::expect;
use oss_models::*;

#[test]
fn every_operation_states_its_facts() {
    fn facts<O: Operation>() -> String {
        let info = O::INFO;
        let (mut text, scope) = (format!("{}: {:?}, {:?}", info.name, info.idempotency, info.response), info.crc64);
        text += &format!(", needs {:?}", info.needs);
        for (fact, holds) in [
            ("may call back", info.takes_callback),
            ("takes a traffic limit", info.takes_traffic_limit),
            ("responds slowly", info.responds_slowly),
            ("pins content", info.pins_content),
        ] {
            text += &if holds { format!(", {fact}") } else { String::new() };
        }
        if scope == Crc64Scope::None { text + "\n" } else { format!("{text}, CRC64: {scope:?}\n") }
    }
    macro_rules! all {
        ($($request:ident,)+) => { [$(facts::<$request>()),+] };
    }
    let all = all![
        AppendObjectRequest,
        PutBucketRequest,
        DeleteBucketRequest,
        GetBucketInfoRequest,
        GetBucketLocationRequest,
        PutBucketVersioningRequest,
        GetBucketVersioningRequest,
        PutBucketCorsRequest,
        GetBucketCorsRequest,
        DeleteBucketCorsRequest,
        PutBucketLifecycleRequest,
        GetBucketLifecycleRequest,
        DeleteBucketLifecycleRequest,
        ListBucketsRequest,
        GetBucketStatRequest,
        CopyObjectRequest,
        DeleteObjectRequest,
        DeleteMultipleObjectsRequest,
        GetObjectRequest,
        HeadObjectRequest,
        GetObjectMetaRequest,
        ListObjectsV2Request,
        ListObjectsRequest,
        ListObjectVersionsRequest,
        InitiateMultipartUploadRequest,
        UploadPartRequest,
        UploadPartCopyRequest,
        CompleteMultipartUploadRequest,
        AbortMultipartUploadRequest,
        ListPartsRequest,
        ListMultipartUploadsRequest,
        PutObjectAclRequest,
        GetObjectAclRequest,
        PutObjectTaggingRequest,
        GetObjectTaggingRequest,
        DeleteObjectTaggingRequest,
        PutObjectRequest,
        RestoreObjectRequest,
        PutSymlinkRequest,
        GetSymlinkRequest,
    ];
    expect![[r#"
        AppendObject: NotIdempotent, Headers, needs ["x-oss-next-append-position"], takes a traffic limit, CRC64: Appended
        PutBucket: Idempotent, Headers, needs []
        DeleteBucket: Idempotent, Headers, needs []
        GetBucketInfo: Idempotent, Xml("BucketInfo"), needs []
        GetBucketLocation: Idempotent, Xml("LocationConstraint"), needs []
        PutBucketVersioning: Idempotent, Headers, needs []
        GetBucketVersioning: Idempotent, Xml("VersioningConfiguration"), needs []
        PutBucketCors: Idempotent, Headers, needs []
        GetBucketCors: Idempotent, Xml("CORSConfiguration"), needs []
        DeleteBucketCors: Idempotent, Headers, needs []
        PutBucketLifecycle: Idempotent, Headers, needs []
        GetBucketLifecycle: Idempotent, Xml("LifecycleConfiguration"), needs []
        DeleteBucketLifecycle: Idempotent, Headers, needs []
        ListBuckets: Idempotent, Xml("ListAllMyBucketsResult"), needs []
        GetBucketStat: Idempotent, Xml("BucketStat"), needs []
        CopyObject: Idempotent, Xml("CopyObjectResult"), needs ["ETag"], takes a traffic limit, responds slowly
        DeleteObject: Idempotent, Headers, needs []
        DeleteMultipleObjects: Idempotent, XmlOrEmpty("DeleteResult"), needs []
        GetObject: Idempotent, Content, needs [], takes a traffic limit, pins content, CRC64: WholeContent
        HeadObject: Idempotent, Headers, needs []
        GetObjectMeta: Idempotent, Headers, needs []
        ListObjectsV2: Idempotent, Xml("ListBucketResult"), needs []
        ListObjects: Idempotent, Xml("ListBucketResult"), needs []
        ListObjectVersions: Idempotent, Xml("ListVersionsResult"), needs []
        InitiateMultipartUpload: Idempotent, Xml("InitiateMultipartUploadResult"), needs ["UploadId"]
        UploadPart: Idempotent, Headers, needs ["ETag"], takes a traffic limit, CRC64: SentBody
        UploadPartCopy: Idempotent, Xml("CopyPartResult"), needs ["ETag"], takes a traffic limit, responds slowly
        CompleteMultipartUpload: Idempotent, Xml("CompleteMultipartUploadResult"), needs ["ETag"], may call back, responds slowly
        AbortMultipartUpload: Idempotent, Headers, needs []
        ListParts: Idempotent, Xml("ListPartsResult"), needs []
        ListMultipartUploads: Idempotent, Xml("ListMultipartUploadsResult"), needs []
        PutObjectAcl: Idempotent, Headers, needs []
        GetObjectAcl: Idempotent, Xml("AccessControlPolicy"), needs []
        PutObjectTagging: Idempotent, Headers, needs []
        GetObjectTagging: Idempotent, Xml("Tagging"), needs []
        DeleteObjectTagging: Idempotent, Headers, needs []
        PutObject: Idempotent, Headers, needs ["ETag"], may call back, takes a traffic limit, CRC64: SentBody
        RestoreObject: Idempotent, Headers, needs []
        PutSymlink: Idempotent, Headers, needs []
        GetSymlink: Idempotent, Headers, needs ["x-oss-symlink-target"]
    "#]].assert_eq(&all.concat());
}
