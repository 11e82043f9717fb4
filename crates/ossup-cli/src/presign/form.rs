//! `ossup presign --post-policy`: a form with which a browser uploads straight to a bucket.

use std::ops::ControlFlow;
use std::time::SystemTime;

use ossup::auth::PostPolicy;
use ossup::{ListObjectsV2Request, models};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Run;
use crate::address::{Address, Pattern};
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::output::{Line, Totals};

/// What an object that is uploaded whole may have.
const LARGEST: u64 = 5 << 30;
/// OSS puts the name of the chosen file in its place.
const FILE_NAME: &str = "${filename}";

/// A form.
#[derive(Serialize)]
struct Form {
    op: &'static str,
    bucket: String,
    key: String,
    url: String,
    #[serde(serialize_with = "models::serialize::time")]
    expires: Option<SystemTime>,
    /// Its fields by name; `file` comes behind them.
    fields: Map<String, Value>,
}

impl Line for Form {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        serde_json::to_string_pretty(&serde_json::json!({ "url": self.url, "fields": self.fields })).ok()
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Run<'_> {
    /// Signs a form; nothing is sent.
    pub(super) async fn form(&self, address: &Address, global: &Global) -> Result<ControlFlow<()>, Failure> {
        let bucket = address.bucket.as_str();
        let now = SystemTime::now();
        let end = now + self.expires;
        let policy = PostPolicy::new(end).equal("bucket", bucket);
        let (mut policy, key) = match address.pattern() {
            Pattern::Object(key) => (policy.equal("key", key), key.to_owned()),
            Pattern::Bucket => (policy.starts_with("key", ""), FILE_NAME.to_owned()),
            Pattern::Folder(prefix) | Pattern::Prefix(prefix) => {
                (policy.starts_with("key", prefix), format!("{prefix}{FILE_NAME}"))
            }
        };
        policy = policy.content_length_range(0, self.arguments.max_size.map_or(LARGEST, |size| size.0));
        let mut fields = Map::from_iter([("key".to_owned(), Value::from(key.clone()))]);
        for (name, value) in self.headers {
            let name = name.to_ascii_lowercase();
            policy = policy.equal(&name, value);
            fields.insert(name, value.clone().into());
        }
        let credentials = global.credentials_of(&address.bucket, self.output).await?;
        let signer = global.signer_of(&address.bucket)?;
        let form = signer
            .sign_post_policy(&policy, &credentials, now)
            .map_err(|error| Failure::new(Kind::Credentials, error.to_string()))?;
        fields.extend(form.fields().iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
        // A URL of the bucket without its signature is where the form goes.
        let whole = self.client.presign(ListObjectsV2Request::new(bucket), self.expires).await?;
        let url = whole.url().split('?').next().unwrap_or_default().to_owned();
        self.warn_of_early_end(address, &key, credentials.expiration().unwrap_or(end));
        let expires = Some(credentials.expiration().map_or(end, |of_credentials| of_credentials.min(end)));
        let form = Form { op: "post_policy", bucket: bucket.to_owned(), key, url, expires, fields };
        Ok(self.output.line(&form))
    }
}
