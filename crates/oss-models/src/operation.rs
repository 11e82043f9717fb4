use http::StatusCode;

use crate::{CallErrorKind, InvalidRequest, Request, Response};

/// One operation of the OSS API: what is requested, and what the response holds.
///
/// An operation that this crate does not have can be stated outside it, and runs through [`call`](crate::call) and the
/// facade's client like all others:
///
/// ```
/// use http::Method;
/// use oss_models::xml::{Document, MAX_DOCUMENT};
/// use oss_models::{
///     BucketName, CallErrorKind, Idempotency, InvalidRequest, Operation, OperationInfo, Request, Response, ResponseShape,
/// };
///
/// /// GetBucketReferer: returns which pages may link to a bucket.
/// struct GetBucketReferer {
///     bucket: String,
/// }
///
/// impl Operation for GetBucketReferer {
///     type Output = Vec<String>;
///
///     const INFO: &'static OperationInfo = &OperationInfo::new(
///         "GetBucketReferer",
///         Idempotency::Idempotent,
///         ResponseShape::Xml("RefererConfiguration"),
///     );
///
///     fn into_request(self) -> Result<Request, InvalidRequest> {
///         let mut request = Request::new(Self::INFO, Method::GET);
///         request.bucket = Some(BucketName::new(self.bucket)?);
///         request.query.push(("referer".to_owned(), String::new()));
///         Ok(request)
///     }
///
///     fn read(response: Response) -> Result<Vec<String>, CallErrorKind> {
///         let body = response.checked_bytes(Self::INFO)?;
///         let document = Document::parse(&body, MAX_DOCUMENT).map_err(|error| CallErrorKind::InvalidResponse {
///             status: response.status,
///             reason: error.to_string(),
///         })?;
///         Ok(document.root().all("RefererList/Referer").map(|referer| referer.text().to_owned()).collect())
///     }
/// }
/// ```
pub trait Operation: Sized {
    /// What a successful response holds.
    type Output;

    /// Facts about the operation that hold for every request of it.
    const INFO: &'static OperationInfo;

    /// Checks the fields and writes the request.
    ///
    /// # Errors
    /// [`InvalidRequest`] names the field and the rule; nothing is sent.
    fn into_request(self) -> Result<Request, InvalidRequest>;

    /// Reads a successful response.
    ///
    /// # Errors
    /// [`CallErrorKind::InvalidResponse`] if the response is not what this operation gives.
    fn read(response: Response) -> Result<Self::Output, CallErrorKind>;
}

/// Facts about an operation that hold for every request of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Name in the OSS API reference, such as `PutObject`.
    pub name: &'static str,
    /// Whether a repetition is safe when the outcome of an attempt is unknown.
    pub idempotency: Idempotency,
    /// What a successful response carries.
    pub response: ResponseShape,
    /// Whether the request may carry an upload callback, whose response then takes the place of the usual one.
    pub takes_callback: bool,
    /// Headers or XML elements without which a successful response is useless, such as the `ETag` of a part.
    pub needs: &'static [&'static str],
    /// What the CRC64 in a successful response is of, and so what it is compared with. Default [`Crc64Scope::None`].
    pub crc64: Crc64Scope,
    /// Whether the OSS reference lists `x-oss-traffic-limit` among the headers of the request. Default no.
    pub takes_traffic_limit: bool,
    /// Whether the service may take as long as the object is large before it responds, so that the transport waits longer
    /// (its `complete_timeout`). Default no.
    pub responds_slowly: bool,
    /// Whether `If-Match` and `Range` of the request pin the content of the response, so that the `ETag` and `Content-Range`
    /// of the response must agree with them. Default no.
    pub pins_content: bool,
}

impl OperationInfo {
    /// Facts about an operation named `name`.
    pub const fn new(name: &'static str, idempotency: Idempotency, response: ResponseShape) -> Self {
        Self {
            name,
            idempotency,
            response,
            takes_callback: false,
            needs: &[],
            crc64: Crc64Scope::None,
            takes_traffic_limit: false,
            responds_slowly: false,
            pins_content: false,
        }
    }

    /// An operation whose request may carry an upload callback.
    #[must_use]
    pub const fn with_callback(mut self) -> Self {
        self.takes_callback = true;
        self
    }

    /// An operation whose successful response must have these headers or XML elements.
    #[must_use]
    pub const fn with_needs(mut self, names: &'static [&'static str]) -> Self {
        self.needs = names;
        self
    }

    /// An operation whose successful response carries a CRC64 that can be compared with the bytes of this one request.
    #[must_use]
    pub const fn with_crc64(mut self, scope: Crc64Scope) -> Self {
        self.crc64 = scope;
        self
    }

    /// An operation that takes `x-oss-traffic-limit`.
    #[must_use]
    pub const fn with_traffic_limit(mut self) -> Self {
        self.takes_traffic_limit = true;
        self
    }

    /// An operation whose response may take as long as the object is large.
    #[must_use]
    pub const fn with_slow_response(mut self) -> Self {
        self.responds_slowly = true;
        self
    }

    /// An operation whose response is content that `If-Match` and `Range` pin.
    #[must_use]
    pub const fn with_pinned_content(mut self) -> Self {
        self.pins_content = true;
        self
    }

    /// Whether a response with this status is a success, as far as the status tells: 2xx. Where an upload callback is
    /// possible, 203 is none: it says that the object is stored and its callback failed. Whether this very request asked
    /// for a callback, [`Request::facts`] tells.
    pub fn is_success(&self, status: StatusCode) -> bool {
        let callback_failed = self.takes_callback && status == StatusCode::NON_AUTHORITATIVE_INFORMATION;
        status.is_success() && !callback_failed
    }
}

/// Whether a request may be sent again when it is unknown whether the last attempt took effect.
///
/// An attempt that was certainly not sent may always be repeated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Idempotency {
    /// Repeating does no harm. The error of a repetition may still be the echo of an earlier success
    /// (see [`CallError::outcome_unknown`](crate::CallError::outcome_unknown)).
    Idempotent,
    /// A repetition could take effect twice (append).
    NotIdempotent,
}

/// What the CRC64 in a successful response (`x-oss-hash-crc64ecma`) is of, so that the transport knows what to compare it
/// with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Crc64Scope {
    /// Of nothing that the bytes of this one request could prove: there is none, it is about an object that only the server
    /// has, or it is the fold over all parts.
    #[default]
    None,
    /// Of the body of the request.
    SentBody,
    /// Of the whole object once the body is appended to it. Compared if
    /// [`Request::crc64_before`](crate::Request::crc64_before) is known.
    Appended,
    /// Of the whole object, whose content is the response. Compared if the response is all of it, as stored: no range, no
    /// processing, no content encoding for the transfer.
    WholeContent,
}

/// What a successful response carries, so that the transport knows how much of it to read and what to expect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResponseShape {
    /// Headers only; a body is read (bounded) and kept, since an upload callback's response arrives there.
    Headers,
    /// An XML document with this root element. With a callback, the callback's response instead.
    Xml(&'static str),
    /// An XML document or nothing at all.
    XmlOrEmpty(&'static str),
    /// The content of an object; handed on as a stream.
    Content,
}
