//! `If-Match` and its three siblings, for reads and for the source of a copy.

use oss_models::Etag;

use crate::clock::parse_http_date;
use crate::error::{Outcome, code};
use crate::request::RequestHead;

/// Header names of one group of conditions.
pub(crate) struct Names {
    pub(crate) matches: &'static str,
    pub(crate) none_match: &'static str,
    pub(crate) modified_since: &'static str,
    pub(crate) unmodified_since: &'static str,
}

/// Conditions of GetObject and HeadObject.
pub(crate) const READ: Names = Names {
    matches: "if-match",
    none_match: "if-none-match",
    modified_since: "if-modified-since",
    unmodified_since: "if-unmodified-since",
};

/// Conditions on the source of CopyObject and UploadPartCopy.
pub(crate) const COPY_SOURCE: Names = Names {
    matches: "x-oss-copy-source-if-match",
    none_match: "x-oss-copy-source-if-none-match",
    modified_since: "x-oss-copy-source-if-modified-since",
    unmodified_since: "x-oss-copy-source-if-unmodified-since",
};

/// Compares an object with the conditions of a request. Malformed dates are ignored.
///
/// # Errors
/// `PreconditionFailed` 412, `NotModified` 304.
pub(crate) fn check(head: &RequestHead, names: &Names, etag: &str, last_modified_ms: i64) -> Outcome<()> {
    let is_etag = |text: &str| text.trim() == "*" || text.split(',').any(|one| Etag::new(one) == Etag::new(etag));
    let date = |name| head.header(name).and_then(parse_http_date).map(|time| time.as_second());
    let last_modified = last_modified_ms.div_euclid(1000);

    let failed = head.header(names.matches).is_some_and(|text| !is_etag(text))
        || date(names.unmodified_since).is_some_and(|limit| last_modified > limit);
    if failed {
        return Err(code::PRECONDITION_FAILED.into());
    }
    let unchanged = head.header(names.none_match).is_some_and(is_etag)
        || date(names.modified_since).is_some_and(|limit| last_modified <= limit);
    if unchanged {
        return Err(code::NOT_MODIFIED.into());
    }
    Ok(())
}
