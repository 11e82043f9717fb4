//! CRC64 of bodies, both ways.

use std::task::{Context, Poll};

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderValue, Method};
use oss_models::{CallErrorKind, Crc64, Crc64Digest, Crc64Scope, Request, Response, ResponseBody, Sent};
use tower_service::Service;

use crate::asked::Asked;
use crate::bandwidth::BandwidthLimit;
use crate::call::{Attempt, BoxFuture, Failure, Outgoing};
use crate::response::CheckedBody;
use crate::wire_body::WireBody;

/// Gives each attempt its body, sums it up as it leaves, and compares with what the server says it has.
///
/// Below signing, since the body takes no part in a signature; above the response, whose headers it reads.
#[derive(Clone)]
pub(crate) struct Checksums<S> {
    pub(crate) inner: S,
    pub(crate) settings: ChecksumSettings,
}

#[derive(Clone, Debug)]
pub(crate) struct ChecksumSettings {
    pub(crate) check_uploads: bool,
    pub(crate) check_downloads: bool,
    pub(crate) upload: BandwidthLimit,
}

/// An attempt that has an address and a signature, and no body yet.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) attempt: Attempt,
    pub(crate) head: http::request::Parts,
}

impl<S> Service<Signed> for Checksums<S>
where
    S: Service<Outgoing, Response = Response, Error = Failure>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response, Failure>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, signed: Signed) -> Self::Future {
        let request = &signed.attempt.request;
        let body = WireBody::new(request.body.clone(), self.settings.check_uploads, self.settings.upload.clone());
        let record = body.record().clone();
        signed.attempt.record.watch(body.progress().clone());
        let (stored_as_sent, asked) = (StoredAs::of(request), Asked::of(request));
        let checks_content = self.settings.check_downloads && is_whole_content(request);
        let answered = self.inner.call(self.settings.outgoing(signed, body));
        Box::pin(async move {
            let mut response = answered.await?;
            response.sent = record.sent();
            let expected = response.sent.zip(stored_as_sent).map(|(sent, stored_as)| stored_as.crc64(sent));
            if let (Some(sent), Some(stored)) = (expected, response.crc64())
                && sent != stored
            {
                return Err(Failure::sent(CallErrorKind::Corrupt { sent, stored }));
            }
            asked.check(&response).map_err(Failure::sent)?;
            Ok(match response.crc64().filter(|_| checks_content) {
                Some(stored) => check_content(response, stored),
                None => response,
            })
        })
    }
}

impl ChecksumSettings {
    fn outgoing(&self, signed: Signed, body: WireBody) -> Outgoing {
        let Signed { attempt: Attempt { request, .. }, mut head } = signed;
        let sends_length = !request.body.is_empty() || matches!(head.method, Method::PUT | Method::POST);
        if let Some(len) = request.body.len().filter(|_| sends_length) {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
        }
        Outgoing { operation: request.facts(), options: request.options, http: http::Request::from_parts(head, body) }
    }
}

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

/// Whether the response is the object as the server has it: not a range, not processed, not compressed for the way.
fn is_whole_content(request: &Request) -> bool {
    request.operation.crc64 == Crc64Scope::WholeContent
        && !request.headers.contains_key(RANGE)
        && !request.headers.contains_key(ACCEPT_ENCODING)
        && request.query_value("x-oss-process").is_none()
}

fn check_content(mut response: Response, stored: Crc64) -> Response {
    if let ResponseBody::Stream(body) = response.body {
        response.body = ResponseBody::Stream(Box::pin(CheckedBody { body, digest: Crc64Digest::new(), stored }));
    }
    response
}
