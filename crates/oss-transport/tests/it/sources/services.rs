//! The services that hand out credentials, as they respond what they are asked.

use std::collections::BTreeMap;

use base64::Engine;
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use oss_auth::encoding::{decode_query, encode};
use ring::hmac;

use crate::support::{SECRET, Seen, TOKEN};

pub(super) const OIDC_TOKEN: &str = "canary.oidc";
pub(super) const METADATA_TOKEN: &str = "canary-imds";
pub(super) const SECRET_PATH: &str = "/canary-path?key=canary-query";

pub(super) const METADATA_HOST: &str = "100.100.100.200";
pub(super) const STS_HOST: &str = "sts.test";
pub(super) const URI_HOST: &str = "keys.test";

pub(super) const TOKEN_PATH: &str = "/latest/api/token";
pub(super) const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
pub(super) const KEYS: &str = "/latest/meta-data/ram/security-credentials/my-role";
const METADATA_TTL: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token-ttl-seconds");
pub(super) const METADATA: HeaderName = HeaderName::from_static("x-aliyun-ecs-metadata-token");

pub(super) const VALID: &str = "2999-01-01T00:00:00Z";
pub(super) const PAST: &str = "2024-07-02T00:30:45Z";

/// An HTTP response as it is written.
pub(super) fn reply(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub(super) fn refuse(status: u16, code: &str, message: &str) -> String {
    reply(status, &format!(r#"{{"Code":"{code}","Message":"{message}","RequestId":"R-1"}}"#))
}

/// Members that each service hands out, somewhere in its response.
pub(super) fn keys(expiration: &str) -> String {
    format!(
        r#""AccessKeyId":"STS.id","AccessKeySecret":"{SECRET}","SecurityToken":"{TOKEN}","Expiration":"{expiration}""#
    )
}

pub(super) fn plain_response(keys: &str) -> String {
    format!(r#"{{"Code":"Success","LastUpdated":"2024-07-01T18:30:45Z",{keys}}}"#)
}

pub(super) fn sts_response(keys: &str) -> String {
    format!(r#"{{"RequestId":"R-1","AssumedRoleUser":{{"Arn":"x"}},"Credentials":{{{keys}}}}}"#)
}

/// What the service of that host responds to its nth request, if nothing goes wrong.
pub(super) fn serve(number: usize, asked: &Seen) -> String {
    match asked.headers[HOST].to_str().unwrap() {
        METADATA_HOST => metadata(number, asked),
        STS_HOST => sts(asked),
        URI_HOST => uri(asked),
        _ => reply(404, ""),
    }
}

/// The metadata service where version 1 is switched off.
fn metadata(number: usize, asked: &Seen) -> String {
    let has_token =
        asked.headers.get(METADATA).is_some_and(|token| token.as_bytes().starts_with(METADATA_TOKEN.as_bytes()));
    let asks_for_token = asked.headers.get(METADATA_TTL).is_some_and(|seconds| seconds == "21600");
    match (asked.method.as_str(), asked.uri.path(), asks_for_token, has_token) {
        ("PUT", TOKEN_PATH, true, false) => reply(200, &format!("{METADATA_TOKEN}-{number}")),
        ("GET", ROLES, false, true) => reply(200, "my-role\n"),
        ("GET", KEYS, false, true) => reply(200, &plain_response(&keys(VALID))),
        ("GET", _, false, false) => reply(401, ""),
        _ => reply(400, ""),
    }
}

/// The metadata service before there were tokens.
pub(super) fn metadata_v1(asked: &Seen) -> String {
    match (asked.method.as_str(), asked.uri.path(), asked.headers.contains_key(METADATA)) {
        ("GET", ROLES, false) => reply(200, "my-role"),
        ("GET", KEYS, false) => reply(200, &plain_response(&keys(VALID))),
        ("GET", _, true) => reply(401, ""),
        _ => reply(404, ""),
    }
}

fn uri(asked: &Seen) -> String {
    let is_right = asked.method == "GET" && asked.uri == SECRET_PATH && !asked.headers.contains_key(AUTHORIZATION);
    if is_right { reply(200, &plain_response(&keys(VALID))) } else { reply(404, "") }
}

fn sts(asked: &Seen) -> String {
    let (query, form) = (query(asked), form(asked));
    let is_form = asked.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    if asked.method != "POST" || asked.uri.path() != "/" || !is_form {
        return refuse(400, "UnsupportedHTTPMethod", "");
    }
    let response = reply(200, &sts_response(&keys(VALID)));
    match query.get("Action").map(String::as_str) {
        Some("AssumeRoleWithOIDC") if form.get("OIDCToken").is_some_and(|token| token.starts_with(OIDC_TOKEN)) => {
            response
        }
        Some("AssumeRoleWithOIDC") => refuse(400, "AuthenticationFail.OIDCToken.Invalid", ""),
        Some("AssumeRole") => {
            let mut all: BTreeMap<_, _> = query.into_iter().chain(form).collect();
            let sent = all.remove("Signature");
            let (text, signature) = rpc_signature("POST", &all, SECRET);
            if sent == Some(signature) {
                response
            } else {
                refuse(400, "SignatureDoesNotMatch", &format!("not like ours, string to sign is:{text}"))
            }
        }
        _ => refuse(404, "InvalidAction.NotFound", ""),
    }
}

/// String to sign and signature of the RPC style, as the service computes them.
pub(super) fn rpc_signature(method: &str, parameters: &BTreeMap<String, String>, secret: &str) -> (String, String) {
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let text = format!("{method}&%2F&{}", encode(&pairs.join("&")));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, format!("{secret}&").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(hmac::sign(&key, text.as_bytes()));
    (text, signature)
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let all = decode_query(text).unwrap();
    let count = all.len();
    let pairs: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(pairs.len(), count, "each parameter once");
    pairs
}

pub(super) fn query(asked: &Seen) -> BTreeMap<String, String> {
    pairs(asked.uri.query().unwrap_or_default())
}

pub(super) fn form(asked: &Seen) -> BTreeMap<String, String> {
    pairs(std::str::from_utf8(&asked.body).unwrap())
}

pub(super) fn map<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
