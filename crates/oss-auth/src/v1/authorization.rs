//! The `Authorization` header.

use std::fmt;

/// The parts of `OSS <id>:<signature>`. `Debug` hides the signature.
#[derive(Clone, Eq, PartialEq)]
pub struct Authorization {
    access_key_id: String,
    signature: String,
}

impl Authorization {
    /// Reads a header value; `None` if it has another form.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (access_key_id, signature) = value.strip_prefix("OSS ")?.trim_start().split_once(':')?;
        let is_complete = !access_key_id.is_empty() && !signature.is_empty();
        is_complete.then(|| Self { access_key_id: access_key_id.to_owned(), signature: signature.to_owned() })
    }

    /// Whose signature it is.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The signature in base64.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let authorization = Authorization::parse("OSS ak:x3E5TgOvl/i7PN618s5mEvpJDYk=").unwrap();
        assert_eq!(authorization.access_key_id(), "ak");
        assert_eq!(authorization.signature(), "x3E5TgOvl/i7PN618s5mEvpJDYk=");
    }

    #[test]
    fn other_forms_are_refused() {
        for value in ["", "OSS", "OSS ak", "OSS :x", "OSS ak:", "OSS4-HMAC-SHA256 Credential=ak", "AWS ak:x"] {
            assert_eq!(Authorization::parse(value), None, "{value}");
        }
    }
}
