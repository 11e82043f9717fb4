use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use crate::wire::WireText;

/// Most bytes of an encoded callback: 5 KiB.
const MAX_ENCODED: usize = 5 << 10;
const MAX_URLS: usize = 5;

/// A request that OSS makes to a server of yours once the object is stored; its response becomes the upload's response.
///
/// ```
/// use oss_models::{Callback, CallbackBodyType};
/// let callback = Callback::new("https://example.com/done", r#"{"object":${object},"size":${size}}"#)
///     .body_type(CallbackBodyType::Json);
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Callback(Form);

#[derive(Clone, Eq, PartialEq)]
enum Form {
    Members(Map<String, Value>),
    Raw(String),
}

impl Callback {
    /// A callback to `url` with the template `body`.
    ///
    /// Up to five URLs may be joined by `;`, of which OSS tries one after the other until one succeeds; path and query must be
    /// percent-encoded. The template's variables, such as `${object}` and `${x:mine}`, are filled in by OSS.
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self(Form::Members(Map::new())).member("callbackUrl", url.into()).member("callbackBody", body.into())
    }

    /// A callback that is encoded already: base64 of the JSON object in the OSS documentation.
    pub fn raw(base64: impl Into<String>) -> Self {
        Self(Form::Raw(base64.into()))
    }

    /// Sets the `Host` header of the callback. Default: the host of the URL. No effect on a raw callback.
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Self {
        self.member("callbackHost", host.into())
    }

    /// Sets what the template is. Default: a form. No effect on a raw callback.
    #[must_use]
    pub fn body_type(self, body_type: CallbackBodyType) -> Self {
        let media_type = match body_type {
            CallbackBodyType::Form => "application/x-www-form-urlencoded",
            CallbackBodyType::Json => "application/json",
        };
        self.member("callbackBodyType", media_type)
    }

    /// Sets whether the name of the server is sent in the TLS handshake. Default: no. No effect on a raw callback.
    #[must_use]
    pub fn sni(self, sni: bool) -> Self {
        self.member("callbackSNI", sni)
    }

    fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Form::Members(members) = &mut self.0 {
            members.insert(name.to_owned(), value.into());
        }
        self
    }
}

/// What a callback's template is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallbackBodyType {
    /// A form; OSS URL-encodes the values.
    #[default]
    Form,
    /// JSON; OSS writes the values with their quotes, so the template has none around variables.
    Json,
}

impl WireText for Callback {
    fn to_wire(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Raw(base64) => base64.as_str().into(),
            Form::Members(members) => encode(members).into(),
        }
    }

    fn from_wire(text: &str) -> Option<Self> {
        Some(Self::raw(text))
    }

    fn check(&self) -> Result<(), String> {
        match &self.0 {
            Form::Raw(base64) => check_encoded(base64),
            Form::Members(members) => {
                for required in ["callbackUrl", "callbackBody"] {
                    if members.get(required).and_then(Value::as_str).is_none_or(str::is_empty) {
                        return Err(format!("has an empty {required}"));
                    }
                }
                let urls = members.get("callbackUrl").and_then(Value::as_str).map_or(0, |urls| urls.split(';').count());
                if urls > MAX_URLS {
                    return Err(format!("must have at most {MAX_URLS} URLs, got {urls}"));
                }
                check_encoded(&self.to_wire())
            }
        }
    }
}

/// Variables of your own for a callback's template: `${x:name}`.
///
/// ```
/// let vars = oss_models::CallbackVars::new().var("x:order", "17");
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct CallbackVars(Vars);

#[derive(Clone, Eq, PartialEq)]
enum Vars {
    Named(BTreeMap<String, String>),
    Raw(String),
}

impl Default for Vars {
    fn default() -> Self {
        Self::Named(BTreeMap::new())
    }
}

impl CallbackVars {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Variables that are encoded already: base64 of a JSON object.
    pub fn raw(base64: impl Into<String>) -> Self {
        Self(Vars::Raw(base64.into()))
    }

    /// Sets a variable. Names begin with `x:` and have no upper-case letters. No effect on raw variables.
    #[must_use]
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Vars::Named(vars) = &mut self.0 {
            vars.insert(name.into(), value.into());
        }
        self
    }
}

impl WireText for CallbackVars {
    fn to_wire(&self) -> Cow<'_, str> {
        match &self.0 {
            Vars::Raw(base64) => base64.as_str().into(),
            Vars::Named(vars) => {
                let members = vars.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
                encode(&members).into()
            }
        }
    }

    fn from_wire(text: &str) -> Option<Self> {
        Some(Self::raw(text))
    }

    fn check(&self) -> Result<(), String> {
        if let Vars::Named(vars) = &self.0 {
            let allowed = |name: &str| name.len() > 2 && name.starts_with("x:") && !name.contains(char::is_uppercase);
            if let Some(name) = vars.keys().find(|name| !allowed(name)) {
                return Err(format!("must have names that begin with x: and have no upper-case letters, got {name:?}"));
            }
        }
        check_encoded(&self.to_wire())
    }
}

fn encode(members: &Map<String, Value>) -> String {
    BASE64_STANDARD.encode(Value::Object(members.clone()).to_string())
}

fn check_encoded(base64: &str) -> Result<(), String> {
    if base64.len() > MAX_ENCODED {
        return Err(format!("must have at most {MAX_ENCODED} bytes when encoded, got {}", base64.len()));
    }
    match BASE64_STANDARD.decode(base64) {
        Ok(_) => Ok(()),
        Err(_) => Err("must be base64".to_owned()),
    }
}

// A template, URL or variable may hold a token of the caller's.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

impl fmt::Debug for CallbackVars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackVars(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(value: &impl WireText) -> String {
        String::from_utf8(BASE64_STANDARD.decode(value.to_wire().as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn json_is_escaped_and_base64_is_plain() {
        let callback =
            Callback::new("https://h/\"", "a=${object}\n").host("h").body_type(CallbackBodyType::Json).sni(true);
        assert_eq!(
            decoded(&callback),
            r#"{"callbackBody":"a=${object}\n","callbackBodyType":"application/json","callbackHost":"h","callbackSNI":true,"callbackUrl":"https://h/\""}"#
        );
        assert_eq!(callback.check(), Ok(()));
        assert_eq!(decoded(&CallbackVars::new().var("x:a", "1\\")), r#"{"x:a":"1\\"}"#);
    }

    #[test]
    fn broken_rules_are_named_and_contents_never_printed() {
        assert!(Callback::new("", "b").check().is_err());
        assert!(Callback::new("http://h", "b".repeat(4000)).check().is_err());
        assert!(Callback::new("http://h;".repeat(5) + "http://h", "b").check().is_err());
        assert!(Callback::raw("***").check().is_err());
        assert!(CallbackVars::new().var("order", "1").check().is_err());
        assert!(CallbackVars::new().var("x:Order", "1").check().is_err());
        assert_eq!(format!("{:?}", Callback::new("http://secret", "b")), "Callback(..)");
    }
}
