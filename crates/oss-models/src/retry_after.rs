//! The wait that a refusal asks for.

use std::time::Duration;

use http::header::RETRY_AFTER;

use crate::{CallError, CallErrorKind, ServiceError, http_date};

impl CallError {
    /// The wait before another attempt that the server asked for in its last refusal; see
    /// [`ServiceError::retry_after`]. `None` if it asked for none, or if the call failed in another way.
    pub fn retry_after(&self) -> Option<Duration> {
        self.kind().retry_after()
    }
}

impl CallErrorKind {
    /// The wait before another attempt that the server asked for, if this is its refusal.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Service(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl ServiceError {
    /// The wait before another attempt that the response asks for: the longer of `Retry-After` (RFC 9110, section 10.2.3)
    /// and `x-oss-qos-delay-time` (milliseconds). Not bounded: the caller decides how much of it to grant.
    ///
    /// A `Retry-After` that is a date counts from the `Date` of the same response, so that a wrong clock on this machine
    /// does not matter; without a `Date` it says nothing.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = |name: &str| self.headers.get(name)?.to_str().ok().map(str::trim);
        let retry_after = text(RETRY_AFTER.as_str()).and_then(|value| match value.parse::<u32>() {
            Ok(seconds) => Some(Duration::from_secs(seconds.into())),
            Err(_) => http_date::parse(value)?.duration_since(self.server_time?).ok(),
        });
        let delay = text("x-oss-qos-delay-time").and_then(|value| value.parse::<u32>().ok());
        retry_after.max(delay.map(|millis| Duration::from_millis(millis.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, StatusCode};

    /// Rows: R66.
    #[test]
    fn a_refusal_may_ask_for_a_wait_in_three_ways() {
        let wait = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let error = ServiceError::parse(StatusCode::SERVICE_UNAVAILABLE, &headers, b"");
            CallErrorKind::from(error).retry_after().map(|wait| wait.as_millis())
        };
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(&[("retry-after", "2")]), Some(2000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"), date]), Some(3000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:30 GMT"), date]), None);
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]), None, "counted from nothing");
        assert_eq!(wait(&[("x-oss-qos-delay-time", "1500")]), Some(1500));
        assert_eq!(wait(&[("x-oss-qos-delay-time", "1500"), ("retry-after", "1")]), Some(1500));
        assert_eq!(wait(&[("retry-after", "-1"), ("x-oss-qos-delay-time", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "99999999999999999999")]), None);
    }
}
