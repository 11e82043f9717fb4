//! CRC64 of bodies, both ways.

mod content;
mod pinned;

pub use content::CorruptContent;

use std::task::{Context, Poll};

use http::header::{ACCEPT_ENCODING, RANGE};
use oss_models::{CallErrorKind, Crc64, Crc64Scope, Request, Response, Sent};
use tower_layer::Layer;
use tower_service::Service;

use self::pinned::Pinned;
use super::AttemptService;
use crate::attempt::{AttemptError, HttpAttempt, SignedAttempt};
use crate::bandwidth::BandwidthLimit;
use crate::call::BoxFuture;
use crate::wire_body::WireBody;

/// Gives each attempt its body, computes its CRC64 as it leaves, and compares that with what the server says it has
/// ([`OperationInfo::crc64`](oss_models::OperationInfo::crc64)).
///
/// Below signing, since the body takes no part in a signature; above the response, whose headers it reads.
#[derive(Clone, Debug)]
pub struct ChecksumLayer {
    check_uploads: bool,
    check_downloads: bool,
    ignore_response_crc64: bool,
    upload_bandwidth: BandwidthLimit,
}

impl ChecksumLayer {
    /// Checks what is sent and what is received, without a limit of bandwidth.
    pub fn new() -> Self {
        Self {
            check_uploads: true,
            check_downloads: true,
            ignore_response_crc64: false,
            upload_bandwidth: BandwidthLimit::unlimited(),
        }
    }

    /// Sets whether the CRC64 of what is sent is computed and compared. Default yes. Without, it is not in
    /// [`Response::sent`] either.
    #[must_use]
    pub fn check_uploads(mut self, check: bool) -> Self {
        self.check_uploads = check;
        self
    }

    /// Sets whether the CRC64 of whole objects that are received is computed and compared. Default yes.
    #[must_use]
    pub fn check_downloads(mut self, check: bool) -> Self {
        self.check_downloads = check;
        self
    }

    /// Sets whether the CRC64 of responses is removed, as if the service gave none. Default no.
    #[must_use]
    pub fn ignore_response_crc64(mut self, ignore: bool) -> Self {
        self.ignore_response_crc64 = ignore;
        self
    }

    /// Sets the limit for the bytes of the bodies that are sent. Default none.
    #[must_use]
    pub fn upload_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.upload_bandwidth = limit;
        self
    }
}

impl Default for ChecksumLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ChecksumLayer {
    type Service = Checksum<S>;

    fn layer(&self, inner: S) -> Checksum<S> {
        Checksum { inner, layer: self.clone() }
    }
}

/// The service of [`ChecksumLayer`].
#[derive(Clone, Debug)]
pub struct Checksum<S> {
    inner: S,
    layer: ChecksumLayer,
}

impl<S: AttemptService<HttpAttempt>> Service<SignedAttempt> for Checksum<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Response, AttemptError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, signed: SignedAttempt) -> Self::Future {
        let ChecksumLayer { check_uploads, check_downloads, ignore_response_crc64, upload_bandwidth } =
            self.layer.clone();
        let request = &signed.attempt.request;
        let body = WireBody::new(request.body.clone(), check_uploads, upload_bandwidth);
        let record = body.record().clone();
        let (stored_as, pinned) = (StoredAs::of(request), Pinned::by(request));
        let checks_content = check_downloads && is_whole_content(request);
        let response = self.inner.call(HttpAttempt::new(signed, body));
        Box::pin(async move {
            let mut response = response.await?;
            if ignore_response_crc64 {
                response.headers.remove(HASH_CRC64);
            }
            response.sent = record.sent();
            let expected = response.sent.zip(stored_as).map(|(sent, stored_as)| stored_as.crc64(sent));
            if let (Some(sent), Some(stored)) = (expected, response.crc64())
                && sent != stored
            {
                return Err(AttemptError::sent(CallErrorKind::Corrupt { sent, stored }));
            }
            pinned.check(&response).map_err(AttemptError::sent)?;
            Ok(match response.crc64().filter(|_| checks_content) {
                Some(stored) => content::checked(response, stored),
                None => response,
            })
        })
    }
}

const HASH_CRC64: &str = "x-oss-hash-crc64ecma";

/// What the response's CRC64 is of, where the bytes that were sent can prove it.
#[derive(Clone, Copy)]
enum StoredAs {
    Sent,
    AppendedTo(Crc64),
}

impl StoredAs {
    fn of(request: &Request) -> Option<Self> {
        match request.operation.crc64 {
            Crc64Scope::SentBody => Some(Self::Sent),
            Crc64Scope::Appended => request.crc64_before.map(Self::AppendedTo),
            _ => None,
        }
    }

    fn crc64(self, sent: Sent) -> Crc64 {
        match self {
            Self::Sent => sent.crc64,
            Self::AppendedTo(before) => before.combine(sent.crc64, sent.len),
        }
    }
}

/// Whether the response is the object as the server has it: not a range, not processed, not compressed for the transfer.
fn is_whole_content(request: &Request) -> bool {
    request.operation.crc64 == Crc64Scope::WholeContent
        && !request.headers.contains_key(RANGE)
        && !request.headers.contains_key(ACCEPT_ENCODING)
        && request.query_value("x-oss-process").is_none()
}
