//! Times as people write them: spans such as `90`, `15m`, `1h30m`, and moments such as `2026-11-28T09:47:07Z`.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::failure::Failure;

/// A span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Time(pub(crate) Duration);

/// A month has 30 days and a year 365, as with ossutil and rclone. `m` is a minute, `M` a month.
const UNITS: [(&str, f64); 8] = [
    ("ms", 0.001),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("w", 7.0 * 86_400.0),
    ("M", 30.0 * 86_400.0),
    ("y", 365.0 * 86_400.0),
];

impl Time {
    /// The span, if there is any.
    pub(crate) fn more_than_zero(self, flag: &str) -> Result<Duration, Failure> {
        match self.0.is_zero() {
            true => Err(Failure::usage(format!("{flag} must be longer than 0 s"))),
            false => Ok(self.0),
        }
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unusable = || {
            format!(
                "{text:?} is not a time: write seconds or units (ms, s, m, h, d, w, M, y), such as 90, 15m or 1h30m"
            )
        };
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(unusable());
        }
        let mut seconds = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let number: f64 = number.parse().map_err(|_| unusable())?;
            // A number alone is seconds; behind a unit it would be a slip.
            let unit = if unit.is_empty() && rest == text.trim() { "s" } else { unit.trim() };
            let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(unusable)?;
            seconds += number * factor;
            rest = tail;
        }
        Duration::try_from_secs_f64(seconds).map(Self).map_err(|_| unusable())
    }
}

/// A moment as people write it: RFC 3339, or a date with or without a time, in UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Moment(pub(crate) SystemTime);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let in_utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).ok();
        let timestamp = text.parse::<jiff::Timestamp>().ok();
        let timestamp = timestamp
            .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
            .or_else(|| text.parse::<Date>().ok().and_then(|date| in_utc(date.at(0, 0, 0, 0))));
        timestamp.and_then(|timestamp| SystemTime::try_from(timestamp).ok()).map(Self).ok_or_else(|| {
            format!("{text:?} is not a date: write it as 2026-11-28, 2026-11-28T12:00:00 (UTC) or with Z or an offset")
        })
    }
}

/// A moment, RFC 3339 in UTC, in whole seconds; empty for none.
pub(crate) fn moment(time: Option<SystemTime>) -> String {
    let timestamp = time.and_then(|time| jiff::Timestamp::try_from(time).ok());
    timestamp.map(|timestamp| timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_seconds_or_has_units() {
        let seconds = |text: &str| text.parse::<Time>().map(|time| time.0.as_secs_f64());
        for (text, wanted) in [
            ("90", 90.0),
            ("0", 0.0),
            ("1.5", 1.5),
            ("250ms", 0.25),
            ("15m", 900.0),
            ("1h30m", 5400.0),
            ("2d", 172_800.0),
            ("1w", 604_800.0),
            ("1M", 2_592_000.0),
            ("1y", 31_536_000.0),
        ] {
            assert_eq!(seconds(text), Ok(wanted), "{text}");
        }
        for bad in ["", "m", "-1", "1 fortnight", "1h30", "1..5s", "9e9", "99999999999999999999y"] {
            let error = seconds(bad).unwrap_err();
            assert!(error.contains("is not a time"), "{bad}: {error}");
        }
    }

    #[test]
    fn a_moment_is_in_utc() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900);
        assert_eq!(moment(Some(at)), "1994-11-06T08:49:37Z");
        assert_eq!(moment(None), "");
    }
}
