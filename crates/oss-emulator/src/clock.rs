//! The server's clock, with an offset that tests can set, and the three ways OSS writes a time.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use jiff::{SignedDuration, Timestamp};

/// Wall clock plus an adjustable offset.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn new(offset: SignedDuration) -> Self {
        let clock = Self::default();
        clock.set_offset(offset);
        clock
    }

    pub(crate) fn set_offset(&self, offset: SignedDuration) {
        let millis = i64::try_from(offset.as_millis()).unwrap_or(0);
        self.offset_ms.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        now.checked_add(offset).unwrap_or(now)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }
}

/// `Sat, 16 Dec 2023 16:20:57 GMT`, as in `Date` and `Last-Modified`.
pub(crate) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

/// [`http_date`] of milliseconds since 1970.
pub(crate) fn http_date_ms(millis: i64) -> String {
    http_date(Timestamp::from_millisecond(millis).unwrap_or_default())
}

/// `2023-12-16T16:20:57.000Z`, as in XML responses: OSS always writes `.000`.
pub(crate) fn iso_ms(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// Reads an HTTP date; a wrong weekday is forgiven.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_the_way_oss_writes_them() {
        let time: Timestamp = "2023-12-16T16:20:57.123Z".parse().unwrap();
        assert_eq!(http_date(time), "Sat, 16 Dec 2023 16:20:57 GMT");
        assert_eq!(http_date_ms(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(iso_ms(time.as_millisecond()), "2023-12-16T16:20:57.000Z");
        assert_eq!(parse_http_date("Sat, 16 Dec 2023 16:20:57 GMT").unwrap().as_second(), time.as_second());
        assert_eq!(parse_http_date("yesterday"), None);
    }
}
