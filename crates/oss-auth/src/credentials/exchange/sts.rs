//! The two requests of STS.

use std::fs;
use std::time::SystemTime;

use http::{Request, header};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::single::{Single, Written};
use crate::credentials::Credentials;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::response::read_sts;
use crate::credentials::source::{AssumeRoleWithOidc, RoleSession};
use crate::encoding::{encode, encode_query, hex};
use crate::secret::Secret;
use crate::time::UtcTime;
use crate::v1::hmac_sha1;

const VERSION: &str = "2015-04-01";

type Parameters = Vec<(&'static str, String)>;

/// AssumeRole with credentials that are there already.
pub(super) fn with_credentials(base: Credentials, session: RoleSession) -> Single {
    let write = move |now| {
        session.check(SourceKind::AssumeRole)?;
        assume_role(&base, &session, utc(SourceKind::AssumeRole, now)?, nonce()?)
    };
    let read = |body: &[u8], now| read_sts(SourceKind::AssumeRole, body, now);
    Single::new(SourceKind::AssumeRole, Box::new(write), Box::new(read))
}

/// AssumeRoleWithOIDC.
#[expect(
    clippy::disallowed_methods,
    reason = "the token is a file that is replaced from outside, so it is read for each exchange"
)]
pub(super) fn with_oidc(role: AssumeRoleWithOidc) -> Single {
    const KIND: SourceKind = SourceKind::AssumeRoleWithOidc;
    let write = move |now| {
        role.session.check(KIND)?;
        let token = fs::read_to_string(&role.token_file).map_err(|source| CredentialsError::File {
            kind: KIND,
            path: role.token_file.clone(),
            source,
        })?;
        let token = Secret::new(Zeroizing::new(token).trim());
        if token.expose().is_empty() {
            return Err(CredentialsError::Invalid { kind: KIND, problem: "the token file is empty".to_owned() });
        }
        let time = utc(KIND, now)?;
        let query = vec![
            ("Action", "AssumeRoleWithOIDC".to_owned()),
            ("Format", "JSON".to_owned()),
            ("Version", VERSION.to_owned()),
            ("Timestamp", time.to_rfc3339()),
        ];
        let mut form = session_parameters(&role.session, time);
        form.retain(|(name, _)| *name != "ExternalId");
        form.push(("OIDCProviderArn", role.provider_arn.clone()));
        form.push(("OIDCToken", token.expose().to_owned()));
        let http = post(KIND, &role.session.endpoint, &query, &form)?;
        Ok(Written { http, secrets: vec![token] })
    };
    let read = |body: &[u8], now| read_sts(KIND, body, now);
    Single::new(KIND, Box::new(write), Box::new(read))
}

fn assume_role(
    base: &Credentials,
    session: &RoleSession,
    time: UtcTime,
    nonce: String,
) -> Result<Written, CredentialsError> {
    let mut query = vec![
        ("Action", "AssumeRole".to_owned()),
        ("Format", "JSON".to_owned()),
        ("Version", VERSION.to_owned()),
        ("AccessKeyId", base.access_key_id().to_owned()),
        ("SignatureMethod", "HMAC-SHA1".to_owned()),
        ("SignatureVersion", "1.0".to_owned()),
        ("SignatureNonce", nonce),
        ("Timestamp", time.to_rfc3339()),
    ];
    let mut form = session_parameters(session, time);
    // The signature covers query and form alike. The token goes into the form, since URLs end up in logs.
    form.extend(base.security_token().map(|token| ("SecurityToken", token.to_owned())));
    query.push(("Signature", rpc_signature("POST", &query, &form, base.access_key_secret())));
    let http = post(SourceKind::AssumeRole, &session.endpoint, &query, &form)?;
    let secrets = [Some(base.access_key_secret()), base.security_token()];
    Ok(Written { http, secrets: secrets.into_iter().flatten().map(Secret::new).collect() })
}

fn session_parameters(session: &RoleSession, time: UtcTime) -> Parameters {
    let generated = || format!("oss-auth-{}", time.unix_seconds());
    let mut form = vec![
        ("RoleArn", session.role_arn.clone()),
        ("RoleSessionName", session.session_name.clone().unwrap_or_else(generated)),
        ("DurationSeconds", session.duration.as_secs().to_string()),
    ];
    form.extend(session.policy.clone().map(|policy| ("Policy", policy)));
    form.extend(session.external_id.clone().map(|id| ("ExternalId", id)));
    form
}

/// The signature of the RPC style: over all parameters, sorted by name, wherever they are sent.
fn rpc_signature(method: &str, query: &Parameters, form: &Parameters, secret: &str) -> String {
    let mut all: Vec<_> = query.iter().chain(form).collect();
    all.sort_by_key(|(name, _)| *name);
    let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let string_to_sign = Zeroizing::new(format!("{method}&%2F&{}", encode(&pairs.join("&"))));
    let key = Zeroizing::new(format!("{secret}&"));
    hmac_sha1(key.as_bytes(), string_to_sign.as_bytes())
}

fn post(
    kind: SourceKind,
    endpoint: &str,
    query: &Parameters,
    form: &Parameters,
) -> Result<Request<Vec<u8>>, CredentialsError> {
    let pairs = |parameters: &Parameters| encode_query(parameters.iter().map(|(name, value)| (*name, value.as_str())));
    let origin = if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") };
    Request::post(format!("{}/?{}", origin.trim_end_matches('/'), pairs(query)))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(pairs(form).into_bytes())
        .map_err(|_| CredentialsError::Invalid { kind, problem: format!("{endpoint:?} is not an endpoint") })
}

fn utc(kind: SourceKind, now: SystemTime) -> Result<UtcTime, CredentialsError> {
    UtcTime::new(now)
        .ok_or_else(|| CredentialsError::Invalid { kind, problem: "the clock is before 1970 or after 9999".to_owned() })
}

#[expect(clippy::disallowed_methods, reason = "STS refuses a nonce that it has seen, so it comes from the system")]
fn nonce() -> Result<String, CredentialsError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| CredentialsError::Invalid {
        kind: SourceKind::AssumeRole,
        problem: "the system has no random numbers".to_owned(),
    })?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::decode_query;

    fn signature(token: Option<&str>, policy: Option<&str>) -> (String, Vec<(String, String)>) {
        let base = Credentials::new("ak", "sk").with_security_token(token.unwrap_or_default());
        let session = RoleSession::new("acs:ram::123456789012:role/oss-reader")
            .session_name("session-1".to_owned())
            .policy(policy.map(str::to_owned));
        let time = UtcTime::parse_rfc3339("2024-07-02T00:30:45Z").unwrap();
        let nonce = "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf".to_owned();
        let written = assume_role(&base, &session, time, nonce).unwrap();
        assert_eq!(written.http.uri().host(), Some("sts.aliyuncs.com"));
        let query = decode_query(written.http.uri().query().unwrap()).unwrap();
        let form = decode_query(std::str::from_utf8(written.http.body()).unwrap()).unwrap();
        let signature = query.iter().find(|(name, _)| name == "Signature").unwrap().1.clone();
        assert!(!query.iter().any(|(name, _)| name == "SecurityToken"));
        (signature, form)
    }

    #[test]
    fn assume_role_is_signed_over_query_and_form() {
        assert_eq!(signature(None, None).0, "Rjrx4MDPlIastpSqFdpwSBvzPCI=");
        let (signature, form) = signature(Some("t+/="), Some(r#"{"a b":"*~"}"#));
        assert_eq!(signature, "ItDkga832soqJ2mBk1q19ZM6abc=");
        assert!(form.contains(&("SecurityToken".to_owned(), "t+/=".to_owned())));
    }

    #[test]
    fn each_nonce_is_another() {
        assert_ne!(nonce().unwrap(), nonce().unwrap());
    }
}
