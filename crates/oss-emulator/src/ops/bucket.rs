//! Buckets, and the list of them.

use super::attributes::enumerated;
use crate::body::RequestBody;
use crate::call::Call;
use crate::clock;
use crate::error::{OssError, Outcome, code};
use crate::response::OssResponse;
use crate::store::Walk;
use crate::store::records::{Acl, BucketRecord, StorageClass, Versioning};
use crate::xml::XmlWriter;
use crate::xml_body::{Element, malformed};

const MAX_BUCKETS: usize = 100;
/// Every document about a bucket is small.
const MAX_DOCUMENT: usize = 64 * 1024;

/// Reads an ACL that a bucket can have.
fn bucket_acl(call: &Call) -> Outcome<Option<Acl>> {
    enumerated(&call.head, "x-oss-acl", |text| text.parse().ok().filter(|acl| *acl != Acl::Default))
}

/// PutBucket.
pub(super) async fn put(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let name = call.head.bucket()?.to_owned();
    let acl = bucket_acl(call)?;
    let document = body.document(MAX_DOCUMENT).await?;
    let (storage_class, redundancy) = configuration(&document)?;
    let created_ms = call.core.clock.now_ms();
    let record = BucketRecord::new(created_ms, acl.unwrap_or(Acl::Private), storage_class, redundancy);
    let location = format!("/{name}");
    call.core.store.run(move |store| store.write(|txn| create(txn, &name, record, acl.is_some()))).await?;
    Ok(OssResponse::ok().with("location", location))
}

/// Creates a bucket, or accepts an existing one with the same settings.
pub(crate) fn create(
    txn: &mut crate::store::Writing,
    name: &str,
    record: BucketRecord,
    acl_given: bool,
) -> Outcome<()> {
    if let Some(mut old) = txn.bucket(name)? {
        if old.storage_class != record.storage_class || old.redundancy != record.redundancy {
            return Err(OssError::from(code::BUCKET_ALREADY_EXISTS).with("BucketName", name));
        }
        if acl_given {
            old.acl = record.acl;
            txn.put_bucket(name, &old)?;
        }
        return Ok(());
    }
    if txn.buckets()?.len() >= MAX_BUCKETS {
        return Err(code::TOO_MANY_BUCKETS.into());
    }
    txn.put_bucket(name, &record)
}

fn configuration(document: &[u8]) -> Outcome<(StorageClass, String)> {
    let (mut class, mut redundancy) = (StorageClass::Standard, "LRS".to_owned());
    if !document.is_empty() {
        let root = Element::parse(document, "CreateBucketConfiguration")?;
        if let Some(text) = root.child("StorageClass") {
            class = text.text.parse().map_err(|_| OssError::invalid_argument("StorageClass", &text.text))?;
        }
        if let Some(text) = root.child("DataRedundancyType") {
            if !matches!(text.text.as_str(), "LRS" | "ZRS") {
                return Err(OssError::invalid_argument("DataRedundancyType", &text.text));
            }
            redundancy.clone_from(&text.text);
        }
    }
    Ok((class, redundancy))
}

/// PutBucketAcl.
pub(super) async fn put_acl(call: &Call) -> Outcome<OssResponse> {
    let acl =
        bucket_acl(call)?.ok_or_else(|| OssError::from(code::MISSING_ARGUMENT).with("ArgumentName", "x-oss-acl"))?;
    change(call, move |record| record.acl = acl).await
}

/// PutBucketVersioning.
pub(super) async fn put_versioning(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let document = body.document(MAX_DOCUMENT).await?;
    let root = Element::parse(&document, "VersioningConfiguration")?;
    let status = root.child_text("Status")?;
    let versioning: Versioning =
        status.trim().parse().map_err(|_| malformed("Status is neither Enabled nor Suspended"))?;
    change(call, move |record| record.versioning = Some(versioning)).await
}

/// Changes what is configured about a bucket.
pub(super) async fn change(
    call: &Call,
    change: impl FnOnce(&mut BucketRecord) + Send + 'static,
) -> Outcome<OssResponse> {
    let name = call.head.bucket()?.to_owned();
    call.core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut record = txn.bucket(&name)?.ok_or_else(|| OssError::no_such_bucket(&name))?;
                change(&mut record);
                txn.put_bucket(&name, &record)
            })
        })
        .await?;
    Ok(OssResponse::ok())
}

/// DeleteBucket.
pub(super) async fn delete(call: &Call) -> Outcome<OssResponse> {
    let name = call.head.bucket()?.to_owned();
    call.core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut used = false;
                txn.walk_versions(&name, (Vec::new(), 0), &mut |_, _, _| {
                    used = true;
                    Ok(Walk::Stop)
                })?;
                txn.walk_uploads(&name, (Vec::new(), String::new()), &mut |_, _, upload| {
                    used |= !upload.aborted;
                    Ok(if used { Walk::Stop } else { Walk::Next })
                })?;
                if used {
                    return Err(OssError::from(code::BUCKET_NOT_EMPTY).with("BucketName", &name));
                }
                txn.remove_bucket(&name)
            })
        })
        .await?;
    Ok(OssResponse::no_content())
}

fn location_of(call: &Call) -> String {
    format!("oss-{}", call.core.settings.region)
}

/// GetBucketLocation.
pub(super) fn location(call: &Call) -> OssResponse {
    let mut xml = XmlWriter::document();
    xml.text("LocationConstraint", &location_of(call));
    OssResponse::xml(xml.finish())
}

/// GetBucketVersioning.
pub(super) fn versioning(bucket: &BucketRecord) -> OssResponse {
    let mut xml = XmlWriter::document();
    xml.open("VersioningConfiguration");
    xml.optional("Status", bucket.versioning.map(Versioning::as_str));
    xml.close("VersioningConfiguration");
    OssResponse::xml(xml.finish())
}

/// GetBucketInfo.
pub(super) fn info(call: &Call, bucket: &BucketRecord) -> Outcome<OssResponse> {
    let region = &call.core.settings.region;
    let mut xml = XmlWriter::document();
    xml.open("BucketInfo");
    xml.open("Bucket");
    xml.text("AccessMonitor", "Disabled");
    xml.text("CreationDate", &clock::iso_ms(bucket.created_ms));
    xml.text("ExtranetEndpoint", &format!("oss-{region}.aliyuncs.com"));
    xml.text("IntranetEndpoint", &format!("oss-{region}-internal.aliyuncs.com"));
    xml.text("Location", &location_of(call));
    xml.text("StorageClass", bucket.storage_class.as_str());
    xml.text("DataRedundancyType", &bucket.redundancy);
    xml.text("TransferAcceleration", "Disabled");
    xml.text("CrossRegionReplication", "Disabled");
    xml.text("BlockPublicAccess", "false");
    xml.optional("Versioning", bucket.versioning.map(Versioning::as_str));
    xml.text("Name", call.head.bucket()?);
    xml.text("ResourceGroupId", "rg-default");
    xml.owner();
    xml.open("AccessControlList");
    xml.text("Grant", bucket.acl.as_str());
    xml.close("AccessControlList");
    xml.open("ServerSideEncryptionRule");
    xml.text("SSEAlgorithm", "None");
    xml.close("ServerSideEncryptionRule");
    xml.open("BucketPolicy");
    xml.text("LogBucket", "");
    xml.text("LogPrefix", "");
    xml.close("BucketPolicy");
    xml.text("Comment", "");
    xml.close("Bucket");
    xml.close("BucketInfo");
    Ok(OssResponse::xml(xml.finish()))
}

/// ListBuckets.
pub(super) async fn list(call: &Call) -> Outcome<OssResponse> {
    let query = &call.head.query;
    let prefix = query.name("prefix")?.unwrap_or_default();
    let marker = query.name("marker")?;
    let max_keys = query.number("max-keys", 100, 0..=1000)?;
    let mut buckets = call.core.store.run(|store| store.read(|txn| txn.buckets())).await?;
    buckets.retain(|(name, _)| name.starts_with(prefix) && marker.is_none_or(|marker| name.as_str() > marker));
    let limit = usize::try_from(max_keys).unwrap_or(1000);
    let truncated = buckets.len() > limit;
    buckets.truncate(limit);

    let region = &call.core.settings.region;
    let mut xml = XmlWriter::document();
    xml.open("ListAllMyBucketsResult");
    if truncated || ["prefix", "marker", "max-keys"].iter().any(|name| query.has(name)) {
        xml.text("Prefix", prefix);
        xml.text("Marker", marker.unwrap_or_default());
        xml.display("MaxKeys", max_keys);
        xml.display("IsTruncated", truncated);
        if let Some((last, _)) = buckets.last().filter(|_| truncated) {
            xml.text("NextMarker", last);
        }
    }
    xml.owner();
    xml.open("Buckets");
    for (name, record) in &buckets {
        xml.open("Bucket");
        xml.text("CreationDate", &clock::iso_ms(record.created_ms));
        xml.text("ExtranetEndpoint", &format!("oss-{region}.aliyuncs.com"));
        xml.text("IntranetEndpoint", &format!("oss-{region}-internal.aliyuncs.com"));
        xml.text("Location", &location_of(call));
        xml.text("Name", name);
        xml.text("Region", region);
        xml.text("StorageClass", record.storage_class.as_str());
        xml.text("ResourceGroupId", "rg-default");
        xml.close("Bucket");
    }
    xml.close("Buckets");
    xml.close("ListAllMyBucketsResult");
    Ok(OssResponse::xml(xml.finish()))
}
