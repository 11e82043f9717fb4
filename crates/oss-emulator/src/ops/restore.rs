//! Restoring archived objects. Nothing is really archived, but reads behave as if.

use http::StatusCode;

use super::object::names;
use super::publish::{self, rewrite};
use crate::body::RequestBody;
use crate::call::Call;
use crate::error::{Outcome, code};
use crate::response::OssResponse;
use crate::store::records::Restore;
use crate::xml_body::{Element, malformed};

const MAX_DOCUMENT: usize = 64 * 1024;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// RestoreObject.
pub(super) async fn restore(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let document = body.document(MAX_DOCUMENT).await?;
    let (days, tier) = wish(&document)?;
    let (bucket, key) = names(call)?;
    let version = call.head.query.first("versionId").map(str::to_owned);
    let now = call.core.clock.now_ms();
    let ready_ms = now.saturating_add(i64::try_from(call.core.settings.restore_after.as_millis()).unwrap_or(i64::MAX));
    let (status, version_id) = call
        .core
        .store
        .run(move |store| {
            store.write(|txn| {
                let mut found = publish::find(txn, &bucket, &key, version.as_deref())?;
                if !found.object.attributes.storage_class.is_archive() {
                    return Err(code::OPERATION_NOT_SUPPORTED.into());
                }
                let status = match found.object.restore {
                    Some(restore) if now < restore.ready_ms => return Err(code::RESTORE_ALREADY_IN_PROGRESS.into()),
                    Some(restore) if now < restore.expiry_ms => {
                        found.object.restore = Some(Restore { expiry_ms: now + days * DAY_MS, ..restore });
                        StatusCode::OK
                    }
                    _ => {
                        found.object.restore = Some(Restore { ready_ms, expiry_ms: ready_ms + days * DAY_MS });
                        StatusCode::ACCEPTED
                    }
                };
                Ok((status, rewrite(txn, &bucket, &key, found)?))
            })
        })
        .await?;
    Ok(OssResponse::new(status)
        .with_optional("x-oss-version-id", version_id)
        .with_optional("x-oss-object-restore-priority", tier))
}

/// Days and tier of the optional document.
fn wish(document: &[u8]) -> Outcome<(i64, Option<String>)> {
    if document.is_empty() {
        return Ok((1, None));
    }
    let root = Element::parse(document, "RestoreRequest")?;
    let days = match root.child("Days") {
        None => 1,
        Some(days) => days
            .text
            .trim()
            .parse()
            .ok()
            .filter(|days| (1..=365).contains(days))
            .ok_or_else(|| malformed("Days is not a number from 1 to 365"))?,
    };
    let tier = root.child("JobParameters").and_then(|job| job.child("Tier")).map(|tier| tier.text.trim().to_owned());
    match tier.as_deref() {
        None | Some("Expedited" | "Standard" | "Bulk") => Ok((days, tier)),
        Some(_) => Err(malformed("Tier is unknown")),
    }
}
