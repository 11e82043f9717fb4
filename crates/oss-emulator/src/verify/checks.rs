//! What signatures of both versions have in common: the clock window, the account, and the refusals.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use oss_auth::SigningRequest;

use crate::clock;
use crate::core::{Account, Core};
use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;

/// Largest difference between the clock and the date of a request.
pub(super) const CLOCK_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// The request as the signer sees it, without the query names in `unsigned`.
pub(super) fn signing_request<'a>(head: &'a RequestHead, unsigned: &[&str]) -> SigningRequest<'a> {
    let pairs = head.query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    SigningRequest::new(head.method.clone())
        .bucket(head.bucket.as_deref())
        .key(head.key.as_deref())
        .host(head.host.as_str())
        .query_pairs(pairs.filter(|(name, _)| !unsigned.contains(name)))
}

/// `AccessDenied` with a message of its own.
pub(super) fn denied(message: &'static str) -> OssError {
    OssError::from(code::ACCESS_DENIED).message(message)
}

pub(super) fn check_clock(core: &Core, date: Timestamp) -> Outcome<()> {
    let now = core.clock.now();
    if date.duration_since(now).abs() <= CLOCK_WINDOW {
        return Ok(());
    }
    Err(OssError::from(code::REQUEST_TIME_TOO_SKEWED)
        .with("RequestTime", clock::iso_ms(date.as_millisecond()))
        .with("ServerTime", clock::iso_ms(now.as_millisecond()))
        .with("MaxAllowedSkewMilliseconds", CLOCK_WINDOW.as_millis().to_string()))
}

/// The account of an access key id, if its token is right.
pub(super) fn account(core: &Core, id: &str, token: Option<&str>) -> Outcome<Account> {
    let unknown = || OssError::from(code::INVALID_ACCESS_KEY_ID).with("OSSAccessKeyId", id);
    let token = token.filter(|token| !token.is_empty());
    let accounts = core.accounts.read().unwrap_or_else(PoisonError::into_inner);
    let account = accounts.iter().find(|account| account.access_key_id == id).cloned().ok_or_else(unknown)?;
    match (&account.security_token, token) {
        (None, None) => {}
        // Temporary keys are unknown to the service without their token.
        (Some(_), None) => return Err(unknown()),
        (Some(want), Some(got)) if want.is(got) => {}
        (_, Some(_)) => return Err(code::INVALID_SECURITY_TOKEN.into()),
    }
    if account.expiration.is_some_and(|end| end <= core.clock.now()) {
        return Err(code::SECURITY_TOKEN_EXPIRED.into());
    }
    Ok(account)
}

/// `SignatureDoesNotMatch` with everything a client needs to find its mistake.
pub(super) fn mismatch(id: &str, provided: &str, string_to_sign: &[u8]) -> OssError {
    let bytes: Vec<String> = string_to_sign.iter().map(|byte| format!("{byte:02X}")).collect();
    let mut hex = bytes.join(" ");
    hex.push(' ');
    OssError::from(code::SIGNATURE_DOES_NOT_MATCH)
        .with("OSSAccessKeyId", id)
        .with("SignatureProvided", provided)
        .with("StringToSign", String::from_utf8_lossy(string_to_sign))
        .with("StringToSignBytes", hex)
}
