//! DeleteMultipleObjects.

use oss_models::ObjectKey;

use super::name_encoding::NameEncoding;
use super::publish;
use super::receive::Promised;
use crate::body::RequestBody;
use crate::call::Call;
use crate::error::{OssError, Outcome, code};
use crate::response::OssResponse;
use crate::xml::XmlWriter;
use crate::xml_body::{Element, malformed};

const MAX_DOCUMENT: usize = 2 * 1024 * 1024;
const MAX_KEYS: usize = 1000;
const MALFORMED_EC: &str = "0016-00000608";

/// Deletes up to 1000 objects or versions.
pub(super) async fn delete(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    if !call.head.headers.contains_key("content-md5") {
        return Err(OssError::from(code::MISSING_ARGUMENT).with("ArgumentName", "Content-MD5"));
    }
    let promised = Promised::from_head(&call.head)?;
    let encoding = NameEncoding::from_query(call.head.query.first("encoding-type"))?;
    let document = body.document(MAX_DOCUMENT).await.map_err(|error| error.ec(MALFORMED_EC))?;
    promised.check_bytes(&document)?;
    let (quiet, wanted) = parse(&document).map_err(|error| error.ec(MALFORMED_EC))?;

    let bucket = call.head.bucket()?.to_owned();
    let now = call.core.clock.now_ms();
    let results = call
        .core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut results = Vec::with_capacity(wanted.len());
                for (key, version) in wanted {
                    let deleted = publish::delete(txn, &bucket, &key, version.as_deref(), now)?;
                    results.push((key, version, deleted));
                }
                Ok(results)
            })
        })
        .await?;
    if quiet {
        return Ok(OssResponse::ok());
    }
    let mut xml = XmlWriter::document();
    xml.open("DeleteResult");
    encoding.write(&mut xml);
    for (key, version, deleted) in &results {
        xml.open("Deleted");
        xml.text("Key", &encoding.apply(key));
        xml.optional("VersionId", version.as_deref());
        if deleted.delete_marker {
            xml.text("DeleteMarker", "true");
            xml.optional("DeleteMarkerVersionId", deleted.version_id.as_deref());
        }
        xml.close("Deleted");
    }
    xml.close("DeleteResult");
    Ok(OssResponse::xml(xml.finish()))
}

type Wanted = Vec<(String, Option<String>)>;

fn parse(document: &[u8]) -> Outcome<(bool, Wanted)> {
    let root = Element::parse(document, "Delete")?;
    let quiet = root.child("Quiet").is_some_and(|quiet| quiet.text.trim() == "true");
    let mut wanted = Vec::new();
    for object in root.named("Object") {
        let key = object.child_text("Key")?;
        if ObjectKey::new(key).is_err() {
            return Err(malformed("a Key is not a valid name"));
        }
        let version = object.child("VersionId").map(|id| id.text.trim().to_owned()).filter(|id| !id.is_empty());
        wanted.push((key.to_owned(), version));
    }
    if wanted.is_empty() || wanted.len() > MAX_KEYS {
        return Err(malformed("there must be 1 to 1000 Objects"));
    }
    Ok((quiet, wanted))
}
