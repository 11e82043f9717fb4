//! Signing requests with V1.

use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, HeaderValue};

use super::query_names;
use super::string_to_sign::StringToSign;
use crate::canonical::is_signed_by_default;
use crate::canonical::names::X_OSS_SECURITY_TOKEN;
use crate::credentials::Credentials;
use crate::error::SignError;
use crate::presigned::{Presigned, select, sooner};
use crate::request::{SigningRequest, check_credentials, date_value, sensitive_value, set_header};
use crate::time::UtcTime;

/// Signs requests with V1. It has nothing to configure.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct V1Signer;

impl V1Signer {
    /// A signer.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Sets `Date`, `x-oss-security-token` (removed if the credentials have no token) and `Authorization`, replacing
    /// earlier ones. A `x-oss-date` that is there already (HTTP form) is what is signed as the date.
    ///
    /// # Errors
    /// [`SignError`]; `headers` is then unchanged.
    pub fn sign(
        &self,
        request: &SigningRequest<'_>,
        headers: &mut HeaderMap,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<(), SignError> {
        check_credentials(credentials)?;
        request.check()?;
        request.check_query_unsigned()?;
        let time = UtcTime::new(time).ok_or(SignError::Time)?;

        let mut signed = headers.clone();
        set_header(&mut signed, DATE, date_value(time.to_http())?)?;
        match credentials.security_token() {
            Some(token) => set_header(&mut signed, X_OSS_SECURITY_TOKEN, sensitive_value(token, "security token")?)?,
            None => drop(signed.remove(X_OSS_SECURITY_TOKEN)),
        }
        let signature = StringToSign::for_header(request, &signed).sign(credentials.access_key_secret());
        let authorization = format!("OSS {}:{signature}", credentials.access_key_id());
        set_header(&mut signed, AUTHORIZATION, sensitive_value(authorization, "access key id")?)?;
        *headers = signed;
        Ok(())
    }

    /// Makes a URL that is good from now to `time + lifetime` (whole seconds, at least 1 s, no upper limit but the year
    /// 9999), with the scheme that [`SigningRequest::scheme`] sets: `https`, unless told otherwise.
    ///
    /// `headers` are those that will be sent with the URL; the signed ones of them are part of the result. Signature
    /// parameters that `request` already has are replaced. For a URL bound to an address (`x-oss-ac-source-ip`), the
    /// parameter is signed but left out of the URL, as OSS requires.
    ///
    /// # Errors
    /// [`SignError`]: among others [`NoHost`](SignError::NoHost) and [`Lifetime`](SignError::Lifetime).
    pub fn presign(
        &self,
        request: &SigningRequest<'_>,
        headers: &HeaderMap,
        credentials: &Credentials,
        time: SystemTime,
        lifetime: Duration,
    ) -> Result<Presigned, SignError> {
        check_credentials(credentials)?;
        request.check()?;
        let expiration = end_of_life(UtcTime::new(time).ok_or(SignError::Time)?, lifetime)?;
        let expires = expiration.unix_seconds().to_string();

        let mut request = request.clone();
        request.query.retain(|(name, _)| !query_names::ALL.contains(name));
        // The token is signed, the rest of the four is not: none of them is in the list.
        request
            .query
            .extend([(query_names::ACCESS_KEY_ID, credentials.access_key_id()), (query_names::EXPIRES, &expires)]);
        request.query.extend(credentials.security_token().map(|token| (query_names::SECURITY_TOKEN, token)));
        let signature = StringToSign::for_url(&request, headers, &expires).sign(credentials.access_key_secret());
        request.query.push((query_names::SIGNATURE, &signature));
        request.query.retain(|(name, _)| *name != SOURCE_IP);

        Ok(Presigned {
            url: request.url(&request.query)?,
            expiration: sooner(expiration.to_system_time(), credentials.expiration()),
            signed_headers: select(headers, is_signed_by_default),
            method: request.method,
        })
    }

    /// The string to sign of a request that was signed in its headers, to be shown beside the one in a
    /// `SignatureDoesNotMatch` response, with the security token masked.
    #[must_use]
    pub fn string_to_sign(&self, request: &SigningRequest<'_>, signed: &HeaderMap) -> String {
        let mut masked = signed.clone();
        if let Some(token) = masked.get_mut(X_OSS_SECURITY_TOKEN) {
            *token = HeaderValue::from_static("REDACTED");
        }
        let text = StringToSign::for_header(request, &masked);
        String::from_utf8_lossy(text.as_bytes()).into_owned()
    }
}

/// The address that a URL is bound to: the server fills it in from the connection.
const SOURCE_IP: &str = "x-oss-ac-source-ip";

fn end_of_life(time: UtcTime, lifetime: Duration) -> Result<UtcTime, SignError> {
    let seconds = lifetime.as_secs();
    if seconds == 0 {
        return Err(SignError::Lifetime { seconds, max: u64::MAX });
    }
    time.unix_seconds().checked_add(seconds).and_then(UtcTime::from_unix_seconds).ok_or(SignError::Time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use std::time::UNIX_EPOCH;

    fn time() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_702_743_657)
    }

    fn request() -> SigningRequest<'static> {
        SigningRequest::new(Method::GET).bucket("b").key("k").host("b.oss-cn-hangzhou.aliyuncs.com")
    }

    #[test]
    fn a_lifetime_has_a_lower_end_and_the_calendar_s() {
        let presign =
            |lifetime| V1Signer.presign(&request(), &HeaderMap::new(), &Credentials::new("ak", "sk"), time(), lifetime);
        assert!(matches!(presign(Duration::from_millis(999)), Err(SignError::Lifetime { .. })));
        assert!(matches!(presign(Duration::MAX), Err(SignError::Time)));
        assert!(presign(Duration::from_secs(3_000_000_000)).is_ok());
    }

    #[test]
    fn a_url_bound_to_an_address_does_not_show_it() {
        let presign = |request: &SigningRequest<'_>| {
            let credentials = Credentials::new("ak", "sk");
            V1Signer.presign(request, &HeaderMap::new(), &credentials, time(), Duration::from_secs(60)).unwrap()
        };
        let bound = presign(&request().query(SOURCE_IP, "10.0.0.1").query("x-oss-ac-subnet-mask", "24"));
        assert!(!bound.url().contains("10.0.0.1"));
        assert!(bound.url().contains("x-oss-ac-subnet-mask=24"));
        assert_ne!(bound.url(), presign(&request().query("x-oss-ac-subnet-mask", "24")).url());
    }

    #[test]
    fn our_string_to_sign_is_shown_without_the_token() {
        let mut headers = HeaderMap::new();
        let credentials = Credentials::new("ak", "sk").with_security_token("s3cr3t-token");
        V1Signer.sign(&request(), &mut headers, &credentials, time()).unwrap();
        let text = V1Signer.string_to_sign(&request(), &headers);
        assert_eq!(text, "GET\n\n\nSat, 16 Dec 2023 16:20:57 GMT\nx-oss-security-token:REDACTED\n/b/k");
    }

    #[test]
    fn a_request_is_untouched_on_error() {
        let mut headers = HeaderMap::new();
        headers.insert("date", HeaderValue::from_static("mine"));
        let before = headers.clone();
        let token = Credentials::new("ak", "sk").with_security_token("a\nb");
        assert_eq!(
            V1Signer.sign(&request(), &mut headers, &token, time()),
            Err(SignError::Unsendable { field: "security token" })
        );
        assert!(
            V1Signer
                .sign(&request().query("Signature", "x"), &mut headers, &Credentials::new("ak", "sk"), time())
                .is_err()
        );
        assert_eq!(headers, before);
    }
}
