//! One attempt at a call, in the four states that the layers below retry bring it into, and its failure.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use oss_auth::Credentials;
use oss_models::{CallErrorKind, CallOptions, OperationInfo, Request, RetryClass};

use crate::call::CallRecord;
use crate::wire_body::WireBody;

/// One attempt at a call: what a retry layer hands down, before anything is added to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The request, which all attempts share. A layer may change it for this one, by [`Arc::make_mut`].
    pub request: Arc<Request>,
    number: u32,
    record: Arc<CallRecord>,
}

impl Attempt {
    pub(crate) fn new(request: Arc<Request>, number: u32, record: Arc<CallRecord>) -> Self {
        Self { request, number, record }
    }

    /// Number of the attempt in its call, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// An attempt with the credentials that it will be signed with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnsignedAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// The credentials; `None` for an anonymous request, which is not signed.
    pub credentials: Option<Credentials>,
}

impl UnsignedAttempt {
    /// An attempt with its credentials.
    pub fn new(attempt: Attempt, credentials: Option<Credentials>) -> Self {
        Self { attempt, credentials }
    }
}

/// An attempt that has an address and a signature, and no body yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// Method, URI and headers, signature included.
    pub head: http::request::Parts,
}

impl SignedAttempt {
    /// An attempt with the head of its HTTP request.
    pub fn new(attempt: Attempt, head: http::request::Parts) -> Self {
        Self { attempt, head }
    }
}

/// An attempt as an HTTP request, with what the layers below need to know about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct HttpAttempt {
    /// The request as it is sent.
    pub http: http::Request<WireBody>,
    /// Facts about the operation, as they are for this request ([`Request::facts`]).
    pub operation: OperationInfo,
    /// How the call is to be carried out.
    pub options: CallOptions,
}

impl HttpAttempt {
    /// An attempt with its body, whose length goes into `Content-Length` where it is known.
    pub fn new(signed: SignedAttempt, body: WireBody) -> Self {
        let SignedAttempt { attempt, mut head } = signed;
        attempt.record.watch(body.progress().clone());
        let request = attempt.request;
        let sends_length = !request.body.is_empty() || matches!(head.method, Method::PUT | Method::POST);
        if let Some(len) = body.expected_len().filter(|_| sends_length) {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
        }
        Self {
            operation: request.facts(),
            options: request.options.clone(),
            http: http::Request::from_parts(head, body),
        }
    }
}

/// An attempt that failed. The retry layer decides whether another one follows, and makes the error of the call of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct AttemptError {
    /// Why it failed.
    pub kind: CallErrorKind,
    /// Whether the server may have seen the request.
    pub is_sent: bool,
    /// Whether a pooled connection turned out to be closed: no byte of a response came.
    pub is_stale: bool,
    /// Whether a layer has removed the cause (corrected the clock, discarded expired credentials), so that the next
    /// attempt is worth making at once.
    pub is_repaired: bool,
}

impl AttemptError {
    /// A failure before anything was sent.
    pub fn unsent(kind: CallErrorKind) -> Self {
        Self { kind, is_sent: false, is_stale: false, is_repaired: false }
    }

    /// A failure after the request was sent, at least in part.
    pub fn sent(kind: CallErrorKind) -> Self {
        Self { kind, is_sent: true, is_stale: false, is_repaired: false }
    }

    /// The server's error code, if it is a refusal by the server.
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            CallErrorKind::Service(error) => Some(&error.code),
            _ => None,
        }
    }

    /// What makes another attempt worth while: [`CallErrorKind::retry_class`], but where a layer has removed the cause of a
    /// refusal that is final otherwise (a temporary key that the service does not know) the next one has other credentials.
    pub fn retry_class(&self) -> RetryClass {
        match self.kind.retry_class() {
            RetryClass::Never if self.is_repaired => RetryClass::RefreshCredentials,
            class => class,
        }
    }

    /// Whether the attempt may have taken effect all the same: it was sent, and no definite refusal came back.
    pub fn may_have_taken_effect(&self) -> bool {
        let is_refused = match &self.kind {
            CallErrorKind::Service(error) => {
                let is_final = error.status.is_client_error() || error.status.is_redirection();
                // A quota is looked at before anything is done.
                is_final || error.retry_class() == RetryClass::Throttled
            }
            // The announced body never arrived in full, so there was nothing to take effect.
            CallErrorKind::Body(_) => true,
            _ => false,
        };
        self.is_sent && !is_refused
    }

    /// Whether the server responded, so that nothing of the attempt is still on its way.
    pub(crate) fn has_response(&self) -> bool {
        matches!(&self.kind, CallErrorKind::Service(_) | CallErrorKind::InvalidResponse { .. })
    }
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

impl Error for AttemptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The kind's text is ours, so the chain continues with its cause.
        self.kind.source()
    }
}
