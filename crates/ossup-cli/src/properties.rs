//! What is stored with an object.

use clap::Args;
use ossup::{
    Metadata, ObjectAcl, Operation as _, PutObjectRequest, RequestPayer, ServerSideEncryption, StorageClass, Tagging,
};

use crate::failure::Failure;

/// What is stored with each object.
#[derive(Args, Clone, Debug, Default, Eq, PartialEq)]
#[command(next_help_heading = "Properties of the objects")]
pub(crate) struct Properties {
    /// ACL: private, public-read, public-read-write or default. Default: as the bucket says.
    #[arg(long)]
    acl: Option<String>,
    /// Storage class, such as Standard, IA or Archive. Default: the bucket's.
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// User metadata, as NAME=VALUE; may be repeated.
    #[arg(long, visible_alias = "meta", value_name = "NAME=VALUE")]
    metadata: Vec<String>,
    /// Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values.
    #[arg(long, value_name = "TAGS")]
    tagging: Option<String>,
    /// Media type. Default: by the extension of the file, then of the key.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// How caches may keep the object.
    #[arg(long, value_name = "VALUE")]
    cache_control: Option<String>,
    /// Whether a browser shows or saves the object, and under which name.
    #[arg(long, value_name = "VALUE")]
    content_disposition: Option<String>,
    /// How the content is encoded, such as gzip; the bytes are stored as they are.
    #[arg(long, value_name = "VALUE")]
    content_encoding: Option<String>,
    /// When caches should forget the object.
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// Encryption at rest: AES256, KMS or SM4. Default: the bucket's.
    #[arg(long, value_name = "METHOD")]
    server_side_encryption: Option<String>,
    /// Id of the KMS key.
    #[arg(long, value_name = "ID")]
    server_side_encryption_key_id: Option<String>,
    /// A header for which there is no flag, as NAME:VALUE; may be repeated.
    #[arg(long, value_name = "NAME:VALUE")]
    header: Vec<String>,
    /// Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it.
    #[arg(long, visible_alias = "forbid-overwrite")]
    if_none_match: bool,
}

impl Properties {
    /// Whether an object that exists is to be left.
    pub(crate) fn forbids_overwrite(&self) -> bool {
        self.if_none_match
    }

    /// The request with these properties.
    pub(crate) fn of(
        &self,
        mut request: PutObjectRequest,
        payer: Option<RequestPayer>,
    ) -> Result<PutObjectRequest, Failure> {
        request.acl = self.acl.as_deref().map(ObjectAcl::from);
        request.storage_class = self.storage_class.as_deref().map(StorageClass::from);
        request.tagging = self.tagging.as_deref().map(Tagging::from_encoded).transpose()?;
        request.content_type.clone_from(&self.content_type);
        request.cache_control.clone_from(&self.cache_control);
        request.content_disposition.clone_from(&self.content_disposition);
        request.content_encoding.clone_from(&self.content_encoding);
        request.expires.clone_from(&self.expires);
        request.server_side_encryption = self.server_side_encryption.as_deref().map(ServerSideEncryption::from);
        request.server_side_encryption_key_id.clone_from(&self.server_side_encryption_key_id);
        request.forbid_overwrite = self.if_none_match.then_some(true);
        request.request_payer = payer;
        let mut metadata = Metadata::new();
        for pair in &self.metadata {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("--metadata {pair:?} is not of the form NAME=VALUE")))?;
            metadata.insert(name.strip_prefix("x-oss-meta-").unwrap_or(name), value);
        }
        if !metadata.is_empty() {
            request.metadata = Some(metadata);
        }
        for pair in &self.header {
            let (name, value) = pair
                .split_once(':')
                .ok_or_else(|| Failure::usage(format!("--header {pair:?} is not of the form NAME:VALUE")))?;
            request = request.header(name.trim(), value.trim());
        }
        // What is wrong with a property is wrong for every object, so none is started. Bucket and key are checked by themselves.
        let mut checked = request.clone();
        (checked.bucket, checked.key) = ("bucket".to_owned(), "key".to_owned());
        checked.into_request()?;
        Ok(request)
    }
}
