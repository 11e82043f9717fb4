//! Address and signature, anew for each attempt.

use std::task::{Context, Poll};
use std::time::SystemTime;

use http::header::{HOST, USER_AGENT};
use http::{HeaderName, HeaderValue};
use oss_auth::{Credentials, Signer, SigningRequest};
use oss_models::{CallErrorKind, InvalidRequest, Request, Response, RetryClass, ServiceError};
use tower_service::Service;

use crate::call::{Attempt, BoxFuture, Failure};
use crate::checksum::Signed;
use crate::clock::Clock;
use crate::endpoint::Endpoint;

/// Gives each attempt its address, its date and its signature; sets the clock when the server says it is wrong.
///
/// Below retry: a second attempt gets a fresh date. Below credentials, which it signs with.
#[derive(Clone)]
pub(crate) struct Sign<S> {
    pub(crate) inner: S,
    pub(crate) settings: SignSettings,
}

#[derive(Clone)]
pub(crate) struct SignSettings {
    pub(crate) endpoint: Endpoint,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) correct_clock_skew: bool,
    pub(crate) user_agent: HeaderValue,
    /// `x-oss-traffic-limit` in bit/s, for the operations that have it.
    pub(crate) traffic_limit: Option<u64>,
}

/// An attempt and who makes it; `None` is nobody, that is, an anonymous request.
#[derive(Debug)]
pub(crate) struct Identified {
    pub(crate) attempt: Attempt,
    pub(crate) credentials: Option<Credentials>,
}

const X_OSS_TRAFFIC_LIMIT: HeaderName = HeaderName::from_static("x-oss-traffic-limit");

impl<S> Service<Identified> for Sign<S>
where
    S: Service<Signed, Response = Response, Error = Failure>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response, Failure>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, identified: Identified) -> Self::Future {
        let Identified { attempt, credentials } = identified;
        let head = match self.settings.head(&attempt.request, credentials.as_ref()) {
            Ok(head) => head,
            Err(kind) => return Box::pin(std::future::ready(Err(Failure::unsent(kind)))),
        };
        let clock = self.settings.correct_clock_skew.then(|| self.settings.clock.clone());
        let answered = self.inner.call(Signed { attempt, head });
        Box::pin(async move {
            answered.await.map_err(|mut failure| {
                if let (Some(clock), CallErrorKind::Service(error)) = (clock, &failure.kind) {
                    failure.repaired |= corrects(&clock, error);
                }
                failure
            })
        })
    }
}

impl SignSettings {
    fn head(
        &self,
        request: &Request,
        credentials: Option<&Credentials>,
    ) -> Result<http::request::Parts, CallErrorKind> {
        let bucket = request.bucket.as_ref().map(oss_models::BucketName::as_str);
        let authority = self.endpoint.authority(bucket);
        let pairs = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let to_sign = SigningRequest::new(request.method.clone())
            .bucket(bucket)
            .key(request.key.as_ref().map(oss_models::ObjectKey::as_str))
            .query_pairs(pairs)
            .host(authority.as_str())
            .path_style(self.endpoint.is_path_style());

        let mut headers = request.headers.clone();
        headers.insert(HOST, header_value("host", &authority)?);
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(limit) = self.traffic_limit.filter(|_| has_traffic_limit(request.operation.name)) {
            headers.entry(X_OSS_TRAFFIC_LIMIT).or_insert_with(|| HeaderValue::from(limit));
        }
        if let Some(credentials) = credentials {
            self.signer
                .sign(&to_sign, &mut headers, credentials, self.clock.now())
                .map_err(|error| CallErrorKind::Credentials(error.into()))?;
        }

        let uri = self
            .endpoint
            .uri(&authority, &to_sign.path_and_query())
            .map_err(|error| InvalidRequest::new("query", error.to_string()))?;
        let mut head = http::Request::new(()).into_parts().0;
        head.method = request.method.clone();
        head.uri = uri;
        head.headers = headers;
        Ok(head)
    }
}

fn header_value(field: &'static str, text: &str) -> Result<HeaderValue, InvalidRequest> {
    HeaderValue::from_str(text).map_err(|error| InvalidRequest::new(field, error.to_string()))
}

/// Sets the clock if this is what the refusal is about and the server said what time it is.
fn corrects(clock: &Clock, error: &ServiceError) -> bool {
    if error.retry_class() != RetryClass::ClockSkew {
        return false;
    }
    let stated = || {
        error.detail("ServerTime").and_then(oss_auth::time::UtcTime::parse_rfc3339).map(|time| time.to_system_time())
    };
    let server_time = error.server_time.or_else(stated);
    server_time.is_some_and(|server| clock.correct(server, SystemTime::now()))
}

/// Operations whose reference lists `x-oss-traffic-limit`.
fn has_traffic_limit(operation: &str) -> bool {
    matches!(operation, "PutObject" | "AppendObject" | "CopyObject" | "UploadPart" | "UploadPartCopy" | "GetObject")
}
