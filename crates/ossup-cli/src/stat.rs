//! `ossup stat`.

use std::collections::BTreeMap;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use ossup::{
    BucketInfo, Client, GetBucketInfoRequest, GetObjectAclRequest, GetObjectTaggingRequest, HeadObjectRequest,
    HeadObjectResult, http,
};
use serde::Serialize;

use crate::address::{Address, Pattern, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::time::moment;

#[derive(Args)]
pub(crate) struct Stat {
    /// The object, oss://BUCKET/KEY, or the bucket, oss://BUCKET.
    what: Address,
    /// Version of the object. Default: the current one.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    version_id: Option<String>,
    /// Also ask for the tags of the object.
    #[arg(long)]
    tags: bool,
    /// Also ask who may read and write the object.
    #[arg(long)]
    acl: bool,
}

/// What is known of an object.
#[derive(Serialize)]
struct Object {
    op: &'static str,
    kind: &'static str,
    bucket: String,
    key: String,
    size: Option<u64>,
    etag: Option<String>,
    /// As text: JSON numbers beyond 2^53 are rounded by many readers.
    crc64: Option<String>,
    version_id: Option<String>,
    #[serde(flatten)]
    more: More,
    /// Every header that describes the object, by its name in small letters.
    headers: BTreeMap<String, String>,
}

/// What a request of its own has to ask for.
#[derive(Default, Serialize)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acl: Option<String>,
}

impl Line for Object {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        let mut rows: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (as_oss_names_it(name), value.clone())).collect();
        rows.extend(self.more.acl.iter().map(|acl| ("ACL".to_owned(), acl.clone())));
        let tags = self.more.tags.iter().flatten();
        rows.extend(tags.map(|(key, value)| (format!("Tag {key}"), value.clone())));
        Some(table(&shown(&self.bucket, &self.key), &rows))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

/// What is known of a bucket.
#[derive(Serialize)]
struct Bucket {
    op: &'static str,
    kind: &'static str,
    bucket: String,
    info: BucketInfo,
}

impl Line for Bucket {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        let info = &self.info;
        let text = |name: &str, value: Option<String>| value.map(|value| (name.to_owned(), value));
        let rows = [
            text("CreationDate", Some(moment(info.creation_date))),
            text("Location", info.location.clone()),
            text("ExtranetEndpoint", info.extranet_endpoint.clone()),
            text("IntranetEndpoint", info.intranet_endpoint.clone()),
            text("StorageClass", info.storage_class.as_ref().map(ToString::to_string)),
            text("DataRedundancyType", info.data_redundancy_type.as_ref().map(ToString::to_string)),
            text("ACL", info.acl.as_ref().map(ToString::to_string)),
            text("Owner", info.owner.as_ref().and_then(|owner| owner.id.clone())),
            text("Versioning", info.versioning.as_ref().map(ToString::to_string)),
            text("TransferAcceleration", info.transfer_acceleration.clone()),
            text("CrossRegionReplication", info.cross_region_replication.clone()),
            text("SSEAlgorithm", info.sse_algorithm.clone()),
            text("KMSMasterKeyID", info.kms_master_key_id.clone()),
            text("Comment", info.comment.clone()),
        ];
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        Some(table(&format!("oss://{}", self.bucket), &rows))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Stat {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let bucket = self.what.bucket.to_string();
        if self.what.pattern() == Pattern::Bucket {
            if self.version_id.is_some() || self.tags || self.acl {
                return Err(Failure::usage(
                    "--version-id, --tags and --acl are of an object: name one, oss://BUCKET/KEY",
                ));
            }
            let info = global
                .client_of(&self.what.bucket, output)?
                .get_bucket_info(GetBucketInfoRequest::new(bucket.as_str()))
                .await?
                .bucket;
            let _ = output.line(&Bucket { op: "stat", kind: "bucket", bucket, info });
            return Ok(Exit::Done);
        }
        let key = self.what.object()?.to_owned();
        let client = global.client_of(&self.what.bucket, output)?;
        let mut request = HeadObjectRequest::new(bucket.as_str(), key.as_str());
        request.version_id.clone_from(&self.version_id);
        request.request_payer = global.payer();
        let head = client.head_object(request).await?;
        let more = self.more(&client, global).await?;
        let _ = output.line(&object(bucket, key, &head, more));
        Ok(Exit::Done)
    }

    async fn more(&self, client: &Client, global: &Global) -> Result<More, Failure> {
        let (bucket, key) = (self.what.bucket.as_str(), self.what.rest.as_str());
        let mut more = More::default();
        if self.tags {
            let mut request = GetObjectTaggingRequest::new(bucket, key);
            request.version_id.clone_from(&self.version_id);
            request.request_payer = global.payer();
            let tags = client.get_object_tagging(request).await?.tags;
            more.tags = Some(tags.into_iter().map(|tag| (tag.key, tag.value)).collect());
        }
        if self.acl {
            let mut request = GetObjectAclRequest::new(bucket, key);
            request.version_id.clone_from(&self.version_id);
            request.request_payer = global.payer();
            more.acl = Some(client.get_object_acl(request).await?.acl.to_string());
        }
        Ok(more)
    }
}

fn object(bucket: String, key: String, head: &HeadObjectResult, more: More) -> Object {
    Object {
        op: "stat",
        kind: "object",
        bucket,
        key,
        size: head.content_length,
        etag: head.etag.as_ref().map(ToString::to_string),
        crc64: head.hash_crc64.map(|crc| crc.to_string()),
        version_id: head.version_id.clone(),
        more,
        headers: described(&head.headers),
    }
}

/// The headers that describe the object, and not the connection or the response.
fn described(headers: &http::HeaderMap) -> BTreeMap<String, String> {
    const OF_THE_RESPONSE: [&str; 8] = [
        "connection",
        "date",
        "keep-alive",
        "server",
        "transfer-encoding",
        "vary",
        "x-oss-request-id",
        "x-oss-server-time",
    ];
    let of_object = headers.iter().filter(|(name, _)| !OF_THE_RESPONSE.contains(&name.as_str()));
    of_object.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}

/// `Content-Length`, `ETag`, `x-oss-object-type`.
fn as_oss_names_it(name: &str) -> String {
    if name.starts_with("x-oss-") {
        return name.to_owned();
    }
    let words = name.split('-').map(|word| match word {
        "etag" => "ETag".to_owned(),
        "md5" => "MD5".to_owned(),
        word => {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        }
    });
    words.collect::<Vec<_>>().join("-")
}

/// Rows of names and values under a heading.
fn table(heading: &str, rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    rows.iter().fold(heading.to_owned(), |text, (name, value)| {
        let value: String = value.chars().flat_map(escaped).collect();
        format!("{text}\n  {name:<width$}  {value}")
    })
}

/// Control characters would change the terminal.
fn escaped(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_named_as_the_documents_of_oss_name_them() {
        let named =
            ["content-length", "etag", "content-md5", "last-modified", "x-oss-hash-crc64ecma"].map(as_oss_names_it);
        assert_eq!(named, ["Content-Length", "ETag", "Content-MD5", "Last-Modified", "x-oss-hash-crc64ecma"]);
    }
}
