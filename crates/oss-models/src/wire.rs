use std::borrow::Cow;
use std::time::SystemTime;

use crate::{Crc64, Etag, PartNumber, UploadId, http_date};

/// A value that headers, query parameters and XML elements carry as text.
pub(crate) trait WireText: Sized {
    /// Text as OSS reads it.
    fn to_wire(&self) -> Cow<'_, str>;

    /// The value of a text of OSS; `None` if it has none.
    fn from_wire(text: &str) -> Option<Self>;

    /// Which rule the value breaks, if any; looked at before it is sent.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// For types whose `Display` and `FromStr` are the wire's form already.
macro_rules! plain_wire_text {
    ($($type:ty),+) => {$(
        impl WireText for $type {
            fn to_wire(&self) -> Cow<'_, str> {
                self.to_string().into()
            }
            fn from_wire(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }
    )+};
}
plain_wire_text!(u16, u32, u64, Crc64, PartNumber);

impl WireText for String {
    fn to_wire(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
    fn from_wire(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl WireText for bool {
    fn to_wire(&self) -> Cow<'_, str> {
        if *self { "true" } else { "false" }.into()
    }
    fn from_wire(text: &str) -> Option<Self> {
        let is = |word| text.trim().eq_ignore_ascii_case(word);
        if is("true") { Some(true) } else { is("false").then_some(false) }
    }
}

impl WireText for UploadId {
    fn to_wire(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
    fn from_wire(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

impl WireText for Etag {
    fn to_wire(&self) -> Cow<'_, str> {
        self.quoted().into()
    }
    fn from_wire(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

/// Headers carry HTTP dates, XML carries ISO 8601; both are read, the former is written.
impl WireText for SystemTime {
    fn to_wire(&self) -> Cow<'_, str> {
        http_date::format(*self).into()
    }
    fn from_wire(text: &str) -> Option<Self> {
        let http = || http_date::parse(text);
        let iso = || text.trim().parse::<jiff::Timestamp>().ok()?.try_into().ok();
        // An HTTP date begins with a day of the week. To fail costs more than to succeed, and lists have many times.
        if text.starts_with(|first: char| first.is_ascii_digit()) { iso().or_else(http) } else { http().or_else(iso) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        let header = SystemTime::from_wire("Wed, 21 Oct 2015 07:28:00 GMT");
        assert!(header.is_some());
        assert_eq!(SystemTime::from_wire("2015-10-21T07:28:00.000Z"), header);
        assert_eq!(SystemTime::from_wire("soon"), None);
    }

    #[test]
    fn booleans_and_numbers_are_strict() {
        assert_eq!(bool::from_wire("True"), Some(true));
        assert_eq!(bool::from_wire("yes"), None);
        assert_eq!(u64::from_wire(" 18446744073709551615 "), Some(u64::MAX));
        assert_eq!(u64::from_wire("-1"), None);
        assert_eq!(PartNumber::from_wire("10001"), None);
    }
}
