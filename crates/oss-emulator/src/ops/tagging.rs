//! Tags of objects.

use super::attributes::check_tags;
use super::object::{self, names};
use super::publish::{self, VersionHeader, rewrite};
use super::receive::Promised;
use crate::body::RequestBody;
use crate::call::Call;
use crate::error::Outcome;
use crate::response::OssResponse;
use crate::xml::XmlWriter;
use crate::xml_body::{Element, malformed};

/// Ten tags of the largest size fit many times over.
const MAX_DOCUMENT: usize = 64 * 1024;

/// PutObjectTagging.
pub(super) async fn put(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let promised = Promised::from_head(&call.head)?;
    let document = body.document(MAX_DOCUMENT).await?;
    promised.check_bytes(&document)?;
    let root = Element::parse(&document, "Tagging")?;
    let set = root.child("TagSet").ok_or_else(|| malformed("Tagging lacks TagSet"))?;
    let tags: Outcome<Vec<_>> = set
        .named("Tag")
        .map(|tag| Ok((tag.child_text("Key")?.to_owned(), tag.child_text("Value")?.to_owned())))
        .collect();
    let version_id = replace(call, check_tags(tags?)?).await?;
    Ok(OssResponse::ok().with_optional("x-oss-version-id", version_id))
}

/// DeleteObjectTagging.
pub(super) async fn delete(call: &Call) -> Outcome<OssResponse> {
    let version_id = replace(call, Vec::new()).await?;
    Ok(OssResponse::no_content().with_optional("x-oss-version-id", version_id))
}

async fn replace(call: &Call, tags: Vec<(String, String)>) -> Outcome<VersionHeader> {
    let (bucket, key) = names(call)?;
    let version = call.head.query.first("versionId").map(str::to_owned);
    call.core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut found = publish::find(txn, &bucket, &key, version.as_deref())?;
                found.object.attributes.tags = tags;
                rewrite(txn, &bucket, &key, found)
            })
        })
        .await
}

/// GetObjectTagging.
pub(super) async fn get(call: &Call) -> Outcome<OssResponse> {
    let found = object::find(call).await?;
    let mut xml = XmlWriter::document();
    xml.open("Tagging");
    xml.open("TagSet");
    for (key, value) in &found.object.attributes.tags {
        xml.open("Tag");
        xml.text("Key", key);
        xml.text("Value", value);
        xml.close("Tag");
    }
    xml.close("TagSet");
    xml.close("Tagging");
    Ok(OssResponse::xml(xml.finish()).with_optional("x-oss-version-id", found.version_id))
}
