//! A captured request without what differs from one run to the next.

use std::collections::BTreeMap;

use crate::capture::{Captured, Framing};

/// A request reduced to what two clients can be compared by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Normal {
    /// Name of the operation in the API reference.
    pub(super) operation: &'static str,
    pub(super) method: String,
    pub(super) path: String,
    /// Parameters by name, as escaped by the client; `None`: without an equals sign.
    pub(super) query: BTreeMap<String, Option<String>>,
    /// Headers by lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) framing: Framing,
    pub(super) body: Vec<u8>,
    /// Whether the client sent its body to the end; after an early refusal it may stop.
    pub(super) whole: bool,
}

impl Normal {
    /// Whether the bodies agree as far as both were sent.
    pub(super) fn has_body_of(&self, other: &Self) -> bool {
        match (self.whole, other.whole) {
            (true, true) => self.body == other.body,
            (false, true) => other.body.starts_with(&self.body),
            (true, false) => self.body.starts_with(&other.body),
            (false, false) => self.body.starts_with(&other.body) || other.body.starts_with(&self.body),
        }
    }

    /// Reduces `captured`.
    pub(super) fn of(captured: &Captured) -> Self {
        let (path, query) = captured.target.split_once('?').unwrap_or((&captured.target, ""));
        let query: BTreeMap<_, _> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(parameter(name, value))),
                None => (pair.to_owned(), None),
            })
            .collect();
        let headers = captured
            .headers
            .iter()
            // How the body is framed is compared by itself, and so is the body.
            .filter(|(name, _)| name != "content-length" && name != "transfer-encoding")
            .map(|(name, value)| (name.clone(), header(name, value)))
            .collect();
        Self {
            operation: operation(&captured.method, path, &query, captured),
            method: captured.method.clone(),
            path: path.to_owned(),
            query,
            headers,
            framing: captured.framing,
            body: captured.body.clone(),
            whole: captured.whole,
        }
    }
}

fn parameter(name: &str, value: &str) -> String {
    match name {
        "uploadId" => "<upload id>".to_owned(),
        "versionId" if value.len() > 8 => "<version id>".to_owned(),
        _ => value.to_owned(),
    }
}

fn header(name: &str, value: &str) -> String {
    match name {
        "date" => "<HTTP date>".to_owned(),
        "x-oss-date" => "<date>".to_owned(),
        "host" if value.starts_with("127.0.0.1:") => "<server>".to_owned(),
        "authorization" => authorization(value),
        // The rest names the machine and the interpreter.
        "user-agent" => value.split_once('/').map_or(value, |(product, _)| product).to_owned(),
        _ => value.to_owned(),
    }
}

/// The form of the value, without what depends on the time.
fn authorization(value: &str) -> String {
    if let Some((before, _)) = value.split_once("Signature=") {
        return format!("{}Signature=<signature>", without_date(before));
    }
    match value.rsplit_once(':') {
        Some((before, _)) => format!("{before}:<signature>"),
        None => value.to_owned(),
    }
}

/// `Credential=ID/20260102/…` with the day taken out.
fn without_date(scope: &str) -> String {
    let is_day = |piece: &str| piece.len() == 8 && piece.bytes().all(|byte| byte.is_ascii_digit());
    let pieces: Vec<_> = scope.split('/').map(|piece| if is_day(piece) { "<day>" } else { piece }).collect();
    pieces.join("/")
}

/// The name of the operation in the API reference, by method, parameters and headers.
fn operation(method: &str, path: &str, query: &BTreeMap<String, Option<String>>, captured: &Captured) -> &'static str {
    let has = |name| query.contains_key(name);
    // `/` is the service or, by virtual host, a bucket; `/bucket/` is a bucket.
    let of_object = match captured.header("host") {
        Some(host) if host.starts_with("127.0.0.1:") => {
            path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty())
        }
        _ => path != "/",
    };
    let copies = captured.header("x-oss-copy-source").is_some();
    match (method, of_object) {
        ("PUT", true) if has("partNumber") && copies => "UploadPartCopy",
        ("PUT", true) if has("partNumber") => "UploadPart",
        ("PUT", true) if has("acl") => "PutObjectAcl",
        ("PUT", true) if has("tagging") => "PutObjectTagging",
        ("PUT", true) if has("symlink") => "PutSymlink",
        ("PUT", true) if copies => "CopyObject",
        ("PUT", true) => "PutObject",
        ("POST", true) if has("uploads") => "InitiateMultipartUpload",
        ("POST", true) if has("uploadId") => "CompleteMultipartUpload",
        ("POST", true) if has("append") => "AppendObject",
        ("POST", true) if has("restore") => "RestoreObject",
        ("GET", true) if has("uploadId") => "ListParts",
        ("GET", true) if has("acl") => "GetObjectAcl",
        ("GET", true) if has("tagging") => "GetObjectTagging",
        ("GET", true) if has("symlink") => "GetSymlink",
        ("GET", true) => "GetObject",
        ("HEAD", true) if has("objectMeta") => "GetObjectMeta",
        ("HEAD", true) => "HeadObject",
        ("DELETE", true) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", true) if has("tagging") => "DeleteObjectTagging",
        ("DELETE", true) => "DeleteObject",
        ("PUT", false) if has("cors") => "PutBucketCors",
        ("PUT", false) if has("lifecycle") => "PutBucketLifecycle",
        ("PUT", false) if has("versioning") => "PutBucketVersioning",
        ("PUT", false) => "PutBucket",
        ("POST", false) if has("delete") => "DeleteMultipleObjects",
        ("GET", false) if has("list-type") => "ListObjectsV2",
        ("GET", false) if has("versions") => "ListObjectVersions",
        ("GET", false) if has("uploads") => "ListMultipartUploads",
        ("GET", false) if has("bucketInfo") => "GetBucketInfo",
        ("GET", false) if has("location") => "GetBucketLocation",
        ("GET", false) if has("versioning") => "GetBucketVersioning",
        ("GET", false) if has("cors") => "GetBucketCors",
        ("GET", false) if has("lifecycle") => "GetBucketLifecycle",
        ("GET", false) if has("stat") => "GetBucketStat",
        ("GET", false) if has("encoding-type") => "ListObjects",
        ("GET", false) => "ListBuckets",
        ("DELETE", false) if has("cors") => "DeleteBucketCors",
        ("DELETE", false) if has("lifecycle") => "DeleteBucketLifecycle",
        ("DELETE", false) => "DeleteBucket",
        _ => "unknown operation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(method: &str, target: &str, headers: &[(&str, &str)]) -> Captured {
        Captured {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            framing: Framing::None,
            body: Vec::new(),
            whole: true,
        }
    }

    #[test]
    fn dates_signatures_ids_and_ports_are_taken_out() {
        let authorization = "OSS4-HMAC-SHA256 Credential=id/20260102/cn-x/oss/aliyun_v4_request,Signature=0f";
        let request = captured(
            "PUT",
            "/b/k?partNumber=1&uploadId=77",
            &[("host", "127.0.0.1:99"), ("x-oss-date", "20260102T000000Z"), ("authorization", authorization)],
        );
        let normal = Normal::of(&request);
        assert_eq!(normal.operation, "UploadPart");
        assert_eq!(normal.query["uploadId"].as_deref(), Some("<upload id>"));
        assert_eq!(normal.headers["host"], "<server>");
        assert_eq!(
            normal.headers["authorization"],
            "OSS4-HMAC-SHA256 Credential=id/<day>/cn-x/oss/aliyun_v4_request,Signature=<signature>"
        );
        assert_eq!(header("authorization", "OSS id:abc="), "OSS id:<signature>");
        assert_eq!(header("user-agent", "product/1 (system)"), "product");
    }

    #[test]
    fn operations_are_told_apart_in_both_address_styles() {
        let name = |method, target, host| Normal::of(&captured(method, target, &[("host", host)])).operation;
        assert_eq!(name("GET", "/b/", "127.0.0.1:1"), "ListBuckets");
        assert_eq!(name("GET", "/b/?list-type=2", "127.0.0.1:1"), "ListObjectsV2");
        assert_eq!(name("PUT", "/k", "b.example.com"), "PutObject");
        assert_eq!(name("PUT", "/b/k/", "127.0.0.1:1"), "PutObject");
        assert_eq!(name("PUT", "/", "b.example.com"), "PutBucket");
    }
}
