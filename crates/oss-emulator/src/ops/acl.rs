//! ACLs of objects.

use super::attributes;
use super::object::names;
use super::publish::{self, rewrite};
use crate::call::Call;
use crate::error::{OssError, Outcome, code};
use crate::response::OssResponse;
use crate::store::records::Acl;
use crate::xml::XmlWriter;

/// PutObjectAcl.
pub(super) async fn put(call: &Call) -> Outcome<OssResponse> {
    let acl = attributes::object_acl(&call.head)?
        .ok_or_else(|| OssError::from(code::MISSING_ARGUMENT).with("ArgumentName", "x-oss-object-acl"))?;
    let (bucket, key) = names(call)?;
    let version = call.head.query.first("versionId").map(str::to_owned);
    let version_id = call
        .core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut found = publish::find(txn, &bucket, &key, version.as_deref())?;
                found.object.attributes.acl = acl;
                rewrite(txn, &bucket, &key, found)
            })
        })
        .await?;
    Ok(OssResponse::ok().with_optional("x-oss-version-id", version_id))
}

/// GetObjectAcl.
pub(super) async fn get(call: &Call) -> Outcome<OssResponse> {
    let found = super::object::find(call).await?;
    Ok(document(found.object.attributes.acl).with_optional("x-oss-version-id", found.version_id))
}

/// The document of an ACL.
pub(super) fn document(acl: Acl) -> OssResponse {
    let mut xml = XmlWriter::document();
    xml.open("AccessControlPolicy");
    xml.owner();
    xml.open("AccessControlList");
    xml.text("Grant", acl.as_str());
    xml.close("AccessControlList");
    xml.close("AccessControlPolicy");
    OssResponse::xml(xml.finish())
}
