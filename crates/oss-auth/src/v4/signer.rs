//! Signing requests with V4.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::canonical_request::{CanonicalRequest, StringToSign, join_names, sent_additional_headers};
use super::key::{KeyCache, SigningKey};
use super::scope::{Product, Scope, check_region};
use super::{ALGORITHM, Authorization, MAX_LIFETIME_SECONDS, UNSIGNED_PAYLOAD, query_names};
use crate::canonical::is_signed_by_default;
use crate::canonical::names::{X_OSS_CONTENT_SHA256, X_OSS_DATE, X_OSS_SECURITY_TOKEN};
use crate::credentials::Credentials;
use crate::error::SignError;
use crate::presigned::{Presigned, select, sooner};
use crate::request::{SigningRequest, check_credentials, date_value, sensitive_value, set_header};
use crate::time::UtcTime;

/// Signs requests with V4 for one region and product. Clones are cheap and share the cached signing key.
#[derive(Clone)]
pub struct V4Signer(Arc<Inner>);

struct Inner {
    region: String,
    product: Product,
    additional_headers: Vec<HeaderName>,
    keys: KeyCache,
}

impl V4Signer {
    /// A signer for buckets of `region`, a plain id such as `cn-hangzhou`. It is the *bucket's* region, also behind an
    /// accelerate endpoint or a custom domain. For [`Product::CLOUD_BOX`] it is the id of the cloud box.
    ///
    /// # Errors
    /// [`SignError::Region`] if it is empty, the name of an endpoint (`oss-cn-hangzhou`), or not of `a-z 0-9 -`.
    pub fn new(region: &str, product: Product) -> Result<Self, SignError> {
        check_region(region)?;
        Ok(Self::from_parts(region.to_owned(), product, Vec::new()))
    }

    /// Signs these headers, too, whenever a request has them with a value. Default: none.
    ///
    /// Any case, any order. Names that are signed anyway (`x-oss-*`, `content-type`, `content-md5`) may be listed.
    ///
    /// # Errors
    /// [`SignError::AdditionalHeader`] for text that is not a header name, and for `authorization`.
    pub fn with_additional_headers<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, SignError> {
        let names = names
            .into_iter()
            .map(|name| {
                let name = name.as_ref();
                name.parse::<HeaderName>()
                    .ok()
                    .filter(|parsed| parsed != AUTHORIZATION)
                    .ok_or_else(|| SignError::AdditionalHeader { name: name.to_owned() })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self::from_parts(self.0.region.clone(), self.0.product.clone(), names))
    }

    fn from_parts(region: String, product: Product, additional_headers: Vec<HeaderName>) -> Self {
        Self(Arc::new(Inner { region, product, additional_headers, keys: KeyCache::default() }))
    }

    /// The region that is signed.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// The product that is signed.
    #[must_use]
    pub fn product(&self) -> &Product {
        &self.0.product
    }

    /// The additional headers as configured.
    #[must_use]
    pub fn additional_headers(&self) -> &[HeaderName] {
        &self.0.additional_headers
    }

    /// Sets `x-oss-date`, `Date`, `x-oss-content-sha256` (always `UNSIGNED-PAYLOAD`), `x-oss-security-token` (removed if
    /// the credentials have no token) and `Authorization`, replacing earlier ones. Nothing else is touched.
    ///
    /// The values made of credentials are marked sensitive. A signature is good for 15 minutes around `time`, so sign
    /// each attempt again.
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
        let date = time.to_basic();

        // What can fail comes before the headers are touched.
        let (basic, http) = (date_value(date.as_str())?, date_value(time.to_http())?);
        let token = credentials.security_token().map(|token| sensitive_value(token, "security token")).transpose()?;
        headers.try_reserve(5).map_err(|_| SignError::TooManyHeaders)?;
        set_header(headers, X_OSS_DATE, basic)?;
        set_header(headers, DATE, http)?;
        set_header(headers, X_OSS_CONTENT_SHA256, HeaderValue::from_static(UNSIGNED_PAYLOAD))?;
        match token {
            Some(token) => set_header(headers, X_OSS_SECURITY_TOKEN, token)?,
            None => drop(headers.remove(X_OSS_SECURITY_TOKEN)),
        }

        let canonical = CanonicalRequest::new(request, headers, &self.0.additional_headers, UNSIGNED_PAYLOAD);
        let scope = Scope::of_date(&date, &self.0.region, &self.0.product);
        let string_to_sign = StringToSign::new(&date, &scope, &canonical);
        let signature = self.signing_key(credentials, &scope).sign(string_to_sign.as_str());
        let authorization =
            Authorization::new(credentials.access_key_id(), scope, canonical.additional_headers(), signature);
        // It is made of what was checked: the key id at the beginning, region and product when the signer was made.
        let value = sensitive_value(authorization.to_header_value(), "access key id")?;
        set_header(headers, AUTHORIZATION, value)
    }

    /// Makes a URL that is good from `time` on for `lifetime` (whole seconds, 1 s to 7 days), with the scheme that
    /// [`SigningRequest::scheme`] sets: `https`, unless told otherwise.
    ///
    /// `headers` are those that will be sent with the URL; the signed ones of them are part of the result. A
    /// `x-oss-content-sha256` among them is signed as it is. Signature parameters that `request` already has are
    /// replaced. Temporary credentials make a URL that dies with them, which
    /// [`Presigned::expiration`] takes into account.
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
        let time = UtcTime::new(time).ok_or(SignError::Time)?;
        let expiration = end_of_life(time, lifetime)?;
        let date = time.to_basic();
        let lifetime = lifetime.as_secs().to_string();
        let scope = Scope::of_date(&date, &self.0.region, &self.0.product);
        let credential = format!("{}/{scope}", credentials.access_key_id());

        let mut request = request.clone();
        request.query.retain(|(name, _)| !query_names::ALL.contains(name));
        let additional = sent_additional_headers(&request, headers, &self.0.additional_headers);
        let additional_names = join_names(&additional);
        request.query.extend([
            (query_names::SIGNATURE_VERSION, ALGORITHM),
            (query_names::DATE, date.as_str()),
            (query_names::EXPIRES, lifetime.as_str()),
            (query_names::CREDENTIAL, credential.as_str()),
        ]);
        request.query.extend(credentials.security_token().map(|token| (query_names::SECURITY_TOKEN, token)));
        if !additional.is_empty() {
            request.query.push((query_names::ADDITIONAL_HEADERS, &additional_names));
        }

        let payload =
            headers.get(X_OSS_CONTENT_SHA256).and_then(|value| value.to_str().ok()).map_or(UNSIGNED_PAYLOAD, str::trim);
        let canonical = CanonicalRequest::new(&request, headers, &additional, payload);
        let string_to_sign = StringToSign::new(&date, &scope, &canonical);
        let signature = self.signing_key(credentials, &scope).sign(string_to_sign.as_str());
        request.query.push((query_names::SIGNATURE, &signature));

        Ok(Presigned {
            url: request.url(&request.query)?,
            expiration: sooner(expiration.to_system_time(), credentials.expiration()),
            signed_headers: select(headers, |name| {
                is_signed_by_default(name) || additional.iter().any(|additional| additional == name)
            }),
            method: request.method,
        })
    }

    /// The string to sign of a request that was signed in its headers, to be shown beside the one in a
    /// `SignatureDoesNotMatch` response. It holds no secret. `None` if the headers have no `x-oss-date`.
    #[must_use]
    pub fn string_to_sign(&self, request: &SigningRequest<'_>, signed: &HeaderMap) -> Option<StringToSign> {
        let date = signed.get(X_OSS_DATE)?.to_str().ok()?;
        let scope = self.scope(UtcTime::parse_basic(date)?);
        let canonical = CanonicalRequest::new(request, signed, &self.0.additional_headers, UNSIGNED_PAYLOAD);
        Some(StringToSign::new(date, &scope, &canonical))
    }

    pub(crate) fn scope(&self, time: UtcTime) -> Scope {
        Scope::new(time, &self.0.region, &self.0.product)
    }

    pub(crate) fn signing_key(&self, credentials: &Credentials, scope: &Scope) -> SigningKey {
        self.0.keys.key(credentials, scope)
    }
}

impl fmt::Debug for V4Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V4Signer")
            .field("region", &self.0.region)
            .field("product", &self.0.product)
            .field("additional_headers", &self.0.additional_headers)
            .finish_non_exhaustive()
    }
}

/// The end of a lifetime that OSS accepts.
pub(crate) fn end_of_life(time: UtcTime, lifetime: Duration) -> Result<UtcTime, SignError> {
    let seconds = lifetime.as_secs();
    if !(1..=MAX_LIFETIME_SECONDS).contains(&seconds) {
        return Err(SignError::Lifetime { seconds, max: MAX_LIFETIME_SECONDS });
    }
    UtcTime::from_unix_seconds(time.unix_seconds() + seconds).ok_or(SignError::Time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use std::time::UNIX_EPOCH;

    fn signer() -> V4Signer {
        V4Signer::new("cn-hangzhou", Product::OSS).unwrap()
    }

    fn time() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_702_743_657)
    }

    fn request() -> SigningRequest<'static> {
        SigningRequest::new(Method::PUT).bucket("b").key("k").host("b.oss-cn-hangzhou.aliyuncs.com")
    }

    #[test]
    fn a_request_is_untouched_on_error() {
        let mut headers = HeaderMap::new();
        headers.insert("x-oss-date", HeaderValue::from_static("mine"));
        let before = headers.clone();
        for (request, credentials, time) in [
            (request(), Credentials::new("", "sk"), time()),
            (request(), Credentials::new("a\nk", "sk"), time()),
            (request(), Credentials::new("ak", "sk").with_security_token("a\nb"), time()),
            (request().query("a", "").query("a", ""), Credentials::new("ak", "sk"), time()),
            (request().query("x-oss-signature", "1"), Credentials::new("ak", "sk"), time()),
            (request(), Credentials::new("ak", "sk"), UNIX_EPOCH - Duration::from_secs(1)),
        ] {
            assert!(signer().sign(&request, &mut headers, &credentials, time).is_err());
            assert_eq!(headers, before);
        }
    }

    #[test]
    fn an_old_token_does_not_outlive_a_change_of_credentials() {
        let mut headers = HeaderMap::new();
        let temporary = Credentials::new("STS.x", "s").with_security_token("t");
        signer().sign(&request(), &mut headers, &temporary, time()).unwrap();
        assert!(headers["x-oss-security-token"].is_sensitive() && headers["authorization"].is_sensitive());
        signer().sign(&request(), &mut headers, &Credentials::new("ak", "sk"), time()).unwrap();
        let mut fresh = HeaderMap::new();
        signer().sign(&request(), &mut fresh, &Credentials::new("ak", "sk"), time()).unwrap();
        assert_eq!(headers, fresh);
    }

    #[test]
    fn the_host_of_the_request_is_signed_like_a_host_header() {
        let signer = signer().with_additional_headers(["Host"]).unwrap();
        let credentials = Credentials::new("ak", "sk");
        let mut implied = HeaderMap::new();
        signer.sign(&request(), &mut implied, &credentials, time()).unwrap();
        let mut given = HeaderMap::new();
        given.insert("host", HeaderValue::from_static("b.oss-cn-hangzhou.aliyuncs.com"));
        signer.sign(&request().host(None::<&str>), &mut given, &credentials, time()).unwrap();
        assert_eq!(implied["authorization"], given["authorization"]);
        assert!(implied["authorization"].to_str().unwrap().contains("AdditionalHeaders=host,"));
    }

    #[test]
    fn the_authorization_header_cannot_sign_itself() {
        for name in ["Authorization", "", "a b"] {
            let error = SignError::AdditionalHeader { name: name.into() };
            assert_eq!(signer().with_additional_headers([name]).err(), Some(error));
        }
    }

    #[test]
    fn a_lifetime_has_two_ends() {
        let presign =
            |lifetime| signer().presign(&request(), &HeaderMap::new(), &Credentials::new("ak", "sk"), time(), lifetime);
        for lifetime in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(604_801), Duration::MAX] {
            assert!(matches!(presign(lifetime), Err(SignError::Lifetime { .. })));
        }
        let presigned = presign(Duration::from_millis(3_600_900)).unwrap();
        assert!(presigned.url().contains("&x-oss-expires=3600&"));
        assert_eq!(presigned.expiration(), Some(time() + Duration::from_secs(3600)));
    }

    #[test]
    fn a_url_dies_with_the_credentials_that_signed_it() {
        let end = time() + Duration::from_secs(60);
        let credentials = Credentials::new("STS.x", "s").with_security_token("t").with_expiration(end);
        let presigned =
            signer().presign(&request(), &HeaderMap::new(), &credentials, time(), Duration::from_secs(3600)).unwrap();
        assert_eq!(presigned.expiration(), Some(end));
    }

    #[test]
    fn presigning_again_replaces_the_old_signature() {
        let credentials = Credentials::new("ak", "sk");
        let presign = |request: &SigningRequest<'_>| {
            signer().presign(request, &HeaderMap::new(), &credentials, time(), Duration::from_secs(9)).unwrap()
        };
        let again = request().query("x-oss-signature", "old").query("x-oss-date", "old");
        assert_eq!(presign(&again).url(), presign(&request()).url());
    }

    #[test]
    fn our_string_to_sign_can_be_shown_afterwards() {
        let mut headers = HeaderMap::new();
        let credentials = Credentials::new("ak", "sk");
        signer().sign(&request(), &mut headers, &credentials, time()).unwrap();
        let text = signer().string_to_sign(&request(), &headers).unwrap();
        let authorization = Authorization::parse(headers["authorization"].to_str().unwrap()).unwrap();
        let key = SigningKey::derive("sk", authorization.scope());
        assert_eq!(key.sign(text.as_str()), authorization.signature());
    }
}
