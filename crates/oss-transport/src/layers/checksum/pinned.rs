//! Whether the content of a response is what the request pinned.

use http::StatusCode;
use http::header::{CONTENT_RANGE, IF_MATCH, RANGE};
use oss_models::{CallErrorKind, Etag, Request, Response};

/// What a request for content says about it (`If-Match`, `Range`), so that a download of several requests never mixes two objects, whatever a
/// server or a cache on the way makes of `If-Match` and `Range`.
#[derive(Debug, Default)]
pub(super) struct Pinned {
    etag: Option<Etag>,
    range: Option<Range>,
}

/// The bytes of a `Range` header, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Range {
    Between(u64, Option<u64>),
    Last(u64),
}

impl Pinned {
    pub(super) fn by(request: &Request) -> Self {
        if !request.operation.pins_content {
            return Self::default();
        }
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        // `*` and lists of tags say nothing about one object.
        let etag = header(IF_MATCH).filter(|tags| !tags.contains(['*', ','])).and_then(|tag| Etag::new(tag).ok());
        Self { etag, range: header(RANGE).and_then(Range::parse) }
    }

    /// Accepts a response that does not say which object it has, and the whole object in place of a range: OSS gives it for
    /// a range outside the object, and says so by the status. Refuses a part of it that does not say which.
    pub(super) fn check(&self, response: &Response) -> Result<(), CallErrorKind> {
        let status = response.status;
        let refuse = |reason| Err(CallErrorKind::InvalidResponse { status, reason });
        if let (Some(pinned), Some(got)) = (&self.etag, response.header("etag").and_then(|tag| Etag::new(tag).ok()))
            && *pinned != got
        {
            return refuse(format!("the object has the entity tag {got}, and {pinned} was pinned"));
        }
        if let Some(pinned) = self.range
            && status == StatusCode::PARTIAL_CONTENT
        {
            match response.header(CONTENT_RANGE) {
                Some(got) if pinned.is_satisfied_by(got) => {}
                Some(got) => return refuse(format!("the range {got:?} is not the one that was asked for")),
                None => return refuse("a range without Content-Range".to_owned()),
            }
        }
        Ok(())
    }
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.strip_prefix("bytes=")?.split_once('-')? {
            ("", count) => Self::Last(count.parse().ok()?),
            (first, "") => Self::Between(first.parse().ok()?, None),
            (first, last) => Self::Between(first.parse().ok()?, Some(last.parse().ok()?)),
        })
    }

    /// Whether `bytes FIRST-LAST/TOTAL` has these bytes of an object of that length.
    fn is_satisfied_by(self, content_range: &str) -> bool {
        let Some((Self::Between(first, Some(last)), total)) = parse_content_range(content_range) else {
            return false;
        };
        let Some(end) = total.checked_sub(1) else { return false };
        match self {
            Self::Between(pinned, until) => first == pinned && last == until.map_or(end, |until| until.min(end)),
            Self::Last(count) => first == total.saturating_sub(count) && last == end,
        }
    }
}

fn parse_content_range(text: &str) -> Option<(Range, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((Range::parse(&format!("bytes={range}"))?, total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: R57.
    #[test]
    fn a_range_is_satisfied_by_itself_as_far_as_the_object_goes() {
        for (pinned, got, satisfied) in [
            ("bytes=2-3", "bytes 2-3/10", true),
            ("bytes=2-30", "bytes 2-9/10", true),
            ("bytes=2-", "bytes 2-9/10", true),
            ("bytes=-3", "bytes 7-9/10", true),
            ("bytes=-30", "bytes 0-9/10", true),
            ("bytes=2-3", "bytes 0-3/10", false),
            ("bytes=2-3", "bytes 2-4/10", false),
            ("bytes=2-3", "bytes 2-2/10", false),
            ("bytes=2-", "bytes 2-8/10", false),
            ("bytes=-3", "bytes 0-2/10", false),
            ("bytes=2-3", "bytes 2-3/0", false),
            ("bytes=2-3", "bytes 2-3/*", false),
            ("bytes=2-3", "bytes */10", false),
            ("bytes=2-3", "lines 2-3/10", false),
        ] {
            assert_eq!(Range::parse(pinned).unwrap().is_satisfied_by(got), satisfied, "{pinned} {got}");
        }
        assert_eq!(Range::parse("bytes=1-2,4-5"), None);
    }
}
