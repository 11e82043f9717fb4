//! How the fields of results are written by serde where their own types say nothing: times as RFC 3339 text, a status as
//! a number, headers as a map.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::{Serialize as _, Serializer};

/// `2015-10-21T07:28:00Z`; nothing for a time outside the years 0 to 9999.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(crate) fn time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let timestamp = time.and_then(|time| jiff::Timestamp::try_from(time).ok());
    timestamp.map(|timestamp| timestamp.to_string()).serialize(serializer)
}

/// The same of a time that is there; `null` for one outside the years 0 to 9999.
pub(crate) fn system_time<S: Serializer>(time_of: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    time(&Some(*time_of), serializer)
}

/// `200`.
pub(crate) fn status<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Name to value, as RFC 9110 joins several values of one name; without those that are marked as sensitive.
pub(crate) fn headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.keys().filter_map(|name| {
        let values = headers.get_all(name).iter().filter(|value| !value.is_sensitive());
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| (name.as_str(), values.join(", ")))
    }))
}

/// The response of a callback, which is JSON and so UTF-8.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(crate) fn text<S: Serializer>(bytes: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.as_deref().map(String::from_utf8_lossy).serialize(serializer)
}
