use std::fmt;
use std::str::FromStr;

use crate::InvalidRequest;

/// How a bucket is addressed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AddressStyle {
    /// `bucket.endpoint/key`.
    #[default]
    VirtualHost,
    /// `endpoint/bucket/key`. Also chosen by itself for IP addresses and `localhost`.
    Path,
    /// `endpoint/key`: the endpoint is a domain of your own that stands for one bucket.
    CustomDomain,
}

impl AddressStyle {
    /// Every style.
    const ALL: [Self; 3] = [Self::VirtualHost, Self::Path, Self::CustomDomain];

    /// `virtual-host`, `path` or `custom-domain`.
    ///
    /// **A persisted format**: the identity of a checkpoint record contains this text, so a change would orphan every
    /// record that was written before.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VirtualHost => "virtual-host",
            Self::Path => "path",
            Self::CustomDomain => "custom-domain",
        }
    }
}

impl fmt::Display for AddressStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AddressStyle {
    type Err = InvalidRequest;

    /// Reads what [`as_str`](Self::as_str) gives.
    fn from_str(text: &str) -> Result<Self, InvalidRequest> {
        Self::ALL.into_iter().find(|style| style.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            InvalidRequest::new("address_style", format!("must be one of {known}, got {text:?}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records of unfinished uploads are found by these words.
    #[test]
    fn the_persisted_words_never_change() {
        assert_eq!(AddressStyle::ALL.map(AddressStyle::as_str), ["virtual-host", "path", "custom-domain"]);
        for style in AddressStyle::ALL {
            assert_eq!(style.as_str().parse(), Ok(style));
        }
        assert!("virtual_host".parse::<AddressStyle>().is_err());
    }
}
