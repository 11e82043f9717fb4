//! V4 signatures, in the header and in the URL.

use jiff::{SignedDuration, Timestamp};
use oss_auth::time::UtcTime;
use oss_auth::v4::{
    ALGORITHM, Authorization, CanonicalRequest, MAX_LIFETIME_SECONDS, ParseError, Product, Scope, StringToSign,
    UNSIGNED_PAYLOAD, query_names as names,
};

use super::checks::{CLOCK_WINDOW, account, check_clock, denied, mismatch, signing_request};
use crate::call::Caller;
use crate::core::{Core, Expected};
use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;

/// EC values that differ between header and URL.
struct Place {
    region_ec: &'static str,
    mismatch_ec: &'static str,
}

const HEADER: Place = Place { region_ec: "0002-00000226", mismatch_ec: "0002-00000201" };
const URL: Place = Place { region_ec: "0002-00000228", mismatch_ec: "0002-00000602" };

pub(super) fn in_header(core: &Core, head: &RequestHead, text: &str) -> Outcome<Caller> {
    let authorization = Authorization::parse(text).map_err(malformed)?;
    let date = match head.header("x-oss-date") {
        Some(date) => UtcTime::parse_basic(date),
        None => head.header("date").and_then(UtcTime::parse_http),
    };
    let date = date.ok_or_else(|| denied("The date of the request is missing or unreadable."))?;
    check_clock(core, timestamp(date))?;
    verify(core, head, &authorization, date, head.header("x-oss-security-token"), &HEADER)
}

pub(super) fn in_url(core: &Core, head: &RequestHead) -> Outcome<Caller> {
    let value = |name| head.query.first(name).ok_or_else(|| denied("A parameter of the signed URL is missing."));
    if value(names::SIGNATURE_VERSION)? != ALGORITHM {
        return Err(OssError::invalid_argument(names::SIGNATURE_VERSION, value(names::SIGNATURE_VERSION)?));
    }
    let authorization = Authorization::from_fields(
        value(names::CREDENTIAL)?,
        head.query.first(names::ADDITIONAL_HEADERS),
        value(names::SIGNATURE)?,
    )
    .map_err(malformed)?;
    let date =
        UtcTime::parse_basic(value(names::DATE)?).ok_or_else(|| denied("The date of the signed URL is unreadable."))?;
    let lifetime = value(names::EXPIRES)?;
    let seconds = lifetime
        .parse::<u64>()
        .ok()
        .filter(|seconds| (1..=MAX_LIFETIME_SECONDS).contains(seconds))
        .and_then(|seconds| i64::try_from(seconds).ok())
        .ok_or_else(|| OssError::invalid_argument(names::EXPIRES, lifetime).ec("0002-00000232"))?;
    let age = core.clock.now().duration_since(timestamp(date));
    if age > SignedDuration::from_secs(seconds) {
        return Err(denied("Request has expired."));
    }
    if age < -CLOCK_WINDOW {
        return Err(denied("The signed URL is not valid yet."));
    }
    verify(core, head, &authorization, date, head.query.first(names::SECURITY_TOKEN), &URL)
}

fn verify(
    core: &Core,
    head: &RequestHead,
    authorization: &Authorization,
    date: UtcTime,
    token: Option<&str>,
    place: &Place,
) -> Outcome<Caller> {
    let scope = authorization.scope();
    let id = authorization.access_key_id();
    let account = account(core, id, token)?;
    check_scope(core, scope, date, place)?;

    let request = signing_request(head, &[names::SIGNATURE]);
    let payload = head.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
    let canonical = CanonicalRequest::new(&request, &head.headers, authorization.additional_headers(), payload);
    let string_to_sign = StringToSign::new(&date.to_basic(), scope, &canonical);
    let key = core.signing_keys.key(&account.access_key_secret, scope);
    let expected = Expected::new(key.sign(string_to_sign.as_str()));
    if expected.is(authorization.signature()) {
        return Ok(Caller::Owner);
    }
    Err(mismatch(id, authorization.signature(), string_to_sign.as_str().as_bytes())
        .ec(place.mismatch_ec)
        .with("CanonicalRequest", String::from_utf8_lossy(canonical.as_bytes())))
}

/// The key must have been made for this day, region and product.
fn check_scope(core: &Core, scope: &Scope, date: UtcTime, place: &Place) -> Outcome<()> {
    if scope.day() != date.to_day() {
        return Err(OssError::invalid_argument("Credential", scope.day())
            .message("The day of the credential is not that of the request's date."));
    }
    if scope.region() != core.settings.region {
        return Err(OssError::invalid_argument("Credential", scope.region())
            .message("The region of the credential is not that of the bucket.")
            .ec(place.region_ec));
    }
    if scope.product() != Product::OSS.as_str() {
        return Err(OssError::invalid_argument("Credential", scope.product())
            .message("The product of the credential is not oss."));
    }
    Ok(())
}

fn malformed(error: ParseError) -> OssError {
    let malformed =
        OssError::from(code::INVALID_ARGUMENT).with("ArgumentName", "Authorization").message(error.to_string());
    match error {
        ParseError::AdditionalHeaders => malformed.ec("0002-00000209"),
        _ => malformed,
    }
}

pub(super) fn timestamp(time: UtcTime) -> Timestamp {
    i64::try_from(time.unix_seconds()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_default()
}
