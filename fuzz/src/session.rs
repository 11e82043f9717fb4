//! What the processes that share a multipart upload hand to one another.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use oss_models::xml::{Document, Element, MAX_DOCUMENT};
use oss_models::{BucketName, CallError, Etag, ObjectKey, PutObjectRequest, Request, Response, ServiceError};
use oss_uploader::session::{MultipartSession, PartReceipt};
use oss_uploader::{MAX_PART_SIZE, MIN_PART_SIZE, Uploader};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Builder;

/// A line with the token of a session, then a list of receipts.
pub fn session(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (token, receipts) = bytes.split_at(end);
    let Some(session) = read::<MultipartSession>(token) else { return };
    assert!(BucketName::new(session.bucket.as_str()).is_ok() && ObjectKey::new(session.key.as_str()).is_ok());
    let Some(receipts) = read::<Vec<PartReceipt>>(receipts) else { return };
    complete(&session, receipts);
}

/// What is accepted means the same when it is handed on.
fn read<T: Serialize + DeserializeOwned + Debug + PartialEq>(json: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(json).ok()?;
    let handed_on = serde_json::to_vec(&read).expect("JSON");
    assert_eq!(serde_json::from_slice::<T>(&handed_on).expect("what was written"), read);
    Some(read)
}

/// Complete is sent only for parts that make the object, and names exactly those.
fn complete(session: &MultipartSession, receipts: Vec<PartReceipt>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sent);
    let service = tower::service_fn(move |request: Request| {
        let response = if request.operation.name == "CompleteMultipartUpload" {
            let body = request.body.as_bytes().cloned().expect("a document");
            log.lock().expect("no panic").push(body);
            let root = "CompleteMultipartUploadResult";
            Ok(Response::new(StatusCode::OK).with_body(format!("<{root}><ETag>E</ETag></{root}>")))
        } else {
            let refusal = ServiceError::new(StatusCode::NOT_FOUND, "NoSuchKey");
            Err(CallError::new(request.target(), refusal.into()))
        };
        async move { response }
    });
    let request = PutObjectRequest::new(session.bucket.as_str(), session.key.as_str());
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let whole = whole(session, &receipts);
    let outcome = runtime.block_on(session.complete(&Uploader::new(service), request, receipts));
    let sent = sent.lock().expect("no panic");
    let Some(parts) = whole else {
        assert!(sent.is_empty() && outcome.is_err(), "{outcome:?}");
        return;
    };
    assert_eq!(outcome.expect("a result").size, parts.iter().map(|part| part.len).sum::<u64>());
    let document = Document::parse(&sent[0], MAX_DOCUMENT).expect("well-formed XML");
    let named = document.root().all("Part").map(|part| {
        let text = |name| part.find(name).map(Element::text).unwrap_or_default();
        (text("PartNumber").to_owned(), Etag::new(text("ETag")).ok())
    });
    let expected = parts.iter().map(|part| (part.number.to_string(), Some(part.etag.clone())));
    assert!(sent.len() == 1 && named.eq(expected), "{document:?} for {parts:?}");
}

/// The receipts in order, if they are of this upload and cover the object once.
fn whole(session: &MultipartSession, receipts: &[PartReceipt]) -> Option<Vec<PartReceipt>> {
    let mut parts = receipts.to_vec();
    parts.sort_by_key(|part| part.number);
    parts.dedup();
    let (last, _) = parts.split_last()?;
    let mut end = 0_u128;
    for part in &parts {
        let fits = part.len <= MAX_PART_SIZE && (part.len >= MIN_PART_SIZE || part.number == last.number);
        if part.upload_id != session.upload_id || u128::from(part.offset) != end || !fits {
            return None;
        }
        end += u128::from(part.len);
    }
    let differ = parts.windows(2).all(|pair| pair[0].number < pair[1].number);
    (differ && session.size.is_none_or(|size| u128::from(size) == end)).then_some(parts)
}
