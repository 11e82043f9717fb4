//! PostObject: the upload of an HTML form.

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oss_models::ObjectKey;

use super::receive::{Intake, Promised};
use super::{attributes, object};
use crate::body::RequestBody;
use crate::call::{Call, Caller};
use crate::callback::Callback;
use crate::error::{OssError, Outcome, code};
use crate::form::Form;
use crate::request::RequestHead;
use crate::response::OssResponse;
use crate::settings::MAX_PUT;
use crate::store::records::{Acl, BucketRecord};
use crate::verify;
use crate::xml::XmlWriter;

/// All fields before the file together.
const MAX_FIELDS: usize = 1024 * 1024;

/// PostObject.
pub(super) async fn post(call: &Call, body: &mut RequestBody, bucket: &BucketRecord) -> Outcome<OssResponse> {
    let boundary = boundary(&call.head)?;
    body.announce(MAX_PUT + MAX_FIELDS as u64)?;
    let mut parts = Parts { body, boundary: format!("\r\n--{boundary}").into_bytes(), buffer: BytesMut::from("\r\n") };
    let form = fields(&mut parts).await?;
    let bucket_name = call.head.bucket()?;
    let (caller, range) = verify::verify_form(&call.core, &form, bucket_name)?;
    if caller == Caller::Anonymous && bucket.acl != Acl::PublicReadWrite {
        return Err(code::ACCESS_DENIED.into());
    }
    let key = form.field("key").ok_or_else(|| OssError::invalid_argument("key", ""))?.to_owned();
    ObjectKey::new(key.as_str()).map_err(|_| OssError::from(code::INVALID_OBJECT_NAME).with("ObjectName", &key))?;

    // From here on it is a PutObject whose headers are the form's fields.
    let head = as_put(&call.head, &form, key.clone());
    let call = Call { head, caller, ..call.clone() };
    let attributes = attributes::attributes(&call.head, bucket)?;
    let callback = Callback::from_form(&form)?;
    let forbid = attributes::forbid_overwrite(&call.head)?;
    if forbid {
        object::check_overwrite(&call).await?;
    }
    let promised = Promised::from_head(&call.head)?;
    let mut intake = Intake::new(&call.core, promised)?;
    let mut size = 0_u64;
    while let Some(piece) = parts.piece().await? {
        size += piece.len() as u64;
        if size > range.map_or(MAX_PUT, |range| range.max.min(MAX_PUT)) {
            return Err(code::ENTITY_TOO_LARGE.into());
        }
        intake.push(piece.freeze()).await?;
    }
    if range.is_some_and(|range| size < range.min) {
        return Err(code::ENTITY_TOO_SMALL.into());
    }
    // Fields after the file are ignored, but the body is read to its end.
    while parts.body.next().await?.is_some() {}
    let received = intake.finish().await?;
    promised.check(received.md5)?;
    let etag = received.etag();
    let had_callback = callback.is_some();
    let stored = object::store(&call, received, attributes, callback, forbid).await?;
    if had_callback {
        return Ok(stored);
    }
    Ok(shape(&call, &form, &key, &etag, stored))
}

/// The response that the form asked for.
fn shape(call: &Call, form: &Form, key: &str, etag: &str, mut stored: OssResponse) -> OssResponse {
    let bucket = call.head.bucket.as_deref().unwrap_or_default();
    if let Some(redirect) = form.field("success_action_redirect") {
        let separator = if redirect.contains('?') { '&' } else { '?' };
        let encode = oss_auth::encoding::encode;
        let location = format!(
            "{redirect}{separator}bucket={}&key={}&etag={}",
            encode(bucket),
            encode(key),
            encode(&format!("\"{etag}\""))
        );
        stored.status = StatusCode::SEE_OTHER;
        stored.set("location", location);
        return stored;
    }
    match form.field("success_action_status") {
        Some("200") => stored,
        Some("201") => {
            let mut xml = XmlWriter::document();
            xml.open("PostResponse");
            xml.text("Bucket", bucket);
            xml.text(
                "Location",
                &format!("{}/{bucket}/{}", call.core.endpoint(), oss_auth::encoding::encode_path(key)),
            );
            xml.text("Key", key);
            xml.etag(etag);
            xml.close("PostResponse");
            stored.status = StatusCode::CREATED;
            stored.set("content-type", "application/xml");
            stored.body(xml.finish())
        }
        _ => {
            stored.status = StatusCode::NO_CONTENT;
            stored
        }
    }
}

fn as_put(head: &RequestHead, form: &Form, key: String) -> RequestHead {
    let mut headers = HeaderMap::new();
    for (name, value) in form.fields() {
        let name = name.to_ascii_lowercase();
        let wanted = name.starts_with("x-oss-") && !name.starts_with("x-oss-signature")
            || attributes::STORED_HEADERS.contains(&name.as_str())
            || name == "content-md5";
        if let (true, Ok(name), Ok(value)) =
            (wanted, HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.insert(name, value);
        }
    }
    RequestHead { headers, key: Some(key), ..head.clone() }
}

fn boundary(head: &RequestHead) -> Outcome<String> {
    let content_type = head.header("content-type").unwrap_or_default();
    let mut pieces = content_type.split(';');
    let is_form = pieces.next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"));
    let boundary = pieces.find_map(|piece| piece.trim().strip_prefix("boundary=")).map(|text| text.trim_matches('"'));
    match boundary.filter(|text| is_form && (1..=70).contains(&text.len())) {
        Some(boundary) => Ok(boundary.to_owned()),
        None => Err(code::MALFORMED_POST_REQUEST.into()),
    }
}

/// Reads fields until the file begins.
async fn fields(parts: &mut Parts<'_>) -> Outcome<Form> {
    let mut fields = Vec::new();
    let mut total = 0;
    // What stands before the first boundary means nothing.
    while parts.piece().await?.is_some() {}
    loop {
        let Some(head) = parts.head().await? else { return Err(code::INCORRECT_NUMBER_OF_FILES.into()) };
        let disposition =
            head.iter().find_map(|(name, value)| (name == "content-disposition").then_some(value.as_str()));
        let name = disposition.and_then(|value| parameter(value, "name")).ok_or(code::MALFORMED_POST_REQUEST)?;
        if name.eq_ignore_ascii_case("file") {
            let filename = disposition.and_then(|value| parameter(value, "filename")).unwrap_or_default();
            let content_type = head.iter().find_map(|(name, value)| (name == "content-type").then(|| value.clone()));
            return Ok(Form::new(fields, filename, content_type));
        }
        let mut value = Vec::new();
        while let Some(piece) = parts.piece().await? {
            total += piece.len();
            if total > MAX_FIELDS {
                return Err(
                    OssError::from(code::MALFORMED_POST_REQUEST).message("The fields of the form are too long.")
                );
            }
            value.extend_from_slice(&piece);
        }
        let value = String::from_utf8(value).map_err(|_| OssError::from(code::MALFORMED_POST_REQUEST))?;
        fields.push((name, value));
    }
}

/// A parameter such as `name="x"` of a Content-Disposition.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|piece| {
        let (have, text) = piece.trim().split_once('=')?;
        have.trim().eq_ignore_ascii_case(name).then(|| text.trim().trim_matches('"').to_owned())
    })
}

/// A multipart body, one part after another, with a buffer no longer than a network read and a boundary.
struct Parts<'a> {
    body: &'a mut RequestBody,
    /// With the CRLF and dashes in front.
    boundary: Vec<u8>,
    buffer: BytesMut,
}

/// Headers of one part.
const MAX_PART_HEAD: usize = 16 * 1024;

impl Parts<'_> {
    async fn fill(&mut self) -> Outcome<()> {
        match self.body.next().await? {
            Some(piece) => {
                self.buffer.extend_from_slice(&piece);
                Ok(())
            }
            None => {
                Err(OssError::from(code::MALFORMED_POST_REQUEST).message("The form ends before its last boundary."))
            }
        }
    }

    /// The next bytes of the current part; `None` once its boundary was passed.
    async fn piece(&mut self) -> Outcome<Option<BytesMut>> {
        loop {
            if let Some(at) = find(&self.buffer, &self.boundary) {
                if at > 0 {
                    return Ok(Some(self.buffer.split_to(at)));
                }
                let _ = self.buffer.split_to(self.boundary.len());
                return Ok(None);
            }
            // The tail may be the beginning of a boundary.
            let safe = self.buffer.len().saturating_sub(self.boundary.len() - 1);
            if safe > 0 {
                return Ok(Some(self.buffer.split_to(safe)));
            }
            self.fill().await?;
        }
    }

    /// The headers of the next part, names in lower case; `None` after the last part.
    async fn head(&mut self) -> Outcome<Option<Vec<(String, String)>>> {
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > MAX_PART_HEAD {
                return Err(code::MALFORMED_POST_REQUEST.into());
            }
            self.fill().await?;
        };
        let head = self.buffer.split_to(end + 4);
        let text = std::str::from_utf8(&head).map_err(|_| OssError::from(code::MALFORMED_POST_REQUEST))?;
        let lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
        Ok(Some(lines.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect()))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
