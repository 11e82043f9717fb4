//! Every [`UploadResult`] is made here.

use bytes::Bytes;
use oss_models::{HeadObjectResult, ServiceError, StoredObject, UploadId};

use super::{Copied, Evidence, Placed, StoredParts};
use crate::{CallbackOutcome, UploadResult};

impl UploadResult {
    /// The result of an object that is in place; its sizes and parts are not counted yet.
    pub(crate) fn of(placed: Placed, wants_callback: bool) -> Self {
        let Placed { evidence, verified } = placed;
        let object = evidence.object();
        let succeeded = |body: Option<Bytes>| wants_callback.then(|| CallbackOutcome::Ok(body.unwrap_or_default()));
        let result = match evidence {
            Evidence::Put(put) => {
                let request_id = put.request_id().map(str::to_owned);
                let callback = succeeded(put.callback_result);
                Self { callback, ..Self::of_response(put.status, request_id, put.headers) }
            }
            Evidence::Complete(complete) => {
                let request_id = complete.request_id().map(str::to_owned);
                let callback = succeeded(complete.callback_result);
                Self { callback, ..Self::of_response(complete.status, request_id, complete.headers) }
            }
            Evidence::FailedCallback(refusal) => Self::of_failed_callback(*refusal),
            Evidence::Head(head) => Self::of_head(*head, wants_callback),
        };
        let StoredObject { etag, hash_crc64, version_id, .. } = object;
        Self { etag, hash_crc64, version_id, verified, ..result }
    }

    /// The result of a copy that one request made; its size is not counted yet, and it is not verified.
    pub(crate) fn of_copy(copied: Copied) -> Self {
        match copied {
            Copied::Head(head) => {
                let (etag, hash_crc64, version_id) = (head.etag.clone(), head.hash_crc64, head.version_id.clone());
                Self { etag, hash_crc64, version_id, ..Self::of_head(*head, false) }
            }
            Copied::Response(response) => {
                let request_id = response.request_id().map(str::to_owned);
                let (etag, hash_crc64, version_id) = (Some(response.etag), response.hash_crc64, response.version_id);
                Self {
                    etag,
                    hash_crc64,
                    version_id,
                    ..Self::of_response(response.status, request_id, response.headers)
                }
            }
        }
    }

    fn of_failed_callback(refusal: ServiceError) -> Self {
        let ServiceError { status, code, message, request_id, headers, .. } = refusal;
        let callback = Some(CallbackOutcome::Failed { code, message });
        Self { callback, ..Self::of_response(status, Some(request_id).filter(|id| !id.is_empty()), headers) }
    }

    /// The response was lost, and with it what it said about the callback.
    fn of_head(head: HeadObjectResult, wants_callback: bool) -> Self {
        let request_id = head.request_id().map(str::to_owned);
        let callback = wants_callback.then_some(CallbackOutcome::Unknown);
        Self { callback, confirmed_by_head: true, ..Self::of_response(head.status, request_id, head.headers) }
    }

    /// Counts an object that was sent by one PutObject.
    pub(crate) fn counted_whole(self, size: u64) -> Self {
        Self { size, part_size: size, ..self }
    }

    /// Counts the parts that the object was made of.
    pub(crate) fn counted(self, upload_id: &UploadId, parts: &StoredParts) -> Self {
        let parts_reused = parts.receipts.reused();
        Self {
            upload_id: Some(upload_id.clone()),
            size: parts.receipts.size(),
            part_size: parts.part_size,
            parts_sent: parts.receipts.len() - parts_reused,
            parts_reused,
            ..self
        }
    }

    /// Counts an object that an earlier run had completed.
    pub(crate) fn counted_reused(self, upload_id: UploadId, size: u64, part_size: u64, parts_reused: usize) -> Self {
        Self { upload_id: Some(upload_id), size, part_size, parts_reused, ..self }
    }
}
