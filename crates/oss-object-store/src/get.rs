use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use ossup::http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use ossup::http::{HeaderMap, StatusCode};
use ossup::{ByteRange, ContentRange, Etag, GetObjectRequest, HeadObjectRequest};

use crate::bucket::Bucket;
use crate::content::Content;
use crate::error::{ErrorKind, OssError};

/// What of an object is asked for, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// As in the header: an entity tag, several, or `*`.
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<SystemTime>,
    pub(crate) if_unmodified_since: Option<SystemTime>,
    pub(crate) range: Option<WantedRange>,
    pub(crate) version: Option<String>,
}

/// Which bytes are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum WantedRange {
    Bounded(Range<u64>),
    Offset(u64),
    Suffix(u64),
}

/// An object as a response described it.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    /// Of the whole object, in bytes.
    pub(crate) size: u64,
    pub(crate) last_modified: SystemTime,
    /// With quotes, as OSS gives it.
    pub(crate) e_tag: Option<String>,
    pub(crate) version: Option<String>,
    /// Which bytes follow.
    pub(crate) range: Range<u64>,
    pub(crate) headers: HeaderMap,
}

impl Described {
    pub(crate) fn request_id(&self) -> Option<&str> {
        text(&self.headers, "x-oss-request-id")
    }
}

impl WantedRange {
    /// These bytes of an object of this size.
    ///
    /// # Errors
    /// There are none.
    fn of_size(&self, size: u64) -> Result<Range<u64>, OssError> {
        let begins_past = |start: u64| {
            OssError::generic(format!("the range begins at byte {start}, and the object has {size} bytes"))
        };
        match self {
            Self::Bounded(range) if range.end <= range.start => {
                Err(OssError::generic(format!("the range {}..{} has no bytes", range.start, range.end)))
            }
            Self::Bounded(range) if range.start >= size => Err(begins_past(range.start)),
            Self::Bounded(range) => Ok(range.start..range.end.min(size)),
            Self::Offset(start) if *start >= size => Err(begins_past(*start)),
            Self::Offset(start) => Ok(*start..size),
            Self::Suffix(count) => Ok(size.saturating_sub(*count)..size),
        }
    }

    fn header(&self) -> Result<ByteRange, OssError> {
        match self {
            Self::Bounded(range) if range.end <= range.start => self.of_size(u64::MAX).map(ByteRange::from),
            Self::Bounded(range) => Ok(range.clone().into()),
            Self::Offset(start) => Ok((*start..).into()),
            Self::Suffix(0) => Err(OssError::generic("a range of the last 0 bytes is empty")),
            Self::Suffix(count) => Ok(ByteRange::Last(*count)),
        }
    }
}

/// The bytes of an object, in order.
pub(crate) type Bodies = BoxStream<'static, Result<Bytes, OssError>>;

impl Bucket {
    /// Describes an object without its bytes.
    pub(crate) async fn head(&self, key: &str, wanted: &Wanted) -> Result<Described, OssError> {
        let wanted = self.with_one_tag(key, wanted).await?;
        let mut request = HeadObjectRequest::new(self.name(), key);
        request.version_id.clone_from(&wanted.version);
        request.if_match = tag(wanted.if_match.as_deref())?;
        request.if_none_match = tag(wanted.if_none_match.as_deref())?;
        request.if_modified_since = wanted.if_modified_since;
        request.if_unmodified_since = wanted.if_unmodified_since;
        let head = self.client.head_object(request).await?;
        let mut described = describe(head.headers)?;
        if let Some(range) = &wanted.range {
            described.range = range.of_size(described.size)?;
        }
        Ok(described)
    }

    /// Opens an object, or a range of it, by one request. What breaks off is resumed, pinned to the same object.
    pub(crate) async fn get(self: &Arc<Self>, key: &str, wanted: &Wanted) -> Result<(Described, Bodies), OssError> {
        let wanted = self.with_one_tag(key, wanted).await?;
        let mut request = GetObjectRequest::new(self.name(), key);
        request.version_id.clone_from(&wanted.version);
        request.if_match = tag(wanted.if_match.as_deref())?;
        request.if_none_match = tag(wanted.if_none_match.as_deref())?;
        request.if_modified_since = wanted.if_modified_since;
        request.if_unmodified_since = wanted.if_unmodified_since;
        if let Some(range) = &wanted.range {
            // Without it OSS gives the whole object for a range that reaches outside of it.
            request = request.range(range.header()?).range_behavior("standard");
        }
        let got = self.client.get_object(request).await?;
        let status = got.status;
        let described = match &wanted.range {
            None => describe(got.headers)?,
            Some(range) => describe_range(status, got.headers, range)?,
        };
        let whole = got.hash_crc64.filter(|_| wanted.range.is_none());
        let content = Content::new(self.clone(), key, &described, got.body, whole);
        Ok((described, content.stream()))
    }

    /// Several ranges of one object, all of the same state of it: near ones by one request, as object_store joins them.
    pub(crate) async fn get_ranges(&self, key: &str, ranges: &[Range<u64>], gap: u64) -> Result<Vec<Bytes>, OssError> {
        let joined = join(ranges, gap);
        if let Some(empty) = joined.iter().find(|range| range.end <= range.start) {
            return Err(OssError::generic(format!("the range {}..{} has no bytes", empty.start, empty.end)));
        }
        if joined.is_empty() {
            return Ok(Vec::new());
        }
        // Each joined range is one request; its bytes are all held in memory anyway.
        let reading = self.client.downloader().ranges(GetObjectRequest::new(self.name(), key), &joined);
        let fetched = reading.part_size(ossup::uploader::MAX_PART_SIZE).parallel_num(PARALLEL_RANGES).await?;
        Ok(ranges.iter().map(|range| cut(&joined, &fetched, range)).collect())
    }

    /// Resolves conditions that name several tags, or any: RFC 9110 has them, and OSS documents one tag. The object is asked for
    /// its tag, and then pinned to it.
    async fn with_one_tag(&self, key: &str, wanted: &Wanted) -> Result<Wanted, OssError> {
        let mut wanted = wanted.clone();
        // A date counts only where there is no tag.
        if wanted.if_match.is_some() {
            wanted.if_unmodified_since = None;
        }
        if wanted.if_none_match.is_some() {
            wanted.if_modified_since = None;
        }
        let is_list = |tags: &Option<String>| tags.as_deref().is_some_and(|tags| tags.contains([',', '*']));
        if !is_list(&wanted.if_match) && !is_list(&wanted.if_none_match) {
            return Ok(wanted);
        }
        let mut request = HeadObjectRequest::new(self.name(), key);
        request.version_id.clone_from(&wanted.version);
        let etag = self.client.head_object(request).await?.etag;
        let (tags, none) = (wanted.if_match.take(), wanted.if_none_match.take());
        if let Some(tags) = tags.filter(|tags| !names(tags, etag.as_ref())) {
            return Err(OssError::text(ErrorKind::Precondition, format!("the entity tag is none of {tags}")));
        }
        if let Some(tags) = none.filter(|tags| names(tags, etag.as_ref())) {
            return Err(OssError::text(ErrorKind::NotModified, format!("the entity tag is one of {tags}")));
        }
        wanted.if_match = etag.map(|etag| etag.quoted());
        Ok(wanted)
    }
}

/// Whether a list of tags names this one.
fn names(tags: &str, etag: Option<&Etag>) -> bool {
    tags.trim() == "*" || tags.split(',').any(|tag| Etag::new(tag).ok().as_ref().is_some_and(|tag| Some(tag) == etag))
}

fn tag(text: Option<&str>) -> Result<Option<Etag>, OssError> {
    Ok(text.map(Etag::new).transpose()?)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn describe(headers: HeaderMap) -> Result<Described, OssError> {
    let size: Option<u64> = text(&headers, CONTENT_LENGTH.as_str()).and_then(|size| size.parse().ok());
    let size = size.ok_or_else(|| OssError::generic("the response has no Content-Length"))?;
    let modified = text(&headers, LAST_MODIFIED.as_str()).and_then(ossup::models::http_date::parse);
    let last_modified = modified.ok_or_else(|| OssError::generic("the response has no Last-Modified"))?;
    let owned = |name: &str| text(&headers, name).map(str::to_owned);
    let (e_tag, version) = (owned(ETAG.as_str()), owned("x-oss-version-id"));
    Ok(Described { size, last_modified, e_tag, version, range: 0..size, headers })
}

/// Accepts the very range that was asked for, and nothing else.
fn describe_range(status: StatusCode, headers: HeaderMap, wanted: &WantedRange) -> Result<Described, OssError> {
    if status != StatusCode::PARTIAL_CONTENT {
        return Err(OssError::generic(format!("a range was asked for, and the response has status {status}, not 206")));
    }
    let range: Option<ContentRange> = text(&headers, CONTENT_RANGE.as_str()).and_then(|range| range.parse().ok());
    let sized = range.and_then(|range| Some((range, range.size?)));
    let (range, size) = sized.ok_or_else(|| OssError::generic("the response has no Content-Range with a size"))?;
    let (got, expected) = (range.first..range.first.saturating_add(range.len()), wanted.of_size(size)?);
    if got != expected {
        let (a, b) = (expected, got);
        return Err(OssError::generic(format!(
            "bytes {}..{} were asked for, and {}..{} came",
            a.start, a.end, b.start, b.end
        )));
    }
    Ok(Described { size, range: got, ..describe(headers)? })
}

/// Ranges that cover these: those with at most `gap` bytes between them are one, in order of their beginnings.
fn join(ranges: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut ranges = ranges.to_vec();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The bytes of a range, from those of the joined range that covers it; fewer where the object ends.
fn cut(joined: &[Range<u64>], fetched: &[Bytes], range: &Range<u64>) -> Bytes {
    let index = joined.partition_point(|joined| joined.start <= range.start).saturating_sub(1);
    let Some((joined, bytes)) = joined.get(index).zip(fetched.get(index)) else { return Bytes::new() };
    let at =
        |position: u64| usize::try_from(position.saturating_sub(joined.start)).unwrap_or(usize::MAX).min(bytes.len());
    let (start, end) = (at(range.start), at(range.end));
    bytes.slice(start..end.max(start))
}

/// Requests for ranges of one object at a time, as many as object_store makes.
const PARALLEL_RANGES: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_within_the_gap_are_one_request() {
        assert_eq!(join(&[20..30, 0..10], 9), [0..10, 20..30]);
        let whole = 0..30;
        assert_eq!(join(&[20..30, 0..10], 10), std::slice::from_ref(&whole));
        assert_eq!(join(&[0..30, 5..6], 0), std::slice::from_ref(&whole));
        assert_eq!(join(&[], 9), []);
    }

    #[test]
    fn a_range_is_what_of_it_lies_in_the_object() {
        for (wanted, size, expected) in [
            (WantedRange::Bounded(2..5), 14, Some(2..5)),
            (WantedRange::Bounded(2..100), 14, Some(2..14)),
            (WantedRange::Bounded(14..15), 14, None),
            (WantedRange::Bounded(3..3), 14, None),
            (WantedRange::Offset(3), 14, Some(3..14)),
            (WantedRange::Offset(14), 14, None),
            (WantedRange::Suffix(2), 14, Some(12..14)),
            (WantedRange::Suffix(100), 14, Some(0..14)),
            (WantedRange::Suffix(1), 0, Some(0..0)),
        ] {
            assert_eq!(wanted.of_size(size).ok(), expected, "{wanted:?} of {size}");
        }
    }

    #[test]
    fn a_list_of_tags_names_its_tags() {
        let etag = Etag::new("\"ab\"").ok();
        assert!(names("*", etag.as_ref()) && names("\"x\", \"AB\"", etag.as_ref()) && names("*", None));
        assert!(!names("\"x\", \"y\"", etag.as_ref()) && !names("\"x\"", None));
    }

    proptest! {
        #[test]
        fn every_range_is_cut_from_what_was_fetched(
            ranges in proptest::collection::vec((0..500_u64, 0..100_u64), 1..20),
            gap in 0..60_u64,
            size in 1..700_u64,
        ) {
            let object: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
            let of_object = |range: &Range<u64>| {
                let at = |position: u64| usize::try_from(position.min(size)).unwrap();
                Bytes::copy_from_slice(&object[at(range.start)..at(range.end)])
            };
            let ranges: Vec<_> = ranges.into_iter().map(|(start, len)| start..start + len).collect();
            let joined = join(&ranges, gap);
            prop_assert!(joined.windows(2).all(|pair| pair[0].end + gap < pair[1].start));
            let fetched: Vec<_> = joined.iter().map(of_object).collect();
            for range in &ranges {
                prop_assert_eq!(cut(&joined, &fetched, range), of_object(range));
            }
        }
    }
}
