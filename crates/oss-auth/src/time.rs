//! The three spellings of a moment that OSS uses. All are UTC, in whole seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// A moment in whole seconds UTC, from 1970 to 9999.
///
/// Date and scope of one signature come from one `UtcTime`, so they cannot fall on two sides of midnight.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UtcTime(Timestamp);

impl UtcTime {
    /// Cuts off fractions of a second. `None` before 1970 or after 9999.
    #[must_use]
    pub fn new(time: SystemTime) -> Option<Self> {
        let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Self::from_unix_seconds(seconds)
    }

    /// `None` after the year 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: u64) -> Option<Self> {
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok().map(Self)
    }

    /// Reads `20231216T162057Z`, the form of `x-oss-date` in V4.
    #[must_use]
    pub fn parse_basic(text: &str) -> Option<Self> {
        // The parser alone would take short fields, too.
        if text.len() != "20231216T162057Z".len() {
            return None;
        }
        Self::from_civil(DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?)
    }

    /// Reads `Sat, 16 Dec 2023 16:20:57 GMT`, the form of `Date` and of all V1 dates.
    #[must_use]
    pub fn parse_http(text: &str) -> Option<Self> {
        Self::from_timestamp(rfc2822::parse(text).ok()?.timestamp())
    }

    /// Reads `2024-07-02T06:30:45Z` or another RFC 3339 time, the form of every `Expiration`.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        Self::from_timestamp(text.trim().parse().ok()?)
    }

    /// `20231216T162057Z`.
    #[must_use]
    pub fn to_basic(self) -> String {
        self.0.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// `20231216`, the first part of a V4 scope.
    #[must_use]
    pub fn to_day(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    /// `Sat, 16 Dec 2023 16:20:57 GMT`.
    #[must_use]
    pub fn to_http(self) -> String {
        rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&self.0).unwrap_or_default()
    }

    /// `2023-12-16T16:20:57Z`, the form of the `Timestamp` parameter of STS.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// `2023-12-16T16:20:57.000Z`, the form of the `expiration` of a POST policy.
    #[must_use]
    pub fn to_policy_expiration(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        u64::try_from(self.0.as_second()).unwrap_or_default()
    }

    /// Back to the standard library's type.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.unix_seconds())
    }

    fn from_civil(civil: DateTime) -> Option<Self> {
        Self::from_timestamp(TimeZone::UTC.to_timestamp(civil).ok()?)
    }

    fn from_timestamp(timestamp: Timestamp) -> Option<Self> {
        Self::from_unix_seconds(u64::try_from(timestamp.as_second()).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_moment_in_every_spelling() {
        let time = UtcTime::from_unix_seconds(1_702_743_657).unwrap();
        assert_eq!(time.to_basic(), "20231216T162057Z");
        assert_eq!(time.to_day(), "20231216");
        assert_eq!(time.to_http(), "Sat, 16 Dec 2023 16:20:57 GMT");
        assert_eq!(time.to_rfc3339(), "2023-12-16T16:20:57Z");
        assert_eq!(time.to_policy_expiration(), "2023-12-16T16:20:57.000Z");
    }

    #[test]
    fn a_one_digit_day_is_written_with_two() {
        let time = UtcTime::parse_rfc3339("2024-07-02T00:30:45Z").unwrap();
        assert_eq!(time.to_http(), "Tue, 02 Jul 2024 00:30:45 GMT");
    }

    #[test]
    fn an_offset_and_a_fraction_are_understood() {
        let time = UtcTime::parse_rfc3339("2024-07-02T08:30:45.9+08:00").unwrap();
        assert_eq!(time.to_rfc3339(), "2024-07-02T00:30:45Z");
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in ["", "2023121T162057Z", "20231316T162057Z", "20231216T162057", "20231216T162057ZZ"] {
            assert_eq!(UtcTime::parse_basic(text), None, "{text}");
        }
        assert_eq!(UtcTime::parse_http("yesterday"), None);
        assert_eq!(UtcTime::parse_rfc3339("1969-12-31T23:59:59Z"), None);
        assert_eq!(UtcTime::new(UNIX_EPOCH - Duration::from_secs(1)), None);
        assert_eq!(UtcTime::from_unix_seconds(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn every_spelling_is_read_back(seconds in 0..253_402_207_200_u64) {
            let time = UtcTime::from_unix_seconds(seconds).unwrap();
            prop_assert_eq!(UtcTime::parse_basic(&time.to_basic()), Some(time));
            prop_assert_eq!(UtcTime::parse_http(&time.to_http()), Some(time));
            prop_assert_eq!(UtcTime::parse_rfc3339(&time.to_rfc3339()), Some(time));
            prop_assert_eq!(UtcTime::new(time.to_system_time()), Some(time));
        }
    }
}
