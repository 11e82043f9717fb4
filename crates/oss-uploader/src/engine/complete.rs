use std::pin::pin;

use oss_models::{
    CallError, CompleteMultipartUploadResult, Crc64, HeadObjectResult, ServiceError, StoredObject, UploadId,
};
use tokio::time::{sleep, timeout};

use super::Context;
use super::context::{class_of, send};
use super::first::first;
use super::parts::StoredParts;
use super::proof::{Expected, NotBefore, Proof, look_at_object, multipart_etag};
use super::put::failed_callback;
use crate::checkpoint::OpenUpload;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::{FailureClass, Receipts};
use crate::{CallbackOutcome, UploadResult, Verified};

/// Makes the object of its parts, and compares it with what was sent.
///
/// A lost response is followed by a question, never by an abort: while the upload is open Complete goes again; once it is
/// gone the object itself must prove that it is the one that was uploaded.
pub(super) async fn complete(
    context: &Context,
    upload: &OpenUpload,
    stored: StoredParts,
) -> Result<UploadResult, UploadError> {
    let complete = Complete { context, upload, crc64: stored.receipts.crc64(), stored };
    let mut outcome_unknown = false;
    let mut failures = 0;
    loop {
        let error = match complete.attempt().await? {
            Attempt::Answered(result) => return Ok(*result),
            Attempt::Failed(error) => error,
        };
        failures += 1;
        outcome_unknown |= error.outcome_unknown();
        if outcome_unknown && matches!(error.code(), Some("NoSuchUpload" | "FileAlreadyExists")) {
            return complete.prove(error).await;
        }
        if matches!(error.code(), Some("NoSuchUpload" | "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall")) {
            return Err(UploadError::new(Stage::Complete, error));
        }
        complete.wait_to_retry(error, failures, outcome_unknown).await?;
        if outcome_unknown && let Some(error) = complete.ask_whether_open().await? {
            if error.code() == Some("NoSuchUpload") {
                return complete.prove(error).await;
            }
            // Whoever may not ask learns it from the next Complete.
            if class_of(&error) != FailureClass::Fatal {
                failures += 1;
                complete.wait_to_retry(error, failures, outcome_unknown).await?;
            }
        }
    }
}

/// What a HeadObject tells of an object that took the place of a lost response.
pub(super) fn found_in_place(
    context: &Context,
    upload_id: &UploadId,
    head: HeadObjectResult,
    verified: Verified,
) -> UploadResult {
    UploadResult {
        status: head.status,
        request_id: head.request_id().map(str::to_owned),
        etag: head.etag,
        hash_crc64: head.hash_crc64,
        version_id: head.version_id,
        headers: head.headers,
        upload_id: Some(upload_id.clone()),
        verified,
        callback: context.requests.wants_callback().then_some(CallbackOutcome::Unknown),
        size: 0,
        part_size: 0,
        parts_sent: 0,
        parts_reused: 0,
        confirmed_by_head: true,
    }
}

struct Complete<'a> {
    context: &'a Context,
    upload: &'a OpenUpload,
    stored: StoredParts,
    /// CRC64 of the whole object, folded from its parts.
    crc64: Option<Crc64>,
}

enum Attempt {
    Answered(Box<UploadResult>),
    Failed(CallError),
}

impl Complete<'_> {
    async fn attempt(&self) -> Result<Attempt, UploadError> {
        let request = self.context.requests.complete(&self.upload.id, &self.stored.receipts);
        let sending = send(&self.context.service, request);
        let result = match self.to_the_end(sending).await? {
            Ok((response, _)) => self.answered(response)?,
            Err(error) => match error.service().filter(|refusal| refusal.is_callback_failure()) {
                Some(refusal) => self.callback_failed(refusal)?,
                None => return Ok(Attempt::Failed(error)),
            },
        };
        Ok(Attempt::Answered(Box::new(result)))
    }

    /// A Complete that was sent cannot be called back, so cancelling waits for its response, as long as cleaning up may
    /// take.
    async fn to_the_end<T>(&self, sending: impl Future<Output = T>) -> Result<T, UploadError> {
        let mut sending = pin!(sending);
        let cancelled = async {
            self.context.cancelled().await;
            None
        };
        let done = first(pin!(async { Some(sending.as_mut().await) }), pin!(cancelled)).await;
        if let Some(done) = done {
            return Ok(done);
        }
        timeout(self.context.settings.cleanup_timeout, sending)
            .await
            .map_err(|_| UploadError::new(Stage::Complete, UploadErrorKind::Cancelled).with_stored(Stored::Unknown))
    }

    /// Waits as long as is due, or tells the last error.
    async fn wait_to_retry(&self, error: CallError, failures: u32, outcome_unknown: bool) -> Result<(), UploadError> {
        let stored = if outcome_unknown { Stored::Unknown } else { Stored::No };
        let wait = self.context.settings.retry.wait(class_of(&error), failures, fastrand::f64());
        let Some(wait) = wait else {
            let kind = match outcome_unknown {
                true => UploadErrorKind::OutcomeUnknown(error),
                false => error.into(),
            };
            return Err(UploadError::new(Stage::Complete, kind).with_stored(stored));
        };
        let waiting = self.context.unless_cancelled(Stage::Complete, sleep(wait));
        waiting.await.map_err(|error| error.with_stored(stored))
    }

    /// Asks for the parts: a response means that the upload is still open.
    async fn ask_whether_open(&self) -> Result<Option<CallError>, UploadError> {
        let mut request = self.context.requests.list_parts(&self.upload.id);
        request.max_parts = Some(1);
        let asking = self.context.unless_cancelled(Stage::Complete, send(&self.context.service, request));
        Ok(asking.await.map_err(|error| error.with_stored(Stored::Unknown))?.err())
    }

    /// The upload is gone, or another object is in its place: the object itself must tell.
    async fn prove(&self, error: CallError) -> Result<UploadResult, UploadError> {
        let expected = Expected {
            size: self.stored.receipts.size(),
            crc64: self.crc64,
            etag: multipart_etag(&self.stored.receipts),
            object_type: "Multipart",
            not_before: self.upload.initiated.map_or(NotBefore::Local(self.context.started), NotBefore::Server),
        };
        match look_at_object(self.context, Stage::Complete, &expected).await {
            Ok(Proof::Confirmed(head)) => {
                let verified = self.verify(head.hash_crc64).map_err(|error| {
                    let (etag, version_id) = (head.etag.clone(), head.version_id.clone());
                    error.with_stored_object(StoredObject::new(etag, head.hash_crc64, version_id))
                })?;
                Ok(self.counted(found_in_place(self.context, &self.upload.id, *head, verified)))
            }
            Ok(Proof::Refuted(reason)) => {
                Err(UploadError::new(Stage::Complete, UploadErrorKind::NotStored { reason, source: error }))
            }
            Err(asking) if asking.is_cancelled() => Err(asking.with_stored(Stored::Unknown)),
            Err(asking) => Err(UploadError::new(Stage::Complete, UploadErrorKind::OutcomeUnknown(error))
                .with_stored(Stored::Unknown)
                .with_others(vec![asking])),
        }
    }

    fn answered(&self, response: CompleteMultipartUploadResult) -> Result<UploadResult, UploadError> {
        let verified = self.verify(response.hash_crc64).map_err(|error| {
            error.with_stored_object(StoredObject::new(
                Some(response.etag.clone()),
                response.hash_crc64,
                response.version_id.clone(),
            ))
        })?;
        Ok(self.counted(UploadResult {
            status: response.status,
            request_id: response.request_id().map(str::to_owned),
            etag: Some(response.etag),
            hash_crc64: response.hash_crc64,
            version_id: response.version_id,
            headers: response.headers,
            upload_id: Some(self.upload.id.clone()),
            verified,
            callback: self
                .context
                .requests
                .wants_callback()
                .then(|| CallbackOutcome::Ok(response.callback_result.unwrap_or_default())),
            size: 0,
            part_size: 0,
            parts_sent: 0,
            parts_reused: 0,
            confirmed_by_head: false,
        }))
    }

    /// The object is in place; only the callback failed.
    fn callback_failed(&self, refusal: &ServiceError) -> Result<UploadResult, UploadError> {
        let stored = refusal.stored_object();
        let hash_crc64 = stored.as_ref().and_then(|stored| stored.hash_crc64);
        let etag = stored.as_ref().and_then(|stored| stored.etag.clone());
        let version_id = stored.and_then(|stored| stored.version_id);
        let verified = self.verify(hash_crc64).map_err(|error| {
            error.with_stored_object(StoredObject::new(etag.clone(), hash_crc64, version_id.clone()))
        })?;
        Ok(self.counted(UploadResult {
            status: refusal.status,
            request_id: Some(refusal.request_id.clone()).filter(|id| !id.is_empty()),
            headers: refusal.headers.clone(),
            etag,
            hash_crc64,
            version_id,
            upload_id: Some(self.upload.id.clone()),
            verified,
            callback: Some(failed_callback(refusal)),
            size: 0,
            part_size: 0,
            parts_sent: 0,
            parts_reused: 0,
            confirmed_by_head: false,
        }))
    }

    fn counted(&self, result: UploadResult) -> UploadResult {
        let parts_reused = self.stored.receipts.iter().filter(|receipt| receipt.reused).count();
        UploadResult {
            size: self.stored.receipts.size(),
            part_size: self.stored.part_size,
            parts_sent: self.stored.receipts.len() - parts_reused,
            parts_reused,
            ..result
        }
    }

    /// Compares the CRC64 of the object with the fold of its parts.
    fn verify(&self, stored: Option<Crc64>) -> Result<Verified, UploadError> {
        let verified = match (self.crc64, stored) {
            (Some(sent), Some(stored)) if sent != stored => {
                return Err(UploadError::new(Stage::Verify, UploadErrorKind::Corrupt { sent, stored }));
            }
            (Some(_), Some(_)) if !trusted(&self.stored.receipts) => Verified::Crc64,
            (Some(_), Some(_)) => Verified::PartsOnly,
            _ if self.stored.receipts.iter().all(|receipt| receipt.compared) => Verified::PartsOnly,
            _ => Verified::No,
        };
        if self.context.settings.require_verification && verified != Verified::Crc64 {
            return Err(UploadError::new(Stage::Verify, UploadErrorKind::Unverified));
        }
        Ok(verified)
    }
}

/// Whether parts of an earlier run were taken without a look at the local bytes.
fn trusted(receipts: &Receipts) -> bool {
    receipts.iter().any(|receipt| receipt.reused && !receipt.compared)
}
