//! What request headers say about an object: metadata, class, ACL, encryption, tags.

use std::ops::RangeInclusive;

use http::HeaderMap;
use oss_auth::encoding;

use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;
use crate::store::latin1;
use crate::store::records::{Acl, Attributes, BucketRecord, Encryption, StorageClass};

/// Standard headers that are stored with an object and given back.
pub(crate) const STORED_HEADERS: [&str; 6] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"];
const META: &str = "x-oss-meta-";
/// Names and values of all user metadata together.
const MAX_META: usize = 8 * 1024;
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";
const MAX_TAGS: usize = 10;

/// Reads every header that is stored with an object.
///
/// # Errors
/// `InvalidArgument`, `InvalidTag`, the encryption errors, `NotImplemented` for what is not here.
pub(crate) fn attributes(head: &RequestHead, bucket: &BucketRecord) -> Outcome<Attributes> {
    Ok(Attributes {
        headers: stored_headers(&head.headers)?,
        storage_class: storage_class(head)?.unwrap_or(bucket.storage_class),
        acl: object_acl(head)?.unwrap_or(Acl::Default),
        tags: head.header("x-oss-tagging").map_or(Ok(Vec::new()), tags_from_header)?,
        encryption: encryption(head)?,
    })
}

fn stored_headers(headers: &HeaderMap) -> Outcome<Vec<(String, String)>> {
    let mut stored = Vec::new();
    let mut meta_len = 0;
    for name in headers.keys().map(http::HeaderName::as_str) {
        let is_meta = name.strip_prefix(META);
        if is_meta.is_none() && !STORED_HEADERS.contains(&name) {
            continue;
        }
        let values: Vec<_> = headers.get_all(name).iter().map(|value| latin1(value.as_bytes())).collect();
        let value = values.join(",");
        if let Some(own) = is_meta {
            if own.is_empty() || !own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(OssError::invalid_argument(name, &value).message("The name of the metadata is not valid."));
            }
            meta_len += own.len() + value.chars().count();
        }
        stored.push((name.to_owned(), value));
    }
    if meta_len > MAX_META {
        return Err(OssError::invalid_argument("x-oss-meta", &meta_len.to_string())
            .message("The user metadata is larger than 8 KB in all."));
    }
    if !headers.contains_key(http::header::CONTENT_TYPE) {
        stored.push(("content-type".to_owned(), DEFAULT_CONTENT_TYPE.to_owned()));
    }
    Ok(stored)
}

/// Reads `x-oss-storage-class`.
pub(crate) fn storage_class(head: &RequestHead) -> Outcome<Option<StorageClass>> {
    enumerated(head, "x-oss-storage-class", |text| text.parse().ok())
}

/// Reads `x-oss-object-acl`.
pub(crate) fn object_acl(head: &RequestHead) -> Outcome<Option<Acl>> {
    enumerated(head, "x-oss-object-acl", |text| text.parse().ok())
}

/// A header that must be one of a few words.
pub(crate) fn enumerated<T>(head: &RequestHead, name: &str, parse: fn(&str) -> Option<T>) -> Outcome<Option<T>> {
    let Some(value) = head.headers.get(name) else { return Ok(None) };
    let text = latin1(value.as_bytes());
    parse(&text).map(Some).ok_or_else(|| OssError::invalid_argument(name, &text))
}

/// Reads `x-oss-forbid-overwrite`.
///
/// # Errors
/// `InvalidArgument` for anything but `true` and `false`.
pub(crate) fn forbid_overwrite(head: &RequestHead) -> Outcome<bool> {
    enumerated(head, "x-oss-forbid-overwrite", |text| match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
    .map(Option::unwrap_or_default)
    .map_err(|error| error.ec("0017-00000279"))
}

/// Bits per second that a request can ask to be slowed down to.
const TRAFFIC_LIMIT: RangeInclusive<u64> = 245_760..=838_860_800;

/// Reads `x-oss-traffic-limit`, in the header or a signed URL. Nothing is slowed down: there are faults for that.
///
/// # Errors
/// `InvalidArgument` *(code unconfirmed)* for what is no number within the bounds.
pub(crate) fn check_traffic_limit(head: &RequestHead) -> Outcome<()> {
    const NAME: &str = "x-oss-traffic-limit";
    let wanted = head.headers.get(NAME).map(|value| latin1(value.as_bytes()));
    match wanted.or_else(|| head.query.first(NAME).map(str::to_owned)) {
        Some(text) if !text.parse().is_ok_and(|rate| TRAFFIC_LIMIT.contains(&rate)) => {
            Err(OssError::invalid_argument(NAME, &text))
        }
        _ => Ok(()),
    }
}

const ENCRYPTION: [&str; 3] =
    ["x-oss-server-side-encryption", "x-oss-server-side-data-encryption", "x-oss-server-side-encryption-key-id"];

/// Refuses the encryption headers for an operation that does not take them:
/// <https://help.aliyun.com/en/oss/user-guide/0005-00000002>. That the second and third header are refused like the first is
/// *(unconfirmed)*.
///
/// # Errors
/// `InvalidArgument`.
pub(crate) fn check_no_encryption(head: &RequestHead) -> Outcome<()> {
    match ENCRYPTION.iter().find_map(|name| Some((name, head.headers.get(*name)?))) {
        Some((name, value)) => Err(OssError::invalid_argument(name, &latin1(value.as_bytes())).ec("0005-00000002")),
        None => Ok(()),
    }
}

fn encryption(head: &RequestHead) -> Outcome<Encryption> {
    let [algorithm, data_algorithm, key_id] = ENCRYPTION.map(|name| head.header(name).map(str::to_owned));
    let encryption = Encryption { algorithm, data_algorithm, key_id };
    let kms = match encryption.algorithm.as_deref() {
        None | Some("AES256" | "SM4") => false,
        Some("KMS") => true,
        Some(_) => return Err(code::INVALID_ENCRYPTION_ALGORITHM.into()),
    };
    if !kms && (encryption.data_algorithm.is_some() || encryption.key_id.is_some()) {
        return Err(code::INVALID_ENCRYPTION_REQUEST.into());
    }
    if encryption.data_algorithm.as_deref().is_some_and(|name| name != "SM4") {
        return Err(code::INVALID_DATA_ENCRYPTION_ALGORITHM.into());
    }
    Ok(encryption)
}

fn tags_from_header(text: &str) -> Outcome<Vec<(String, String)>> {
    let mut tags = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |part: &str| {
            encoding::decode(&part.replace('+', "%20")).map_err(|_| OssError::invalid_argument("x-oss-tagging", text))
        };
        tags.push((decode(key)?, decode(value)?));
    }
    check_tags(tags)
}

/// The rules that header and document share.
///
/// # Errors
/// `InvalidTag`.
pub(crate) fn check_tags(tags: Vec<(String, String)>) -> Outcome<Vec<(String, String)>> {
    let allowed = |c: char| c.is_alphanumeric() || " +-=._:/".contains(c);
    for (index, (key, value)) in tags.iter().enumerate() {
        let repeated = tags.iter().take(index).any(|(earlier, _)| earlier == key);
        let well_formed =
            (1..=128).contains(&key.len()) && value.len() <= 256 && key.chars().chain(value.chars()).all(allowed);
        if repeated || !well_formed {
            return Err(OssError::from(code::INVALID_TAG).with("TagKey", key).with("TagValue", value));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(OssError::from(code::INVALID_TAG).message("An object has at most 10 tags."));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_a_header_are_decoded_and_checked() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(tags_from_header("a=1&b%20c=%2B&d").unwrap(), [tag("a", "1"), tag("b c", "+"), tag("d", "")]);
        let eleven: Vec<_> = (0..11).map(|n| format!("k{n}=v")).collect();
        for bad in [
            "a=1&a=2",
            "=1",
            &format!("{}=1", "k".repeat(129)),
            &format!("k={}", "v".repeat(257)),
            "a=%00",
            &eleven.join("&"),
        ] {
            assert_eq!(tags_from_header(bad).unwrap_err().code, "InvalidTag", "{bad}");
        }
        assert_eq!(tags_from_header("%ff=1").unwrap_err().code, "InvalidArgument");
    }
}
