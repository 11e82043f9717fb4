//! Times in headers: `Sun, 06 Nov 1994 08:49:37 GMT`.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

/// A time as headers write it, without fractions of a second.
///
/// A time outside the years 0 to 9999 is written as the start of 1970.
pub fn format(time: SystemTime) -> String {
    let timestamp = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).unwrap_or_default()
}

/// The time in a header; `None` if it is not a date.
pub fn parse(text: &str) -> Option<SystemTime> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn dates_are_written_and_read() {
        let time = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(format(time), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT"), Some(time));
        assert_eq!(parse("yesterday"), None);
    }
}
