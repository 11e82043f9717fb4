//! Reads the JSON in which processes and servers hand out credentials.

use std::time::SystemTime;

use super::error::{CredentialsError, SourceKind};
use super::json::{Object, WrongType};
use super::{Credentials, trimmed};
use crate::time::UtcTime;

/// The most a response may have, in bytes. Real ones have less than 4 KiB.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Both spellings of the members: those of the services, and those of the CLI's external processes.
struct Keys {
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    security_token: Option<String>,
    expiration: Option<String>,
    code: Option<String>,
    mode: Option<String>,
}

impl Keys {
    fn read(mut response: Object) -> Result<Self, WrongType> {
        let mut text = |name| response.text(name);
        Ok(Self {
            access_key_id: text("AccessKeyId")?.or(text("access_key_id")?),
            access_key_secret: text("AccessKeySecret")?.or(text("access_key_secret")?),
            security_token: text("SecurityToken")?.or(text("security_token")?).or(text("sts_token")?),
            expiration: text("Expiration")?.or(text("expiration")?),
            code: text("Code")?,
            mode: text("mode")?,
        })
    }
}

/// What a response has to have besides the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Required {
    /// Nothing: the output of a process may be long-term keys.
    Keys,
    /// Token and expiration: what a remote source hands out is always temporary.
    TokenAndExpiration,
}

/// Reads a response of a process, the metadata service or a credentials URI.
pub(super) fn read_keys(
    kind: SourceKind,
    body: &[u8],
    required: Required,
    now: SystemTime,
) -> Result<Credentials, CredentialsError> {
    credentials(kind, parse(kind, body)?, required, now)
}

/// Reads a response of STS, which keeps the members one level down.
pub(super) fn read_sts(kind: SourceKind, body: &[u8], now: SystemTime) -> Result<Credentials, CredentialsError> {
    let keys = parse(kind, body)?.object("Credentials").map_err(|wrong| of_wrong_type(kind, &wrong))?;
    let keys = keys.ok_or_else(|| lacks(kind, "Credentials"))?;
    credentials(kind, keys, Required::TokenAndExpiration, now)
}

fn parse(kind: SourceKind, body: &[u8]) -> Result<Object, CredentialsError> {
    if body.len() > MAX_RESPONSE_BYTES {
        return Err(problem(kind, "the response is too long".to_owned()));
    }
    // The parser's own message may quote a value.
    Object::parse(body).map_err(|error| {
        problem(
            kind,
            format!("the response is not the expected JSON (line {}, column {})", error.line(), error.column()),
        )
    })
}

fn credentials(
    kind: SourceKind,
    response: Object,
    required: Required,
    now: SystemTime,
) -> Result<Credentials, CredentialsError> {
    let keys = Keys::read(response).map_err(|wrong| of_wrong_type(kind, &wrong))?;
    if keys.code.as_deref().is_some_and(|code| !code.eq_ignore_ascii_case("Success")) {
        return Err(problem(kind, "the response's Code is not Success".to_owned()));
    }
    let id = keys.access_key_id.and_then(trimmed).ok_or_else(|| lacks(kind, "AccessKeyId"))?;
    let secret = keys.access_key_secret.and_then(trimmed).ok_or_else(|| lacks(kind, "AccessKeySecret"))?;
    let token = keys.security_token.and_then(trimmed);
    let is_temporary = required == Required::TokenAndExpiration;
    if token.is_none() && (is_temporary || keys.mode.as_deref() == Some("StsToken")) {
        return Err(lacks(kind, "SecurityToken"));
    }
    let mut credentials = Credentials::new(id, secret).with_security_token(token.unwrap_or_default());
    match keys.expiration.and_then(trimmed) {
        Some(text) => {
            let time = UtcTime::parse_rfc3339(&text)
                .ok_or_else(|| problem(kind, "the response's Expiration is not a time".to_owned()))?;
            credentials = credentials.with_expiration(time.to_system_time());
        }
        None if is_temporary => return Err(lacks(kind, "Expiration")),
        None => {}
    }
    if credentials.is_expired(now) {
        return Err(CredentialsError::Expired { kind });
    }
    Ok(credentials)
}

fn lacks(kind: SourceKind, member: &str) -> CredentialsError {
    problem(kind, format!("the response has no {member}"))
}

fn of_wrong_type(kind: SourceKind, wrong: &WrongType) -> CredentialsError {
    problem(kind, format!("the response's {wrong}"))
}

fn problem(kind: SourceKind, problem: String) -> CredentialsError {
    CredentialsError::Response { kind, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_719_880_245)
    }

    fn read(body: &str, required: Required) -> Result<Credentials, String> {
        read_keys(SourceKind::Uri, body.as_bytes(), required, now()).map_err(|error| error.to_string())
    }

    #[test]
    fn both_spellings_are_read() {
        for body in [
            r#"{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T06:30:45Z"}"#,
            r#"{"mode":"StsToken","access_key_id":"i","access_key_secret":"s","sts_token":"t","expiration":"2024-07-02T06:30:45Z"}"#,
        ] {
            let credentials = read(body, Required::TokenAndExpiration).unwrap();
            assert_eq!((credentials.access_key_id(), credentials.access_key_secret()), ("i", "s"));
            assert_eq!(credentials.security_token(), Some("t"));
            assert_eq!(credentials.expiration(), Some(now() + Duration::from_secs(6 * 3600)));
        }
    }

    #[test]
    fn each_missing_member_is_named() {
        for (body, required, expected) in [
            ("{}", Required::Keys, "the response has no AccessKeyId"),
            (r#"{"AccessKeyId":"i","AccessKeySecret":" "}"#, Required::Keys, "the response has no AccessKeySecret"),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"s"}"#,
                Required::TokenAndExpiration,
                "the response has no SecurityToken",
            ),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t"}"#,
                Required::TokenAndExpiration,
                "the response has no Expiration",
            ),
            (
                r#"{"mode":"StsToken","access_key_id":"i","access_key_secret":"s"}"#,
                Required::Keys,
                "the response has no SecurityToken",
            ),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"s","Expiration":"soon"}"#,
                Required::Keys,
                "the response's Expiration is not a time",
            ),
            (r#"{"Code":"Failed"}"#, Required::Keys, "the response's Code is not Success"),
            (
                r#"{"AccessKeyId":"i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2024-07-02T00:30:45Z"}"#,
                Required::Keys,
                "the credentials have expired already",
            ),
        ] {
            assert_eq!(read(body, required).err(), Some(format!("credentials URI: {expected}")), "{body}");
        }
        assert!(read(r#"{"AccessKeyId":"i","AccessKeySecret":"s","Code":"success"}"#, Required::Keys).is_ok());
    }

    #[test]
    fn an_html_page_is_no_response_and_is_not_quoted() {
        let error = read("<html>s3cr3t</html>", Required::Keys).unwrap_err();
        assert_eq!(error, "credentials URI: the response is not the expected JSON (line 1, column 1)");
        let error = read(r#"{"AccessKeyId":123456}"#, Required::Keys).unwrap_err();
        assert_eq!(error, "credentials URI: the response's AccessKeyId is not text");
    }

    #[test]
    fn a_response_without_end_is_refused() {
        let body = format!("{{\"AccessKeyId\":\"{}\"}}", "x".repeat(MAX_RESPONSE_BYTES));
        assert_eq!(read(&body, Required::Keys).unwrap_err(), "credentials URI: the response is too long");
    }
}
