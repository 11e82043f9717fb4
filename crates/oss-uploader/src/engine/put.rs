use std::pin::pin;
use std::sync::Arc;

use oss_models::{Body, CallError, CallErrorKind, Crc64, PutObjectResult, ServiceError, StoredObject};
use oss_transfer::PartGauge;
use tokio::time::Instant;

use super::Context;
use super::context::{Exchange, class_of, send};
use super::first::first;
use super::multipart::check_source;
use super::proof::{Expected, NotBefore, Proof, look_at_object};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::FailureClass;
use crate::source::{PartBody, PartData, RandomAccess};
use crate::{CallbackOutcome, UploadResult, Verified};

/// Sends the whole object by one PutObject.
pub(super) async fn put(
    context: &Context,
    data: PartData,
    source: Option<&RandomAccess>,
) -> Result<UploadResult, UploadError> {
    let put = Put { context, data, source, began: Instant::now() };
    let mut failures = 0;
    let mut outcome_unknown = false;
    loop {
        let gauge = PartGauge::new(&context.reporter.meter);
        let error = match put.attempt(&gauge).await? {
            Attempt::Stored(result) => {
                gauge.confirm(put.data.len());
                return Ok(*result);
            }
            Attempt::Failed(error) => error,
        };
        drop(gauge);
        failures += 1;
        outcome_unknown |= error.outcome_unknown();
        if outcome_unknown && let Some(result) = put.find_it_in_place(&error).await? {
            return Ok(result);
        }
        let damaged = class_of(&error) == FailureClass::Corrupt;
        if damaged && context.requests.forbids_overwrite() {
            // The damaged object is in place, and another attempt would only find it there.
            return Err(UploadError::new(Stage::Put, error).with_stored(Stored::Unknown));
        }
        let stored = if outcome_unknown || damaged { Stored::Unknown } else { Stored::No };
        context.wait_to_retry(Stage::Put, error, failures).await.map_err(|error| error.with_stored(stored))?;
    }
}

struct Put<'a> {
    context: &'a Context,
    data: PartData,
    source: Option<&'a RandomAccess>,
    began: Instant,
}

enum Attempt {
    Stored(Box<UploadResult>),
    Failed(CallError),
}

impl Put<'_> {
    async fn attempt(&self, gauge: &Arc<PartGauge>) -> Result<Attempt, UploadError> {
        let _slot = self.context.unless_cancelled(Stage::Put, self.context.connection()).await?;
        self.check_source(None).await?;
        let body = PartBody::new(self.data.clone(), gauge.clone()).paced(self.context.scheduler.pacer());
        let body = Body::replayable(body);
        let sending = send(&self.context.service, self.context.requests.put(body));
        let sending = self.watch_progress(sending);
        let (response, exchange) = match self.context.unless_cancelled(Stage::Put, sending).await?? {
            Ok(response) => response,
            Err(error) => {
                return match error.service().filter(|refusal| refusal.is_callback_failure()) {
                    Some(refusal) => self.callback_failed(refusal).await.map(Attempt::from),
                    None => Ok(Attempt::Failed(error)),
                };
            }
        };
        self.stored(response, exchange).await.map(Attempt::from)
    }

    /// Shows the progress while the object is under way.
    async fn watch_progress<T>(&self, sending: impl Future<Output = T>) -> Result<T, UploadError> {
        let reporter = &self.context.reporter;
        let mut done = pin!(async { Some(sending.await) });
        loop {
            let moved = async {
                reporter.meter.moved().await;
                None
            };
            match first(done.as_mut(), pin!(moved)).await {
                Some(done) => return Ok(done),
                None => reporter.progress()?,
            }
        }
    }

    async fn stored(&self, response: PutObjectResult, exchange: Exchange) -> Result<UploadResult, UploadError> {
        let sent = match exchange.sent {
            Some(sent) => sent.crc64,
            None => self.crc64().await?,
        };
        self.check_source(Some(sent)).await.map_err(|error| error.with_stored(Stored::Yes))?;
        let verified = self.compare(sent, response.hash_crc64).map_err(|error| {
            error.with_stored_object(StoredObject::new(
                Some(response.etag.clone()),
                response.hash_crc64,
                response.version_id.clone(),
            ))
        })?;
        Ok(UploadResult {
            status: response.status,
            request_id: response.request_id().map(str::to_owned),
            etag: Some(response.etag),
            hash_crc64: response.hash_crc64,
            version_id: response.version_id,
            verified,
            callback: self
                .context
                .requests
                .wants_callback()
                .then(|| CallbackOutcome::Ok(response.callback_result.unwrap_or_default())),
            headers: response.headers,
            ..self.result()
        })
    }

    /// The object is in place; only the callback failed.
    async fn callback_failed(&self, refusal: &ServiceError) -> Result<UploadResult, UploadError> {
        let stored = refusal.stored_object();
        let hash_crc64 = stored.as_ref().and_then(|stored| stored.hash_crc64);
        let etag = stored.as_ref().and_then(|stored| stored.etag.clone());
        let version_id = stored.and_then(|stored| stored.version_id);
        let verified = self.compare(self.crc64().await?, hash_crc64).map_err(|error| {
            error.with_stored_object(StoredObject::new(etag.clone(), hash_crc64, version_id.clone()))
        })?;
        Ok(UploadResult {
            status: refusal.status,
            request_id: Some(refusal.request_id.clone()).filter(|id| !id.is_empty()),
            headers: refusal.headers.clone(),
            etag,
            hash_crc64,
            version_id,
            verified,
            callback: Some(failed_callback(refusal)),
            ..self.result()
        })
    }

    /// After a lost response: whether the object is in place all the same.
    async fn find_it_in_place(&self, error: &CallError) -> Result<Option<UploadResult>, UploadError> {
        let expected = Expected {
            size: self.data.len(),
            crc64: Some(self.crc64().await?),
            etag: None,
            object_type: "Normal",
            not_before: NotBefore::Local(self.began),
        };
        let head = match look_at_object(self.context, Stage::Put, &expected).await {
            Ok(Proof::Confirmed(head)) => head,
            // Another attempt tells more than a refusal to look.
            Ok(Proof::Refuted(_)) | Err(_) if error.code() != Some("FileAlreadyExists") => return Ok(None),
            Ok(Proof::Refuted(reason)) => {
                let source =
                    CallError::new(error.target().clone(), CallErrorKind::Service(Box::new(refusal_of(error))));
                return Err(UploadError::new(Stage::Put, UploadErrorKind::NotStored { reason, source }));
            }
            Err(error) => return Err(error.with_stored(Stored::Unknown)),
        };
        Ok(Some(UploadResult {
            status: head.status,
            request_id: head.request_id().map(str::to_owned),
            etag: head.etag,
            hash_crc64: head.hash_crc64,
            version_id: head.version_id,
            headers: head.headers,
            verified: Verified::Crc64,
            callback: self.context.requests.wants_callback().then_some(CallbackOutcome::Unknown),
            confirmed_by_head: true,
            ..self.result()
        }))
    }

    /// What is the same however the object got there.
    fn result(&self) -> UploadResult {
        UploadResult {
            status: http::StatusCode::OK,
            request_id: None,
            headers: http::HeaderMap::new(),
            etag: None,
            hash_crc64: None,
            version_id: None,
            upload_id: None,
            verified: Verified::No,
            callback: None,
            size: self.data.len(),
            part_size: self.data.len(),
            parts_sent: 0,
            parts_reused: 0,
            confirmed_by_head: false,
        }
    }

    /// CRC64 of the source, read for the purpose if need be.
    async fn crc64(&self) -> Result<Crc64, UploadError> {
        match (&self.data, self.source) {
            (PartData::Blocks(blocks), _) => Ok(blocks.crc64()),
            (PartData::File { offset, len, .. }, Some(source)) => {
                source.crc64(*offset, *len).await.map_err(|error| UploadError::new(Stage::Put, error))
            }
            (PartData::File { .. }, None) => Ok(Crc64::EMPTY),
        }
    }

    async fn check_source(&self, sent: Option<Crc64>) -> Result<(), UploadError> {
        match self.source {
            Some(source) => check_source(self.context, source, sent).await,
            None => Ok(()),
        }
    }

    fn compare(&self, sent: Crc64, stored: Option<Crc64>) -> Result<Verified, UploadError> {
        match stored {
            Some(stored) if stored == sent => Ok(Verified::Crc64),
            Some(stored) => Err(UploadError::new(Stage::Verify, UploadErrorKind::Corrupt { sent, stored })),
            None if self.context.settings.require_verification => {
                Err(UploadError::new(Stage::Verify, UploadErrorKind::Unverified))
            }
            None => Ok(Verified::No),
        }
    }
}

impl From<UploadResult> for Attempt {
    fn from(result: UploadResult) -> Self {
        Self::Stored(Box::new(result))
    }
}

/// What a response 203 says about the callback.
pub(super) fn failed_callback(refusal: &ServiceError) -> CallbackOutcome {
    CallbackOutcome::Failed { code: refusal.code.clone(), message: refusal.message.clone() }
}

/// The refusal in an error, for another error that is to carry it.
fn refusal_of(error: &CallError) -> ServiceError {
    let unknown = || ServiceError::new(http::StatusCode::CONFLICT, "FileAlreadyExists");
    error.service().cloned().unwrap_or_else(unknown)
}
