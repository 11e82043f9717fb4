use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::wire::WireText;
use crate::{
    Body, BucketName, CallOptions, Crc64, InvalidRequest, Metadata, ObjectKey, OperationInfo, Request, content_type_of,
    limits, percent,
};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Headers that the transport and the signature write.
const RESERVED_HEADERS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "date",
    "host",
    "transfer-encoding",
    "x-oss-content-sha256",
    "x-oss-date",
    "x-oss-security-token",
];

/// Headers that may hold a token of the caller's.
const SECRET_HEADERS: &[&str] = &["x-oss-callback", "x-oss-callback-var"];

/// Query parameters that a signature in the URL is made of.
const RESERVED_QUERY: &[&str] = &[
    "Expires",
    "OSSAccessKeyId",
    "Signature",
    "security-token",
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
];

/// A request being written. Each method is a place where a field may go, and is told the field's name for errors.
pub(crate) struct Draft(Request);

/// A field that writes the body, and whatever else goes with it.
pub(crate) trait Payload {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest>;
}

impl Draft {
    /// A request with the query parameters that make the operation what it is, written `name` or `name=value`.
    pub(crate) fn new(operation: &'static OperationInfo, method: Method, query: &[&str]) -> Self {
        let mut request = Request::new(operation, method);
        for parameter in query {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            request.query.push((name.to_owned(), value.to_owned()));
        }
        Self(request)
    }

    pub(crate) fn finish(self, options: &CallOptions) -> Request {
        Request { options: options.clone(), ..self.0 }
    }

    pub(crate) fn bucket(&mut self, _: &'static str, name: &str) -> Result<(), InvalidRequest> {
        self.0.bucket = Some(BucketName::new(name)?);
        Ok(())
    }

    pub(crate) fn key(&mut self, _: &'static str, key: &str) -> Result<(), InvalidRequest> {
        self.0.key = Some(ObjectKey::new(key)?);
        Ok(())
    }

    pub(crate) fn query<T: WireText>(
        &mut self,
        field: &'static str,
        name: &str,
        value: &T,
    ) -> Result<(), InvalidRequest> {
        self.put_query(field, name, &checked(field, value)?)
    }

    pub(crate) fn header<T: WireText>(
        &mut self,
        field: &'static str,
        name: &str,
        value: &T,
    ) -> Result<(), InvalidRequest> {
        self.put_header(field, name, &checked(field, value)?)
    }

    /// A header that may hold a token of the caller's, so that no `Debug` shows it.
    pub(crate) fn secret_header<T: WireText>(
        &mut self,
        field: &'static str,
        name: &'static str,
        value: &T,
    ) -> Result<(), InvalidRequest> {
        self.header(field, name, value)?;
        if let Some(value) = self.0.headers.get_mut(name) {
            value.set_sensitive(true);
        }
        Ok(())
    }

    /// A header with any text, percent-encoded like a path.
    pub(crate) fn encoded_header(&mut self, field: &'static str, name: &str, text: &str) -> Result<(), InvalidRequest> {
        self.put_header(field, name, &percent::encode_path(text))
    }

    pub(crate) fn metadata(
        &mut self,
        field: &'static str,
        prefix: &str,
        metadata: &Metadata,
    ) -> Result<(), InvalidRequest> {
        metadata.check().map_err(|reason| InvalidRequest::new(field, reason))?;
        metadata.iter().try_for_each(|(name, value)| self.put_header(field, &format!("{prefix}{name}"), value))
    }

    /// Number of entries on a page, 1 to 1,000.
    pub(crate) fn page_size(&mut self, field: &'static str, name: &str, count: &u16) -> Result<(), InvalidRequest> {
        in_range(field, *count, &limits::PAGE_SIZE)?;
        self.query(field, name, count)
    }

    /// Bits per second.
    pub(crate) fn traffic_limit(&mut self, field: &'static str, name: &str, limit: &u64) -> Result<(), InvalidRequest> {
        in_range(field, *limit, &limits::TRAFFIC_LIMIT)?;
        self.header(field, name, limit)
    }

    /// The caller's own digest of the body.
    pub(crate) fn content_md5(&mut self, field: &'static str, digest: &str) -> Result<(), InvalidRequest> {
        if BASE64_STANDARD.decode(digest).is_ok_and(|digest| digest.len() == 16) {
            self.0.digest_from_caller = true;
            self.put_header(field, CONTENT_MD5.as_str(), digest)
        } else {
            Err(InvalidRequest::new(field, "must be the base64 of 16 bytes"))
        }
    }

    /// CRC64 of what is there before the body is added; stays here.
    pub(crate) fn crc64_before(&mut self, _: &'static str, crc64: &Crc64) -> Result<(), InvalidRequest> {
        self.0.crc64_before = Some(*crc64);
        Ok(())
    }

    /// Where the body is appended. At position 0 there is nothing before it, so its CRC64 is known.
    pub(crate) fn append_position(
        &mut self,
        field: &'static str,
        name: &str,
        position: &u64,
    ) -> Result<(), InvalidRequest> {
        self.0.crc64_before = (*position == 0).then_some(Crc64::EMPTY);
        self.query(field, name, position)
    }

    pub(crate) fn body(&mut self, _: &'static str, body: &Body) -> Result<(), InvalidRequest> {
        self.0.body = body.clone();
        Ok(())
    }

    pub(crate) fn payload(&mut self, field: &'static str, payload: &impl Payload) -> Result<(), InvalidRequest> {
        payload.write(field, self)
    }

    /// A small document that we built, with its digest.
    pub(crate) fn xml(&mut self, document: String) {
        let digest = BASE64_STANDARD.encode(*md5::compute(&document));
        self.0.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        if let Ok(digest) = HeaderValue::try_from(digest) {
            self.0.headers.insert(CONTENT_MD5, digest);
        }
        self.0.body = document.into();
    }

    /// The media type by the key's extension, unless one is set.
    pub(crate) fn default_content_type(&mut self) {
        if self.0.headers.contains_key(CONTENT_TYPE) {
            return;
        }
        let by_name = self.0.key.as_ref().and_then(|key| content_type_of(key.as_str()));
        let content_type = HeaderValue::from_static(by_name.unwrap_or("application/octet-stream"));
        self.0.headers.insert(CONTENT_TYPE, content_type);
    }

    /// Headers and query parameters that the caller added by name.
    pub(crate) fn custom(
        &mut self,
        headers: &[(String, String)],
        query: &[(String, String)],
    ) -> Result<(), InvalidRequest> {
        for (name, value) in headers {
            if RESERVED_HEADERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                return Err(InvalidRequest::new("header", format!("{name:?} is written by the library itself")));
            }
            if name.eq_ignore_ascii_case(CONTENT_MD5.as_str()) {
                // By name as by its setter.
                self.content_md5("content_md5", value)?;
                continue;
            }
            self.put_header("header", name, value)?;
            if SECRET_HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(name))
                && let Some(value) = self.0.headers.get_mut(name)
            {
                value.set_sensitive(true);
            }
        }
        for (name, value) in query {
            if name.is_empty() || RESERVED_QUERY.contains(&name.as_str()) {
                return Err(InvalidRequest::new("query", format!("{name:?} is written by the library itself")));
            }
            self.put_query("query", name, value)?;
        }
        Ok(())
    }

    fn put_query(&mut self, field: &'static str, name: &str, value: &str) -> Result<(), InvalidRequest> {
        if self.0.query_value(name).is_some() {
            return Err(InvalidRequest::new(
                field,
                format!("cannot be sent: the query parameter {name:?} is set twice"),
            ));
        }
        self.0.query.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    // The value stays out of the error: it may be a secret of the caller's.
    fn put_header(&mut self, field: &'static str, name: &str, value: &str) -> Result<(), InvalidRequest> {
        let refuse =
            |reason: &str| Err(InvalidRequest::new(field, format!("cannot be sent: the header {name:?} {reason}")));
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            return refuse("is not a header name");
        };
        if value.trim_ascii() != value {
            return refuse("begins or ends with white space, which would be lost");
        }
        // `HeaderValue` alone would let bytes outside ASCII pass, which each proxy reads in its own way.
        let visible = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let Some(value) = HeaderValue::from_str(value).ok().filter(|_| visible) else {
            // RFC 6266 has a form of its own for names of files.
            return refuse(match name.eq_ignore_ascii_case("content-disposition") {
                true => "has a character other than visible ASCII and space; write the name as filename*=UTF-8''...",
                false => "has a character other than visible ASCII and space; percent-encode it",
            });
        };
        if self.0.headers.insert(header, value).is_some() {
            return refuse("is set twice");
        }
        Ok(())
    }
}

/// The text of a value that keeps its rule.
fn checked<'a, T: WireText>(field: &'static str, value: &'a T) -> Result<Cow<'a, str>, InvalidRequest> {
    value.check().map_err(|reason| InvalidRequest::new(field, reason))?;
    Ok(value.to_wire())
}

fn in_range<T: PartialOrd + Display>(
    field: &'static str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<(), InvalidRequest> {
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(InvalidRequest::new(
            field,
            format!("must be between {} and {}, got {value}", allowed.start(), allowed.end()),
        ))
    }
}
