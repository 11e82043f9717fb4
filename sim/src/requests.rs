//! What a request that reached the simulated OSS asks for.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Uri};

use crate::operation::query_value;

/// The bucket of every run.
pub(crate) const BUCKET: &str = "demo";

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The key that a request's path names; empty for the bucket itself.
pub(crate) fn key(uri: &Uri) -> String {
    let path = uri.path().trim_start_matches('/');
    match path.strip_prefix(BUCKET) {
        Some("") => String::new(),
        Some(rest) if rest.starts_with('/') => decoded(rest.trim_start_matches('/')),
        _ => decoded(path),
    }
}

/// The key that a copy reads.
pub(crate) fn copy_source(headers: &HeaderMap) -> String {
    let source = decoded(header(headers, "x-oss-copy-source").unwrap_or_default());
    let path = source.split('?').next().unwrap_or_default().trim_start_matches('/');
    path.strip_prefix(BUCKET).unwrap_or(path).trim_start_matches('/').to_owned()
}

/// The first byte of `bytes=FIRST-LAST`, and the one after the last.
pub(crate) fn byte_range(headers: &HeaderMap, name: &str) -> Option<(u64, u64)> {
    let (first, last) = header(headers, name)?.strip_prefix("bytes=")?.split_once('-')?;
    let end = last.parse::<u64>().map_or(u64::MAX, |last| last.saturating_add(1));
    Some((first.parse().ok()?, end))
}

pub(crate) fn content_type(headers: &HeaderMap) -> String {
    header(headers, "content-type").unwrap_or("application/octet-stream").to_owned()
}

pub(crate) fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-oss-meta-"))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

pub(crate) fn forbids_overwrite(headers: &HeaderMap) -> bool {
    header(headers, "x-oss-forbid-overwrite") == Some("true")
}

/// The value of a query parameter, decoded.
pub(crate) fn query(uri: &Uri, name: &str) -> Option<String> {
    query_value(uri, name).map(decoded)
}

/// The parts that a Complete lists, in its order.
pub(crate) fn listed_parts(body: &[u8]) -> Vec<(u16, String)> {
    let text = String::from_utf8_lossy(body);
    text.split("<Part>")
        .skip(1)
        .filter_map(|part| {
            let etag = between(part, "<ETag>", "</ETag>")?.replace("&quot;", "").replace('"', "");
            Some((between(part, "<PartNumber>", "</PartNumber>")?.parse().ok()?, etag))
        })
        .collect()
}

/// The keys that a DeleteMultipleObjects lists.
pub(crate) fn listed_keys(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    text.split("<Object>").skip(1).filter_map(|object| Some(between(object, "<Key>", "</Key>")?.to_owned())).collect()
}

pub(crate) fn damaged(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(first) = bytes.first_mut() {
        // Damaged twice it is not what it was.
        *first = first.wrapping_add(1);
    }
    bytes.into()
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}

/// Without the encoding of the one character that keys of a run have it for.
fn decoded(text: &str) -> String {
    text.replace("%2F", "/").replace("%2f", "/")
}
