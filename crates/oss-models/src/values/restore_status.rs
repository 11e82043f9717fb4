use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::http_date;
use crate::wire::WireText;

/// How far the restoration of an archived object is, as `x-oss-restore` and the lists give it:
/// `ongoing-request="false", expiry-date="Thu, 08 May 2025 16:00:00 GMT"`.
///
/// ```
/// use oss_models::{HeadObjectResult, StorageClass};
///
/// fn is_readable(head: &HeadObjectResult) -> bool {
///     match head.storage_class {
///         Some(StorageClass::ColdArchive | StorageClass::DeepColdArchive) => {
///             head.restore.as_ref().is_some_and(|restore| !restore.is_ongoing())
///         }
///         _ => true,
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestoreStatus(String);

impl RestoreStatus {
    /// The text as OSS wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether OSS is still at work, so that the object cannot be read yet.
    pub fn is_ongoing(&self) -> bool {
        self.value("ongoing-request").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Until when the restored object can be read; `None` while the restoration is under way.
    pub fn expiry_date(&self) -> Option<SystemTime> {
        http_date::parse(self.value("expiry-date")?)
    }

    /// The text in quotation marks after `name=`.
    fn value(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.0.split_once(name)?;
        rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?.split('"').next()
    }
}

impl fmt::Display for RestoreStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RestoreStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

// Any text is taken: an object can be described, and perhaps read, whatever is said about its restoration.
impl WireText for RestoreStatus {
    fn to_wire(&self) -> Cow<'_, str> {
        self.as_str().into()
    }

    fn from_wire(text: &str) -> Option<Self> {
        Some(Self(text.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restoration_is_under_way_or_has_an_end() {
        let status = |text| RestoreStatus::from_wire(text).unwrap();
        let ongoing = status("ongoing-request=\"true\"");
        assert_eq!((ongoing.is_ongoing(), ongoing.expiry_date()), (true, None));
        let done = status("ongoing-request=\"false\", expiry-date=\"Sun, 06 Nov 1994 08:49:37 GMT\"");
        assert_eq!((done.is_ongoing(), done.expiry_date()), (false, http_date::parse("Sun, 06 Nov 1994 08:49:37 GMT")));
        for odd in ["", "ongoing-request", "ongoing-request=", "ongoing-request=\"", "expiry-date=\"soon\""] {
            assert_eq!((status(odd).is_ongoing(), status(odd).expiry_date()), (false, None), "{odd}");
        }
    }
}
