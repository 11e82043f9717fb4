//! How results write what serde has no form for: times as RFC 3339 text, durations as seconds, a status as a number,
//! headers as a map. For `#[serde(serialize_with = "…")]`, here and in the crates above.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::{Serialize as _, Serializer};

/// A time as `2015-10-21T07:28:00Z`; `null` for none, and for one outside the years 0 to 9999.
///
/// # Errors
/// That of the serializer, as all of these.
pub fn time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let timestamp = time.and_then(|time| jiff::Timestamp::try_from(time).ok());
    timestamp.map(|timestamp| timestamp.to_string()).serialize(serializer)
}

/// A time that is there, as [`time`].
///
/// # Errors
/// As [`time`].
pub fn system_time<S: Serializer>(time_of: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    time(&Some(*time_of), serializer)
}

/// A duration in seconds, with fractions.
///
/// # Errors
/// As [`time`].
pub fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// A duration in seconds, with fractions; `null` for none.
///
/// # Errors
/// As [`time`].
pub fn optional_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

/// A status as a number: `200`.
///
/// # Errors
/// As [`time`].
pub fn status<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Headers as a map of names to values, several values of a name joined as RFC 9110 does; without those that are marked as
/// sensitive.
///
/// # Errors
/// As [`time`].
pub fn headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.keys().filter_map(|name| {
        let values = headers.get_all(name).iter().filter(|value| !value.is_sensitive());
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| (name.as_str(), values.join(", ")))
    }))
}

/// The response of a callback, which is JSON and so UTF-8, as text.
///
/// # Errors
/// As [`time`].
pub fn text<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// The same of one that may be missing.
///
/// # Errors
/// As [`time`].
pub fn optional_text<S: Serializer>(bytes: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.as_deref().map(String::from_utf8_lossy).serialize(serializer)
}
