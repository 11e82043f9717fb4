//! Paths and times as records write them.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

/// What would make a path ambiguous or unreadable as one word of text; bytes that are no ASCII are escaped too.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// A path as text, also one that is not text itself: control characters, `%` and bytes past ASCII are percent-encoded.
pub fn path_to_text(path: &Path) -> String {
    percent_encode(path.as_os_str().as_encoded_bytes(), ESCAPED).to_string()
}

/// The path that [`path_to_text`] wrote; `None` if this platform cannot express it.
pub fn path_from_text(text: &str) -> Option<PathBuf> {
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        Some(std::ffi::OsString::from_vec(bytes).into())
    }
    // Elsewhere a name that is not text has no bytes of its own to be rebuilt from.
    #[cfg(not(unix))]
    {
        String::from_utf8(bytes).ok().map(PathBuf::from)
    }
}

/// The time so many nanoseconds after (or before) the start of 1970, if the platform can express it.
pub fn system_time(unix_nanos: i128) -> Option<SystemTime> {
    const PER_SECOND: u128 = 1_000_000_000;
    let nanos = unix_nanos.unsigned_abs();
    let (seconds, rest) = (u64::try_from(nanos / PER_SECOND).ok()?, u32::try_from(nanos % PER_SECOND).ok()?);
    let distance = Duration::new(seconds, rest);
    if unix_nanos < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

/// Nanoseconds since 1970, negative before.
pub fn unix_nanos(time: SystemTime) -> i128 {
    let nanos = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => nanos(after),
        Err(before) => -nanos(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: W27, R29.
    #[test]
    fn times_are_whole_nanoseconds_on_both_sides_of_1970() {
        let time = |nanos: i64| {
            let duration = Duration::from_nanos(nanos.unsigned_abs());
            if nanos < 0 { SystemTime::UNIX_EPOCH - duration } else { SystemTime::UNIX_EPOCH + duration }
        };
        for nanos in [0, 1, -1, 1_700_000_000_123_456_789, -5_000_000_001] {
            assert_eq!(unix_nanos(time(nanos)), i128::from(nanos));
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_path_is_read_back() {
        use std::os::unix::ffi::OsStrExt;
        for bytes in [&b"/a b/%41"[..], b"/\xff\n", "/видео".as_bytes(), b""] {
            let path = Path::new(std::ffi::OsStr::from_bytes(bytes));
            let text = path_to_text(path);
            assert!(text.is_ascii());
            assert_eq!(path_from_text(&text).as_deref(), Some(path), "{text}");
        }
    }
}
