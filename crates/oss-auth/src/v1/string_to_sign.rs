//! The text that V1 signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE};
use ring::hmac;
use zeroize::Zeroizing;

use crate::canonical::names::{CONTENT_MD5, X_OSS_DATE};
use crate::canonical::{self, CanonicalHeaders, is_oss_header, joined_values};
use crate::request::SigningRequest;

/// Query names that V1 signs, besides all that begin with `x-oss-`. Case matters.
///
/// The fixed list of the official SDKs together with the sub-resources that their operations declare. Names that only
/// live channels and retired features use are not here; see
/// [`SigningRequest::sub_resource`](crate::SigningRequest::sub_resource).
pub const SUB_RESOURCES: [&str; 77] = [
    "MetaQuery",
    "accessPoint",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicy",
    "accessPointPolicyForObjectProcess",
    "acl",
    "append",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "dataPipeline",
    "delete",
    "encryption",
    "httpsConfig",
    "inventory",
    "inventoryId",
    "legalHold",
    "lifecycle",
    "location",
    "logging",
    "metaQuery",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "objectMeta",
    "objectWorm",
    "overwriteConfig",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "publicAccessBlock",
    "quota",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "resourceGroup",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "rtc",
    "seal",
    "security-token",
    "sequential",
    "stat",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "versionId",
    "versioning",
    "versions",
    "website",
    "worm",
    "wormExtend",
    "wormId",
];

/// The text that V1 signs. It holds the security token, so `Debug` shows none of it.
pub struct StringToSign(Zeroizing<Vec<u8>>);

impl StringToSign {
    /// For a signature in the header: the date is `x-oss-date` if there is one, else `Date`.
    #[must_use]
    pub fn for_header(request: &SigningRequest<'_>, headers: &HeaderMap) -> Self {
        let name = if headers.contains_key(X_OSS_DATE) { X_OSS_DATE } else { DATE };
        Self::new(request, headers, &joined_values(headers, &name))
    }

    /// For a signature in the URL: the text of `Expires` takes the place of the date.
    #[must_use]
    pub fn for_url(request: &SigningRequest<'_>, headers: &HeaderMap, expires: &str) -> Self {
        Self::new(request, headers, expires.as_bytes())
    }

    fn new(request: &SigningRequest<'_>, headers: &HeaderMap, date: &[u8]) -> Self {
        let mut text = Zeroizing::new(Vec::with_capacity(256));
        for line in [
            request.method.as_str().as_bytes(),
            &joined_values(headers, &CONTENT_MD5),
            &joined_values(headers, &CONTENT_TYPE),
            date,
        ] {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        CanonicalHeaders::new(headers, is_oss_header).write_to(&mut text);
        text.extend_from_slice(canonical_resource(request).as_bytes());
        Self(text)
    }

    /// The text. Bytes, since a header value need not be UTF-8. Contains the security token, if there is one.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The signature in base64.
    #[must_use]
    pub fn sign(&self, access_key_secret: &str) -> String {
        hmac_sha1(access_key_secret.as_bytes(), &self.0)
    }
}

impl fmt::Debug for StringToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringToSign").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

/// HMAC-SHA1 in base64: every signature of V1, and those of STS.
pub(crate) fn hmac_sha1(key: &[u8], message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    STANDARD.encode(hmac::sign(&key, message))
}

/// The resource and the signed part of the query, unencoded.
fn canonical_resource(request: &SigningRequest<'_>) -> String {
    let mut text = canonical::resource(request.bucket.as_deref(), request.key.as_deref());
    let mut signed: Vec<_> = request.query.iter().filter(|(name, _)| is_signed_query(request, name)).collect();
    signed.sort_by_key(|(name, _)| *name);
    for (index, (name, value)) in signed.into_iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}

fn is_signed_query(request: &SigningRequest<'_>, name: &str) -> bool {
    name.starts_with("x-oss-") || SUB_RESOURCES.binary_search(&name).is_ok() || request.sub_resources.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(SUB_RESOURCES.is_sorted());
    }

    #[test]
    fn only_listed_oss_and_declared_names_are_signed() {
        let request = SigningRequest::new(Method::GET)
            .bucket("b")
            .query_pairs([("vod", ""), ("udf", "1"), ("x-oss-process", "style/a b"), ("prefix", "p"), ("acl", "")])
            .sub_resource("vod");
        assert_eq!(canonical_resource(&request), "/b/?acl&vod&x-oss-process=style/a b");
    }
}
