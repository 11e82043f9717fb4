//! V1 signatures, in the header and in the URL.

use oss_auth::time::UtcTime;
use oss_auth::v1::{Authorization, StringToSign, query_names as names};

use super::checks::{account, check_clock, denied, mismatch, signing_request};
use super::v4_signature::timestamp;
use crate::call::Caller;
use crate::core::{Account, Core, Expected};
use crate::error::Outcome;
use crate::request::RequestHead;

pub(super) fn in_header(core: &Core, head: &RequestHead, authorization: &Authorization) -> Outcome<Caller> {
    let date = head.header("x-oss-date").or_else(|| head.header("date"));
    let date = date
        .and_then(UtcTime::parse_http)
        .ok_or_else(|| denied("The date of the request is missing or unreadable."))?;
    check_clock(core, timestamp(date))?;
    let account = account(core, authorization.access_key_id(), head.header("x-oss-security-token"))?;
    let string_to_sign = StringToSign::for_header(&signing_request(head, &[]), &head.headers);
    compare(&account, authorization.signature(), &string_to_sign, "0002-00000040")
}

pub(super) fn in_url(core: &Core, head: &RequestHead) -> Outcome<Caller> {
    let value = |name| head.query.first(name).ok_or_else(|| denied("A parameter of the signed URL is missing."));
    let (id, expires, signature) = (value(names::ACCESS_KEY_ID)?, value(names::EXPIRES)?, value(names::SIGNATURE)?);
    let end: i64 = expires.parse().map_err(|_| denied("The expiry of the signed URL is unreadable."))?;
    if core.clock.now().as_second() > end {
        return Err(denied("Request has expired."));
    }
    let account = account(core, id, head.query.first(names::SECURITY_TOKEN))?;
    let string_to_sign = StringToSign::for_url(&signing_request(head, &[]), &head.headers, expires);
    compare(&account, signature, &string_to_sign, "0002-00000602")
}

fn compare(account: &Account, provided: &str, text: &StringToSign, ec: &'static str) -> Outcome<Caller> {
    if Expected::new(text.sign(&account.access_key_secret)).is(provided) {
        Ok(Caller::Owner)
    } else {
        Err(mismatch(&account.access_key_id, provided, text.as_bytes()).ec(ec))
    }
}
