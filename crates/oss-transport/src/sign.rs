//! Address and signature, anew for each attempt.

use std::task::{Context, Poll};
use std::time::SystemTime;

use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use oss_auth::{Credentials, Signer, SigningRequest};
use oss_models::{BucketName, CallErrorKind, InvalidRequest, ObjectKey, Request, Response, RetryClass, ServiceError};
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
        // Cheap: the body is shared and headers are few.
        let (request, signed, settings) = (attempt.request.clone(), head.headers.clone(), self.settings.clone());
        let answered = self.inner.call(Signed { attempt, head });
        Box::pin(async move {
            answered.await.map_err(|mut failure| {
                if let CallErrorKind::Service(error) = &mut failure.kind {
                    failure.repaired |= settings.correct_clock_skew && corrects(&settings.clock, error);
                    settings.explain_mismatch(error, &request, &signed);
                }
                failure
            })
        })
    }
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
    ) -> Result<http::request::Parts, CallErrorKind> {
        let authority = self.authority(request);
        let to_sign = self.to_sign(request, &authority);

        let mut headers = request.headers.clone();
        headers.insert(HOST, header_value("host", &authority)?);
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(limit) = self.traffic_limit.filter(|_| request.operation.takes_traffic_limit) {
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

impl SignSettings {
    /// Puts our string to sign beside the server's, which its error document has.
    fn explain_mismatch(&self, error: &mut ServiceError, request: &Request, signed: &HeaderMap) {
        if error.code == "SignatureDoesNotMatch" {
            let authority = self.authority(request);
            let ours = self.signer.string_to_sign(&self.to_sign(request, &authority), signed);
            error.details.extend(ours.map(|text| (CLIENT_STRING_TO_SIGN.to_owned(), text)));
        }
    }
}

/// Name of the detail with which a `SignatureDoesNotMatch` tells what was signed here; the server's is `StringToSign`.
const CLIENT_STRING_TO_SIGN: &str = "ClientStringToSign";

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
