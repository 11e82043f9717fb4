//! Upload callbacks: checked before anything is stored; filled in, signed and delivered afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use serde_json::Value;

use crate::core::{CallbackKey, Core};
use crate::error::{OssError, Outcome, code};
use crate::form::Form;
use crate::request::RequestHead;
use crate::response::{ErrorContext, OssResponse, ResponseBody};
use crate::store::records::ObjectRecord;

mod delivery;
mod target;
mod template;
mod tls;

pub(crate) use delivery::deliver;
pub(crate) use tls::authorities;

/// Serves the public key that callbacks are verified with.
pub(crate) async fn public_key(core: &Core) -> Response<ResponseBody> {
    let response = match core.callback_key.get_or_try_init(CallbackKey::generate).await {
        Ok(key) => OssResponse::ok().with("content-type", "application/x-pem-file").body(key.public_pem().to_owned()),
        Err(error) => OssResponse::error(&error, &ErrorContext::default()),
    };
    response.into_http()
}

/// Each of the two values, before decoding.
const MAX_LEN: usize = 5 * 1024;
const MAX_URLS: usize = 5;

/// A well-formed callback.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    urls: Vec<String>,
    host: Option<String>,
    body: template::Template,
    is_json: bool,
    /// `callbackSNI`.
    sends_name: bool,
    variables: Vec<(String, String)>,
}

/// The facts about an upload that a callback reports.
#[derive(Clone, Debug)]
pub(crate) struct Uploaded {
    etag: String,
    size: u64,
    mime_type: String,
    crc64: Option<u64>,
    content_md5: Option<String>,
}

impl Uploaded {
    pub(crate) fn of(object: &ObjectRecord) -> Self {
        let content_type = object.attributes.headers.iter().find(|(name, _)| name == "content-type");
        Self {
            etag: object.etag.clone(),
            size: object.size,
            mime_type: content_type.map(|(_, value)| value.clone()).unwrap_or_default(),
            crc64: object.crc64,
            content_md5: object.content_md5.clone(),
        }
    }
}

impl Callback {
    /// Reads `x-oss-callback` or the query parameter `callback`; `None` if there is none to make.
    ///
    /// # Errors
    /// `InvalidArgument` for both forms at once and for anything malformed.
    pub(crate) fn from_head(head: &RequestHead) -> Outcome<Option<Self>> {
        let pick = |header: &str, query: &str| match (head.header(header), head.query.first(query)) {
            (Some(_), Some(_)) => Err(invalid(query, "is given in the header and in the query")),
            (header, query) => Ok(header.or(query).map(str::to_owned)),
        };
        let variables = pick("x-oss-callback-var", "callback-var")?;
        let Some(callback) = pick("x-oss-callback", "callback")? else { return Ok(None) };
        Self::parse(&callback, variables.as_deref().map(variables_of).transpose()?.unwrap_or_default())
    }

    /// Reads the form fields `callback` and `x:…`.
    pub(crate) fn from_form(form: &Form) -> Outcome<Option<Self>> {
        let Some(callback) = form.field("callback") else { return Ok(None) };
        let variables = form.fields().iter().filter(|(name, _)| name.starts_with("x:"));
        Self::parse(callback, variables.cloned().collect())
    }

    fn parse(encoded: &str, variables: Vec<(String, String)>) -> Outcome<Option<Self>> {
        let json = object("callback", encoded)?;
        let text = |name: &str| match json.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(invalid("callback", "has a member that is not a string")),
        };
        let Some(url) = text("callbackUrl")?.filter(|url| !url.is_empty()) else { return Ok(None) };
        let urls: Vec<String> = url.split(';').map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()).collect();
        if urls.is_empty() || urls.len() > MAX_URLS || urls.iter().any(|url| target::Target::parse(url).is_none()) {
            return Err(invalid("callback", "has a callbackUrl that is not 1 to 5 valid addresses"));
        }
        let body = text("callbackBody")?
            .filter(|body| !body.is_empty())
            .ok_or_else(|| invalid("callback", "has no callbackBody"))?;
        let is_json = match text("callbackBodyType")? {
            None | Some("application/x-www-form-urlencoded") => false,
            Some("application/json") => true,
            Some(_) => return Err(invalid("callback", "has an unknown callbackBodyType")),
        };
        let sends_name = match json.get("callbackSNI") {
            None => false,
            Some(sni) => sni.as_bool().ok_or_else(|| invalid("callback", "has a callbackSNI that is not a boolean"))?,
        };
        let body = template::Template::parse(body).ok_or_else(|| invalid("callback", "has a malformed variable"))?;
        let host = text("callbackHost")?.filter(|host| !host.is_empty()).map(str::to_owned);
        Ok(Some(Self { urls, host, body, is_json, sends_name, variables }))
    }

    fn content_type(&self) -> &'static str {
        if self.is_json { "application/json" } else { "application/x-www-form-urlencoded" }
    }
}

fn invalid(name: &str, what: &str) -> OssError {
    OssError::from(code::INVALID_ARGUMENT).with("ArgumentName", name).message(format!("The {name} {what}."))
}

fn object(name: &str, encoded: &str) -> Outcome<serde_json::Map<String, Value>> {
    if encoded.len() > MAX_LEN {
        return Err(invalid(name, "is longer than 5 KB"));
    }
    let json = STANDARD.decode(encoded).ok().and_then(|json| serde_json::from_slice(&json).ok());
    match json {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(invalid(name, "is not base64 of a JSON object")),
    }
}

fn variables_of(encoded: &str) -> Outcome<Vec<(String, String)>> {
    object("callback-var", encoded)?
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(value) if name.starts_with("x:") && name == name.to_lowercase() => Ok((name, value)),
            _ => Err(invalid("callback-var", "is not a flat object of strings with lower-case keys x:…")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(json: &Value) -> Outcome<Option<Callback>> {
        Callback::parse(&STANDARD.encode(json.to_string()), Vec::new())
    }

    #[test]
    fn malformed_callbacks_are_refused_before_anything_is_stored() {
        let url = "http://127.0.0.1:1/a";
        for bad in [
            json!([]),
            json!({"callbackUrl": url}),
            json!({"callbackUrl": url, "callbackBody": ""}),
            json!({"callbackUrl": url, "callbackBody": "a=${x"}),
            json!({"callbackUrl": url, "callbackBody": "a", "callbackBodyType": "text/plain"}),
            json!({"callbackUrl": "http://h:99999/", "callbackBody": "a"}),
            json!({"callbackUrl": "ftp://h/", "callbackBody": "a"}),
            json!({"callbackUrl": "a;b;c;d;e;f", "callbackBody": "a"}),
            json!({"callbackUrl": 1, "callbackBody": "a"}),
            json!({"callbackUrl": url, "callbackBody": "a", "callbackSNI": "yes"}),
        ] {
            assert_eq!(parse(&bad).unwrap_err().code, "InvalidArgument", "{bad}");
        }
        assert_eq!(Callback::parse("!", Vec::new()).unwrap_err().code, "InvalidArgument");
        assert_eq!(Callback::parse(&"A".repeat(6000), Vec::new()).unwrap_err().code, "InvalidArgument");
    }

    #[test]
    fn without_a_url_there_is_no_callback() {
        assert!(parse(&json!({"callbackBody": "a"})).unwrap().is_none());
        assert!(parse(&json!({"callbackUrl": ""})).unwrap().is_none());
    }

    #[test]
    fn variables_must_be_flat_lower_case_strings() {
        let read = |json: Value| variables_of(&STANDARD.encode(json.to_string())).is_ok();
        assert!(read(json!({"x:a": "1"})));
        for bad in [json!({"a": "1"}), json!({"x:A": "1"}), json!({"x:a": 1}), json!({"x:a": {}})] {
            assert!(!read(bad.clone()), "{bad}");
        }
    }
}
