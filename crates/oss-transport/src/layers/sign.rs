//! Address and signature, new for each attempt.

mod skew;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use http::header::{HOST, USER_AGENT};
use http::{HeaderName, HeaderValue};
use oss_auth::{Credentials, Signer, SigningRequest};
use oss_models::{BucketName, CallErrorKind, InvalidRequest, ObjectKey, Request, Response, RetryClass, ServiceError};
use tower_layer::Layer;
use tower_service::Service;

use self::skew::SkewedClock;
use super::AttemptService;
use crate::attempt::{AttemptError, SignedAttempt, UnsignedAttempt};
use crate::call::BoxFuture;
use crate::clock::Clock;
use crate::endpoint::Endpoint;

/// Gives each attempt its address, its date and its signature; corrects the clock when the server says it is wrong.
///
/// Below retry: a second attempt gets a fresh date. Below credentials, which it signs with.
///
/// Services that one layer makes share the correction.
#[derive(Clone)]
pub struct SignLayer {
    settings: Arc<SignSettings>,
    clock: SkewedClock,
    correct_clock_skew: bool,
}

impl SignLayer {
    /// Requests go to `endpoint`, signed by `signer`.
    pub fn new(endpoint: Endpoint, signer: Signer) -> Self {
        let user_agent = HeaderValue::from_static(concat!("ossup/", env!("CARGO_PKG_VERSION")));
        let settings = SignSettings { endpoint, signer, user_agent, traffic_limit: None };
        Self::of_settings(settings, Clock::default())
    }

    pub(crate) fn of_settings(settings: SignSettings, clock: Clock) -> Self {
        Self { settings: Arc::new(settings), clock: SkewedClock::new(clock), correct_clock_skew: true }
    }

    /// Sets whether to sign with the server's time after it found ours wrong (`RequestTimeTooSkewed`). Default yes.
    #[must_use]
    pub fn correct_clock_skew(mut self, correct: bool) -> Self {
        self.correct_clock_skew = correct;
        self
    }

    /// Sets the value of `User-Agent`. Default `ossup/VERSION`.
    #[must_use]
    pub fn user_agent(mut self, value: HeaderValue) -> Self {
        Arc::make_mut(&mut self.settings).user_agent = value;
        self
    }

    /// Sets `x-oss-traffic-limit`, in bit/s, of the operations that take it
    /// ([`OperationInfo::takes_traffic_limit`](oss_models::OperationInfo::takes_traffic_limit)) and have none of their own.
    /// Default none.
    #[must_use]
    pub fn traffic_limit(mut self, bits_per_second: impl Into<Option<u64>>) -> Self {
        Arc::make_mut(&mut self.settings).traffic_limit = bits_per_second.into();
        self
    }
}

impl std::fmt::Debug for SignLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignLayer").field("endpoint", &self.settings.endpoint.to_string()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for SignLayer {
    type Service = Sign<S>;

    fn layer(&self, inner: S) -> Sign<S> {
        Sign { inner, layer: self.clone() }
    }
}

/// The service of [`SignLayer`].
#[derive(Clone, Debug)]
pub struct Sign<S> {
    inner: S,
    layer: SignLayer,
}

const X_OSS_TRAFFIC_LIMIT: HeaderName = HeaderName::from_static("x-oss-traffic-limit");

impl<S: AttemptService<SignedAttempt>> Service<UnsignedAttempt> for Sign<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Response, AttemptError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, unsigned: UnsignedAttempt) -> Self::Future {
        let UnsignedAttempt { attempt, credentials } = unsigned;
        let SignLayer { settings, clock, correct_clock_skew } = self.layer.clone();
        let time = clock.now();
        let head = match settings.head(&attempt.request, credentials.as_ref(), time) {
            Ok(head) => head,
            Err(kind) => return Box::pin(std::future::ready(Err(AttemptError::unsent(kind)))),
        };
        let request = Arc::clone(&attempt.request);
        let response = self.inner.call(SignedAttempt::new(attempt, head));
        Box::pin(async move {
            response.await.map_err(|mut failure| {
                if let CallErrorKind::Service(error) = &mut failure.kind {
                    failure.is_repaired |= correct_clock_skew && corrects(&clock, error);
                    settings.explain_mismatch(error, &request, credentials.as_ref(), time);
                    settings.explain_endpoint(error);
                }
                failure
            })
        })
    }
}

/// What addresses and signatures are made of.
#[derive(Clone)]
pub(crate) struct SignSettings {
    pub(crate) endpoint: Endpoint,
    pub(crate) signer: Signer,
    pub(crate) user_agent: HeaderValue,
    /// `x-oss-traffic-limit` in bit/s, for the operations that have it.
    pub(crate) traffic_limit: Option<u64>,
}

impl SignSettings {
    /// Value of `Host`.
    pub(crate) fn authority(&self, request: &Request) -> String {
        self.endpoint.authority(request.bucket.as_ref().map(BucketName::as_str))
    }

    /// What of a request takes part in its signature, and in its URI.
    pub(crate) fn to_sign<'a>(&self, request: &'a Request, authority: &'a str) -> SigningRequest<'a> {
        let pairs = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        SigningRequest::new(request.method.clone())
            .bucket(request.bucket.as_ref().map(BucketName::as_str))
            .key(request.key.as_ref().map(ObjectKey::as_str))
            .query_pairs(pairs)
            .scheme(self.endpoint.scheme().clone())
            .host(authority)
            .path_style(self.endpoint.is_path_style())
    }

    fn head(
        &self,
        request: &Request,
        credentials: Option<&Credentials>,
        time: SystemTime,
    ) -> Result<http::request::Parts, CallErrorKind> {
        let authority = self.authority(request);
        let to_sign = self.to_sign(request, &authority);

        let mut headers = request.headers.clone();
        // For these and for the signature's, at once. Too many are refused by what follows.
        let _ = headers.try_reserve(8);
        headers.insert(HOST, header_value("host", &authority)?);
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(limit) = self.traffic_limit.filter(|_| request.operation.takes_traffic_limit) {
            headers.entry(X_OSS_TRAFFIC_LIMIT).or_insert_with(|| HeaderValue::from(limit));
        }
        if let Some(credentials) = credentials {
            self.signer
                .sign(&to_sign, &mut headers, credentials, time)
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

    /// Puts our string to sign beside the server's, which its error document has. Signed again for it, since that is rare.
    fn explain_mismatch(
        &self,
        error: &mut ServiceError,
        request: &Request,
        credentials: Option<&Credentials>,
        time: SystemTime,
    ) {
        if error.code == "SignatureDoesNotMatch"
            && let Ok(signed) = self.head(request, credentials, time)
        {
            let authority = self.authority(request);
            let ours = self.signer.string_to_sign(&self.to_sign(request, &authority), &signed.headers);
            error.details.extend(ours.map(|text| (CLIENT_STRING_TO_SIGN.to_owned(), text)));
        }
    }

    /// Says what to change if the bucket is at another endpoint, which the error document names.
    fn explain_endpoint(&self, error: &mut ServiceError) {
        let Some(right) = error.detail("Endpoint").and_then(|host| Endpoint::parse(host).ok()) else { return };
        let (host, own) = (right.host(), self.endpoint.host());
        if host == own {
            return;
        }
        let region = right.region().map(|region| format!(" and the region {region}")).unwrap_or_default();
        let hint = format!("the bucket is not at {own}: set the endpoint {host}{region}");
        error.message = if error.message.is_empty() { hint } else { format!("{} ({hint})", error.message) };
    }
}

/// Name of the detail with which a `SignatureDoesNotMatch` shows what was signed here; the server's is `StringToSign`.
const CLIENT_STRING_TO_SIGN: &str = "ClientStringToSign";

fn header_value(field: &'static str, text: &str) -> Result<HeaderValue, InvalidRequest> {
    HeaderValue::from_str(text).map_err(|error| InvalidRequest::new(field, error.to_string()))
}

/// Corrects the clock if this is what the refusal is about and the server said what time it is.
fn corrects(clock: &SkewedClock, error: &ServiceError) -> bool {
    if error.retry_class() != RetryClass::ClockSkew {
        return false;
    }
    let stated = || {
        error.detail("ServerTime").and_then(oss_auth::time::UtcTime::parse_rfc3339).map(|time| time.to_system_time())
    };
    error.server_time.or_else(stated).is_some_and(|server| clock.correct(server))
}
