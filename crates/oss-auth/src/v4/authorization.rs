//! The `Authorization` header.

use std::fmt;

use http::HeaderName;

use super::ALGORITHM;
use super::canonical_request::join_names;
use super::scope::Scope;

/// The parts of an `Authorization` header, or of the same parameters in a URL. `Debug` hides the signature.
#[derive(Clone, Eq, PartialEq)]
pub struct Authorization {
    access_key_id: String,
    scope: Scope,
    additional_headers: Vec<HeaderName>,
    signature: String,
}

impl Authorization {
    pub(super) fn new(access_key_id: &str, scope: Scope, additional_headers: &[HeaderName], signature: String) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            scope,
            additional_headers: additional_headers.to_vec(),
            signature,
        }
    }

    /// Reads a header value. The fields may come in any order, with or without blanks after the commas.
    ///
    /// # Errors
    /// [`ParseError`] for another algorithm, a missing, unknown or repeated field, an empty name in
    /// `AdditionalHeaders`, or a malformed scope.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let fields = value.strip_prefix(ALGORITHM).ok_or(ParseError::Algorithm)?;
        if !fields.starts_with(' ') {
            return Err(ParseError::Algorithm);
        }
        let (mut credential, mut additional, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(ParseError::Field)?;
            let slot = match name {
                "Credential" => &mut credential,
                "AdditionalHeaders" => &mut additional,
                "Signature" => &mut signature,
                _ => return Err(ParseError::Field),
            };
            if slot.replace(value).is_some() {
                return Err(ParseError::Field);
            }
        }
        Self::from_fields(
            credential.ok_or(ParseError::Missing("Credential"))?,
            additional,
            signature.ok_or(ParseError::Missing("Signature"))?,
        )
    }

    /// Reads the decoded values of `x-oss-credential`, `x-oss-additional-headers` and `x-oss-signature`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_fields(
        credential: &str,
        additional_headers: Option<&str>,
        signature: &str,
    ) -> Result<Self, ParseError> {
        let (access_key_id, scope) = credential.split_once('/').ok_or(ParseError::Scope)?;
        let additional_headers = match additional_headers {
            None => Vec::new(),
            Some(names) => names
                .split(';')
                .map(|name| name.parse().map_err(|_| ParseError::AdditionalHeaders))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            scope: Scope::parse(scope)?,
            additional_headers,
            signature: signature.to_owned(),
        })
    }

    /// Whose signature it is.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What the key is good for.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The names as listed, in lower case.
    #[must_use]
    pub fn additional_headers(&self) -> &[HeaderName] {
        &self.additional_headers
    }

    /// The signature in hex.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The value of the header.
    #[must_use]
    pub fn to_header_value(&self) -> String {
        let Self { access_key_id, scope, additional_headers, signature } = self;
        // An empty list is refused by the service: the whole field goes.
        let additional = match additional_headers.as_slice() {
            [] => String::new(),
            names => format!("AdditionalHeaders={},", join_names(names)),
        };
        let [day, region, product, terminator] = scope.parts();
        let credential =
            [ALGORITHM, " Credential=", access_key_id, "/", day, "/", region, "/", product, "/", terminator];
        // Each made in one piece, since this is made for each request.
        [&credential.concat(), ",", &additional, "Signature=", signature].concat()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("additional_headers", &self.additional_headers)
            .finish_non_exhaustive()
    }
}

/// Why a text is not a V4 authorization. It does not repeat the text, which is as good as a password for a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ParseError {
    /// The first word is not `OSS4-HMAC-SHA256`.
    Algorithm,
    /// A field that is unknown, repeated, or not of the form `name=value`.
    Field,
    /// A field that has to be there.
    Missing(&'static str),
    /// An empty or impossible name in the list of additional headers.
    AdditionalHeaders,
    /// A credential that is not `id/day/region/product/aliyun_v4_request`.
    Scope,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm => write!(f, "the authorization does not begin with {ALGORITHM}"),
            Self::Field => f.write_str("the authorization has an unknown, repeated or malformed field"),
            Self::Missing(field) => write!(f, "the authorization has no {field}"),
            Self::AdditionalHeaders => f.write_str("AdditionalHeaders lists an empty or impossible name"),
            Self::Scope => f.write_str("the credential is not id/day/region/product/aliyun_v4_request"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,AdditionalHeaders=abc;zabc,Signature=00ff";

    #[test]
    fn a_header_is_read_and_written_back() {
        let authorization = Authorization::parse(VALUE).unwrap();
        assert_eq!(authorization.access_key_id(), "ak");
        assert_eq!(authorization.scope().region(), "cn-hangzhou");
        assert_eq!(authorization.additional_headers(), ["abc", "zabc"]);
        assert_eq!(authorization.signature(), "00ff");
        assert_eq!(authorization.to_header_value(), VALUE);
    }

    #[test]
    fn another_order_and_blanks_are_understood() {
        let value = "OSS4-HMAC-SHA256  Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request, Signature=00ff, AdditionalHeaders=abc;zabc";
        assert_eq!(Authorization::parse(value), Authorization::parse(VALUE));
    }

    #[test]
    fn malformed_headers_are_refused() {
        let scope = "Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request";
        for (value, error) in [
            ("OSS ak:xyz".to_owned(), ParseError::Algorithm),
            (format!("OSS4-HMAC-SHA256X {scope},Signature=1"), ParseError::Algorithm),
            (format!("OSS4-HMAC-SHA256 {scope}"), ParseError::Missing("Signature")),
            ("OSS4-HMAC-SHA256 Signature=1".to_owned(), ParseError::Missing("Credential")),
            (format!("OSS4-HMAC-SHA256 {scope},Signature=1,Signature=1"), ParseError::Field),
            (format!("OSS4-HMAC-SHA256 {scope},Signature"), ParseError::Field),
            (format!("OSS4-HMAC-SHA256 {scope},Other=1,Signature=1"), ParseError::Field),
            (format!("OSS4-HMAC-SHA256 {scope},AdditionalHeaders=host;,Signature=1"), ParseError::AdditionalHeaders),
            (format!("OSS4-HMAC-SHA256 {scope},AdditionalHeaders=,Signature=1"), ParseError::AdditionalHeaders),
            ("OSS4-HMAC-SHA256 Credential=ak,Signature=1".to_owned(), ParseError::Scope),
        ] {
            assert_eq!(Authorization::parse(&value), Err(error), "{value}");
        }
    }
}
