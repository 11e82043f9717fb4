//! Put, get, head and delete of one object.

use http::{HeaderMap, StatusCode};

use super::attributes::{self, STORED_HEADERS};
use super::permit;
use super::publish::{self, Found};
use super::receive::{self, Promised};
use crate::body::RequestBody;
use crate::call::{Call, Caller};
use crate::callback::{self, Callback, Uploaded};
use crate::error::{OssError, Outcome, code};
use crate::fault::FaultEffect;
use crate::range::{self, Selection};
use crate::response::{OssResponse, ResponseBody};
use crate::settings::MAX_PUT;
use crate::store::records::{Attributes, BucketRecord, Encryption, ObjectRecord, ObjectType, Restore, cut};
use crate::store::{Pin, Store, Tables, latin1_bytes};
use crate::{clock, conditions};

/// PutObject.
pub(super) async fn put(call: &Call, body: &mut RequestBody, bucket: &BucketRecord) -> Outcome<OssResponse> {
    let head = &call.head;
    for condition in ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] {
        if head.headers.contains_key(condition) {
            return Err(OssError::from(code::NOT_IMPLEMENTED).with("Header", condition));
        }
    }
    let attributes = attributes::attributes(head, bucket)?;
    let callback = Callback::from_head(head)?;
    let forbid = attributes::forbid_overwrite(head)?;
    let promised = Promised::from_head(head)?;
    body.announce(MAX_PUT)?;
    if forbid {
        check_overwrite(call).await?;
    }
    let received = receive::receive(&call.core, body, MAX_PUT, promised).await?;
    store(call, received, attributes, callback, forbid).await
}

/// Refuses before the body is read; publishing checks again.
pub(super) async fn check_overwrite(call: &Call) -> Outcome<()> {
    let (bucket, key) = names(call)?;
    call.core.store.run(move |store| store.read(|txn| publish::check_overwrite(txn, &bucket, &key))).await
}

/// Publishes received bytes as a Normal object, and makes the callback.
pub(super) async fn store(
    call: &Call,
    mut received: receive::Received,
    attributes: Attributes,
    callback: Option<Callback>,
    forbid: bool,
) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let object = ObjectRecord {
        object_type: ObjectType::Normal,
        size: received.size,
        etag: received.etag(),
        crc64: Some(received.crc64.to_u64()),
        content_md5: received.content_md5(),
        segments: received.segments.clone(),
        attributes,
        symlink_target: None,
        restore: None,
    };
    let now = call.core.clock.now_ms();
    let stored = object.clone();
    let version_id = call
        .core
        .store
        .run(move |store| {
            let version = store.write(|txn| publish::publish(txn, &bucket, &key, object, now, forbid))?;
            received.claimed();
            Ok(version)
        })
        .await?;
    let response = OssResponse::ok()
        .etag(&stored.etag)
        .with_optional("content-md5", stored.content_md5.as_ref())
        .crc64(stored.crc64)
        .with_optional("x-oss-version-id", version_id);
    let response = with_encryption(response, &stored.attributes.encryption);
    match callback {
        Some(callback) => Ok(callback::deliver(call, &callback, &Uploaded::of(&stored), response).await),
        None => Ok(response),
    }
}

/// Bucket and key, owned, for a closure that may run elsewhere.
pub(super) fn names(call: &Call) -> Outcome<(String, String)> {
    Ok((call.head.bucket()?.to_owned(), call.head.key()?.to_owned()))
}

/// The object that the request names.
pub(super) async fn find(call: &Call) -> Outcome<Found> {
    let (bucket, key) = names(call)?;
    let version = call.head.query.first("versionId").map(str::to_owned);
    call.core.store.run(move |store| store.read(|txn| publish::find(txn, &bucket, &key, version.as_deref()))).await
}

/// An object as a read sees it: a symlink leads to its target.
struct Readable {
    /// Whose headers are shown.
    shown: Found,
    /// Whose bytes are read; `None`: those of `shown`.
    target: Option<Found>,
    /// Keeps the bytes until they are read, whatever becomes of the object meanwhile.
    _pin: Pin,
}

impl Readable {
    fn content(&self) -> &Found {
        self.target.as_ref().unwrap_or(&self.shown)
    }

    fn last_modified_ms(&self) -> i64 {
        self.shown.last_modified_ms.max(self.content().last_modified_ms)
    }
}

async fn readable(call: &Call) -> Outcome<Readable> {
    let ((bucket, key), caller) = (names(call)?, call.caller);
    let version = call.head.query.first("versionId").map(str::to_owned);
    let read = move |store: &Store| {
        store.read_pinned(|txn| {
            let shown = publish::find(txn, &bucket, &key, version.as_deref())?;
            let target = match &shown.object.symlink_target {
                None => None,
                Some(target) => Some(find_target(txn, caller, &bucket, target)?),
            };
            let pin = store.blobs.pin(&target.as_ref().unwrap_or(&shown).object.segments);
            Ok(Readable { shown, target, _pin: pin })
        })
    };
    call.core.store.run(read).await
}

/// The object that a link leads to.
fn find_target(txn: &dyn Tables, caller: Caller, bucket: &str, target: &str) -> Outcome<Found> {
    permit::check_read(txn, caller, bucket, target, None)?;
    let found = publish::find(txn, bucket, target, None).map_err(|error| match &*error.code {
        "NoSuchKey" => code::SYMLINK_TARGET_NOT_EXIST.into(),
        _ => error,
    })?;
    if found.object.symlink_target.is_some() {
        return Err(code::INVALID_TARGET_TYPE.into());
    }
    Ok(found)
}

/// GetObject.
pub(super) async fn get(call: &Call) -> Outcome<OssResponse> {
    let readable = readable(call).await?;
    let content = &readable.content().object;
    conditions::check(&call.head, &conditions::READ, &content.etag, readable.last_modified_ms())
        .map_err(|error| with_validators(error, &readable))?;
    check_restored(content, call.core.clock.now_ms())?;
    let standard = call.head.header("x-oss-range-behavior") == Some("standard");
    let asked = call.head.header("range").filter(|_| !call.faults.has(&FaultEffect::IgnoreRange));
    let selection = range::select(asked, standard, content.size)?;
    let selection = match call.faults.range_shift() {
        Some(bytes) => selection.shifted(bytes, content.size),
        None => selection,
    };
    let (start, len) = match selection {
        Selection::Whole => (0, content.size),
        Selection::Piece { start, len } => (start, len),
    };
    let mut response = describe(&readable, call.core.clock.now_ms());
    if let Selection::Piece { start, len } = selection {
        response.status = StatusCode::PARTIAL_CONTENT;
        response.set("content-range", format!("bytes {start}-{}/{}", start + len - 1, content.size));
    }
    for (name, value) in call.head.query.pairs() {
        if let Some(header) = name.strip_prefix("response-")
            && STORED_HEADERS.contains(&header)
        {
            response.set(header, value);
        }
    }
    if len > 0 {
        let segments = cut(&content.segments, start, len);
        if segments.is_empty() {
            return Err(discarded());
        }
        response.body = ResponseBody::stored(call.core.store.blobs.reader(segments), len);
    }
    Ok(response)
}

/// The error of reading an object whose bytes were not kept.
pub(super) fn discarded() -> OssError {
    OssError::from(code::INTERNAL_ERROR).message("This server discards the bytes of objects.")
}

/// HeadObject.
pub(super) async fn head(call: &Call) -> Outcome<OssResponse> {
    let readable = readable(call).await?;
    let content = &readable.content().object;
    conditions::check(&call.head, &conditions::READ, &content.etag, readable.last_modified_ms())
        .map_err(|error| with_validators(error, &readable))?;
    Ok(describe(&readable, call.core.clock.now_ms()).with("content-length", content.size.to_string()))
}

/// GetObjectMeta.
pub(super) async fn meta(call: &Call) -> Outcome<OssResponse> {
    let readable = readable(call).await?;
    let content = &readable.content().object;
    Ok(OssResponse::ok()
        .etag(&content.etag)
        .crc64(content.crc64)
        .with("content-length", content.size.to_string())
        .with("last-modified", clock::http_date_ms(readable.last_modified_ms()))
        .with_optional("x-oss-version-id", readable.shown.version_id.as_ref()))
}

/// 304 and 412 tell what they compared with.
fn with_validators(error: OssError, readable: &Readable) -> OssError {
    error
        .header("etag", &format!("\"{}\"", readable.content().object.etag))
        .header("last-modified", &clock::http_date_ms(readable.last_modified_ms()))
}

fn describe(readable: &Readable, now_ms: i64) -> OssResponse {
    let (shown, content) = (&readable.shown.object, &readable.content().object);
    let mut response = OssResponse { status: StatusCode::OK, headers: HeaderMap::new(), body: ResponseBody::empty() };
    for (name, value) in &shown.attributes.headers {
        response.set(name, latin1_bytes(value));
    }
    response = response
        .etag(&content.etag)
        .crc64(content.crc64)
        .with_optional("content-md5", content.content_md5.as_ref())
        .with("last-modified", clock::http_date_ms(readable.last_modified_ms()))
        .with("accept-ranges", "bytes")
        .with("x-oss-object-type", shown.object_type.as_str())
        .with("x-oss-storage-class", shown.attributes.storage_class.as_str())
        .with_optional("x-oss-version-id", readable.shown.version_id.as_ref());
    if shown.object_type == ObjectType::Appendable {
        response.set("x-oss-next-append-position", shown.size.to_string());
    }
    if !shown.attributes.tags.is_empty() {
        response.set("x-oss-tagging-count", shown.attributes.tags.len().to_string());
    }
    if let Some(restore) = shown.restore.filter(|restore| restore.expiry_ms > now_ms) {
        response.set("x-oss-restore", restore_header(restore, now_ms));
    }
    with_encryption(response, &shown.attributes.encryption)
}

fn restore_header(restore: Restore, now_ms: i64) -> String {
    if now_ms < restore.ready_ms {
        "ongoing-request=\"true\"".to_owned()
    } else {
        format!("ongoing-request=\"false\", expiry-date=\"{}\"", clock::http_date_ms(restore.expiry_ms))
    }
}

/// Reading an archived object needs a finished restore.
///
/// # Errors
/// `InvalidObjectState`.
pub(super) fn check_restored(object: &ObjectRecord, now_ms: i64) -> Outcome<()> {
    let readable = object.restore.is_some_and(|restore| restore.ready_ms <= now_ms && now_ms < restore.expiry_ms);
    if object.attributes.storage_class.is_archive() && !readable {
        return Err(code::INVALID_OBJECT_STATE.into());
    }
    Ok(())
}

/// The three encryption headers, as they were given.
pub(super) fn with_encryption(response: OssResponse, encryption: &Encryption) -> OssResponse {
    response
        .with_optional("x-oss-server-side-encryption", encryption.algorithm.as_ref())
        .with_optional("x-oss-server-side-data-encryption", encryption.data_algorithm.as_ref())
        .with_optional("x-oss-server-side-encryption-key-id", encryption.key_id.as_ref())
}

/// DeleteObject.
pub(super) async fn delete(call: &Call) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let version = call.head.query.first("versionId").map(str::to_owned);
    let now = call.core.clock.now_ms();
    let deleted = call
        .core
        .store
        .run(move |store| store.write(|txn| publish::delete(txn, &bucket, &key, version.as_deref(), now)))
        .await?;
    let marker = deleted.delete_marker.then_some("true");
    Ok(OssResponse::no_content()
        .with_optional("x-oss-version-id", deleted.version_id)
        .with_optional("x-oss-delete-marker", marker))
}
