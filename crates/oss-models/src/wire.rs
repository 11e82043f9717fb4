use std::borrow::Cow;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

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
        let iso = || list_time(text).or_else(|| text.trim().parse::<Timestamp>().ok()?.try_into().ok());
        // An HTTP date begins with a day of the week. To fail costs more than to succeed, and lists have many times.
        if text.starts_with(|first: char| first.is_ascii_digit()) { iso().or_else(http) } else { http().or_else(iso) }
    }
}

/// A time as lists write it: `2015-10-21T07:28:00.000Z`. They have one for each entry, and it takes a fraction of what a
/// parser of all that ISO 8601 allows takes.
fn list_time(text: &str) -> Option<SystemTime> {
    let [y0, y1, y2, y3, b'-', o0, o1, b'-', d0, d1, b'T', h0, h1, b':', m0, m1, b':', s0, s1, b'.', f0, f1, f2, b'Z'] =
        *text.as_bytes()
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        let digit = |digit: &u8| digit.is_ascii_digit().then(|| i32::from(digit - b'0'));
        digits.iter().try_fold(0, |number, byte| Some(10 * number + digit(byte)?))
    };
    let two = |tens, ones| i8::try_from(number(&[tens, ones])?).ok();
    let year = i16::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let milliseconds = number(&[f0, f1, f2])?;
    let (month, day, hour, minute, second) = (two(o0, o1)?, two(d0, d1)?, two(h0, h1)?, two(m0, m1)?, two(s0, s1)?);
    let time = DateTime::new(year, month, day, hour, minute, second, 1_000_000 * milliseconds).ok()?;
    Offset::UTC.to_timestamp(time).ok()?.try_into().ok()
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
    fn the_form_of_lists_is_read_as_any_other_form_of_iso_8601() {
        for text in [
            "2015-10-21T07:28:00.123Z",
            "1969-12-31T23:59:59.999Z",
            "2024-02-29T00:00:00.000Z",
            "2023-02-29T00:00:00.000Z",
            "2016-12-31T23:59:60.000Z",
            "2016-12-31T24:00:00.000Z",
            "0000-01-01T00:00:00.000Z",
            "2016-13-01T00:00:00.000Z",
            "2016-1+-01T00:00:00.000Z",
            "2016-12-31T23:59:59.00Z",
            "2016-12-31T23:59:59.000z",
            "2016-12-31 23:59:59.000Z",
            "2016-12-31T23:59:59.000+",
        ] {
            let time = text.parse::<Timestamp>().ok().and_then(|timestamp| timestamp.try_into().ok());
            assert_eq!(SystemTime::from_wire(text), time, "{text}");
            assert!(list_time(text).is_none_or(|of_list| Some(of_list) == time), "{text}");
        }
        assert!(list_time("2015-10-21T07:28:00.123Z").is_some());
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
