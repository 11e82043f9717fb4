use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{CONTENT_TYPE, DATE, ETAG};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::quote::{OneLine, brief, quote};
use crate::response::read::looks_like_markup;
use crate::xml::Document;
use crate::{Crc64, Etag, http_date};

/// A refusal by the server, as its error document and headers state it.
///
/// `Display` gives one line, whatever the server wrote; the fields have its words as they are.
///
/// `Debug` shows the names of details and headers, not their values: when a signature does not match, the server quotes
/// the signature and the text that was signed, security token included.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServiceError {
    /// HTTP status.
    pub status: StatusCode,
    /// Code such as `NoSuchBucket`; `BadErrorResponse` if the response had none.
    pub code: String,
    /// Prose of the server.
    pub message: String,
    /// Id of the request; empty if the server gave none.
    pub request_id: String,
    /// Fine-grained code such as `0015-00000101`; empty if the server gave none.
    pub ec: String,
    /// Host of the response, as the document says.
    pub host_id: String,
    /// Time of the server, from the `Date` header.
    pub server_time: Option<SystemTime>,
    /// Other elements of the document, by name.
    pub details: Vec<(String, String)>,
    /// Headers of the response.
    pub headers: HeaderMap,
}

impl ServiceError {
    /// A refusal with a code and nothing else.
    pub fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: String::new(),
            request_id: String::new(),
            ec: String::new(),
            host_id: String::new(),
            server_time: None,
            details: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Another element of the error document, such as `UploadId`.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), OneLine(&self.code))?;
        if !self.message.is_empty() {
            write!(f, ": {}", OneLine(&self.message))?;
        }
        let facts = [("request id", &self.request_id), ("EC", &self.ec)];
        let given = facts.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n} {}", OneLine(v)));
        let given: Vec<_> = given.collect();
        if !given.is_empty() {
            write!(f, " [{}]", given.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("ec", &self.ec)
            .field("host_id", &self.host_id)
            .field("server_time", &self.server_time)
            .field("details", &self.details.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl std::error::Error for ServiceError {}

impl ServiceError {
    /// Most bytes of an error document that are looked at: 64 KiB.
    pub const MAX_DOCUMENT: usize = 64 << 10;

    /// Reads a refusal. Never fails: what cannot be read becomes the code `BadErrorResponse` with a short quotation.
    ///
    /// An empty body is replaced by the document in `x-oss-err` (how OSS refuses a HEAD); 304, which has neither, becomes
    /// `NotModified`, and 203 is always `CallbackFailed`.
    pub fn parse(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut error = Self::new(status, "");
        error.server_time = headers.get(DATE).and_then(|date| http_date::parse(date.to_str().ok()?));
        error.headers = headers.clone();

        let document = match body.trim_ascii().is_empty() {
            true => Cow::Owned(BASE64_STANDARD.decode(header("x-oss-err")).unwrap_or_default()),
            false => Cow::Borrowed(body),
        };
        let json = header(CONTENT_TYPE.as_str()).starts_with("application/json") && !looks_like_markup(&document);
        let read = if json { error.read_json(&document) } else { error.read_xml(&document) };

        if error.code.is_empty() {
            let (code, message) = match (status, read) {
                (StatusCode::NOT_MODIFIED, _) => ("NotModified", String::new()),
                (StatusCode::NON_AUTHORITATIVE_INFORMATION, _) => ("CallbackFailed", quote(&document)),
                (_, Ok(())) => ("BadErrorResponse", format!("an error document without a code: {}", quote(&document))),
                (_, Err(_)) if document.is_empty() => ("BadErrorResponse", "no error document".to_owned()),
                (_, Err(reason)) => ("BadErrorResponse", format!("{reason}: {}", quote(&document))),
            };
            error.code = code.to_owned();
            error.message = message;
        }
        if error.request_id.is_empty() {
            error.request_id = header("x-oss-request-id").to_owned();
        }
        if error.ec.is_empty() {
            error.ec = header("x-oss-ec").to_owned();
        }
        error
    }

    /// Whether the object was stored, and only the upload callback failed (status 203).
    pub fn is_callback_failure(&self) -> bool {
        self.status == StatusCode::NON_AUTHORITATIVE_INFORMATION
    }

    /// The object that was stored all the same, if only the upload callback failed.
    pub fn stored_object(&self) -> Option<StoredObject> {
        let header = |name: &str| self.headers.get(name)?.to_str().ok();
        self.is_callback_failure().then(|| StoredObject {
            etag: header(ETAG.as_str()).and_then(|etag| Etag::new(etag).ok()),
            hash_crc64: header("x-oss-hash-crc64ecma").and_then(|crc| crc.parse().ok()),
            version_id: header("x-oss-version-id").map(ToOwned::to_owned),
        })
    }

    fn read_xml(&mut self, document: &[u8]) -> Result<(), String> {
        let document = Document::parse(document, Self::MAX_DOCUMENT).map_err(|error| error.to_string())?;
        let root = document.root();
        if root.name() != "Error" {
            return Err(format!("<{}> where <Error> was expected", brief(root.name())));
        }
        for element in root.children() {
            self.take(element.name(), element.text());
        }
        Ok(())
    }

    /// `{"Error": {"Code": …}}`, or `{"message": …}` with the code in `x-oss-error-type`.
    fn read_json(&mut self, document: &[u8]) -> Result<(), String> {
        if document.len() > Self::MAX_DOCUMENT {
            return Err(format!("longer than {} bytes", Self::MAX_DOCUMENT));
        }
        let json: Value = serde_json::from_slice(document).map_err(|error| format!("not JSON ({error})"))?;
        if let Some(Value::Object(members)) = json.get("Error") {
            for (name, value) in members {
                self.take(name, value.as_str().unwrap_or_default());
            }
        }
        if let Some(kind) = self.headers.get("x-oss-error-type").and_then(|kind| kind.to_str().ok()) {
            self.code = kind.to_owned();
            self.message = json.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        }
        Ok(())
    }

    fn take(&mut self, name: &str, text: &str) {
        let field = match name {
            "Code" => &mut self.code,
            "Message" => &mut self.message,
            "RequestId" => &mut self.request_id,
            "EC" => &mut self.ec,
            "HostId" => &mut self.host_id,
            _ => return self.details.push((name.to_owned(), text.to_owned())),
        };
        text.trim().clone_into(field);
    }
}

/// What is known of an object that was stored although its upload is an error: the callback failed, or the content is not
/// what was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoredObject {
    /// Entity tag of the object.
    pub etag: Option<Etag>,
    /// CRC64 of the whole object.
    pub hash_crc64: Option<Crc64>,
    /// Version, in a bucket with versioning.
    pub version_id: Option<String>,
}

impl StoredObject {
    /// An object of which this is known.
    pub fn new(etag: Option<Etag>, hash_crc64: Option<Crc64>, version_id: Option<String>) -> Self {
        Self { etag, hash_crc64, version_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn check(status: u16, pairs: &[(&'static str, &str)], body: &str, expected: Expect) -> ServiceError {
        let error = ServiceError::parse(StatusCode::from_u16(status).unwrap(), &headers(pairs), body.as_bytes());
        expected.assert_eq(&error.to_string());
        error
    }

    #[test]
    fn a_document_is_read_whole_and_unknown_elements_are_kept() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message><RequestId>R</RequestId>\
                    <HostId>h</HostId><Key>a</Key><EC>0026-00000001</EC></Error>";
        let date = [("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
        let error = check(404, &date, body, expect!["404 NoSuchKey: gone [request id R, EC 0026-00000001]"]);
        assert_eq!((error.detail("Key"), error.host_id.as_str()), (Some("a"), "h"));
        assert_eq!(error.server_time.map(http_date::format).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }

    #[test]
    fn the_response_to_head_carries_the_document_in_a_header() {
        let document = BASE64_STANDARD.encode("<Error><Code>NoSuchKey</Code></Error>");
        let pairs = [("x-oss-err", document.as_str()), ("x-oss-request-id", "R"), ("x-oss-ec", "E")];
        check(404, &pairs, "", expect!["404 NoSuchKey [request id R, EC E]"]);
        check(404, &[("x-oss-err", "!")], "", expect!["404 BadErrorResponse: no error document"]);
        check(304, &[], "", expect!["304 NotModified"]);
    }

    #[test]
    fn what_is_not_an_error_document_is_quoted_briefly() {
        check(
            502,
            &[],
            "<html>Bad\ngateway</html>",
            expect![[r#"502 BadErrorResponse: <html> where <Error> was expected: "<html>Bad\ngateway</html>""#]],
        );
        check(
            400,
            &[],
            "<Error><Message>m</Message></Error>",
            expect![[
                r#"400 BadErrorResponse: an error document without a code: "<Error><Message>m</Message></Error>""#
            ]],
        );
        let binary = ServiceError::parse(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &[0xff; 100_000]);
        assert_eq!(binary.code, "BadErrorResponse");
        assert!(binary.message.len() < 1_100, "{}", binary.message.len());
    }

    #[test]
    fn what_a_server_wrote_cannot_command_a_terminal() {
        let body = "<Error><Code>a\u{1b}[2J</Code><Message>m\nn</Message><RequestId>r&#13;s</RequestId></Error>";
        let error = check(400, &[], body, expect![[r"400 a\u{1b}[2J: m\nn [request id r\rs]"]]);
        assert_eq!(error.message, "m\nn");
    }

    #[test]
    fn json_of_newer_services_is_read_too() {
        let json = ("content-type", "application/json");
        check(
            403,
            &[json],
            r#"{"Error":{"Code":"Denied","Message":"no","EC":"1","X":2}}"#,
            expect!["403 Denied: no [EC 1]"],
        );
        check(400, &[json, ("x-oss-error-type", "Odd")], r#"{"message":"m"}"#, expect!["400 Odd: m"]);
        check(400, &[json], "[]", expect![[r#"400 BadErrorResponse: an error document without a code: "[]""#]]);
    }

    #[test]
    fn a_failed_callback_tells_what_was_stored() {
        let pairs = [("etag", "\"AB\""), ("x-oss-hash-crc64ecma", "7"), ("x-oss-version-id", "v")];
        let error = check(203, &pairs, "<Error><Code>CallbackFailed</Code></Error>", expect!["203 CallbackFailed"]);
        let stored = StoredObject {
            etag: Etag::new("AB").ok(),
            hash_crc64: Some(Crc64::from_u64(7)),
            version_id: Some("v".into()),
        };
        assert_eq!(error.stored_object(), Some(stored));
        check(203, &[], "oops", expect![[r#"203 CallbackFailed: "oops""#]]);
        assert_eq!(ServiceError::new(StatusCode::OK, "X").stored_object(), None);
    }

    /// Rows: R91, R93.
    #[test]
    fn what_the_server_quotes_of_a_signature_is_not_printed() {
        let body =
            "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>x-oss-security-token:canary</StringToSign></Error>";
        let document = BASE64_STANDARD.encode(body);
        let error = check(403, &[("x-oss-err", &document)], "", expect!["403 SignatureDoesNotMatch"]);
        assert_eq!(error.detail("StringToSign"), Some("x-oss-security-token:canary"));
        let debug = format!("{error:?}");
        assert!(!debug.contains("canary") && !debug.contains(&document), "{debug}");
    }

    proptest! {
        #[test]
        fn any_bytes_become_an_error_with_a_code(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            json in any::<bool>(),
            status in 100_u16..600,
        ) {
            let pairs = if json { headers(&[("content-type", "application/json")]) } else { HeaderMap::new() };
            let error = ServiceError::parse(StatusCode::from_u16(status).unwrap(), &pairs, &body);
            prop_assert!(!error.code.is_empty());
        }
    }
}
