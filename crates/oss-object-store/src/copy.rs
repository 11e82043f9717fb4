use ossup::{
    CopyObjectRequest, CopySource, HeadObjectRequest, HeadObjectResult, Metadata, MetadataDirective, Stored,
    UploadError, UploadResult,
};

use crate::attributes::TOKEN;
use crate::bucket::Bucket;
use crate::create::{Verdict, verdict};
use crate::error::{ErrorKind, OssError};
use crate::put::Mode;

impl Bucket {
    /// Copies an object within the bucket, verified by CRC64, in parts if it is large.
    pub(crate) async fn copy(&self, from: &str, to: &str, mode: Mode) -> Result<(), OssError> {
        match mode {
            // OSS would replace the metadata of an object that is copied onto itself.
            Mode::Overwrite if from == to => self.head_own(from).await.map(drop).map_err(OssError::from),
            Mode::Overwrite => {
                self.client.copier().copy(self.copy_request(from, to)).await?;
                Ok(())
            }
            Mode::Create => self.copy_new(from, to).await,
        }
    }

    /// Copies onto a key that no object has, with a token in the metadata of the copy: see [`create`](crate::create).
    async fn copy_new(&self, from: &str, to: &str) -> Result<(), OssError> {
        self.refuse_versions().await?;
        let source = self.client.head_object(HeadObjectRequest::new(self.name(), from)).await?;
        let token = self.token();
        let request = with_metadata_of(self.copy_request(from, to), &source, &token).forbid_overwrite(true);
        match self.client.copier().copy(request).await {
            Ok(copied) if !is_doubtful(&copied) => Ok(()),
            Ok(_) => match verdict(&token, source.hash_crc64, &self.head_own(to).await) {
                Verdict::Ours => Ok(()),
                _ => Err(OssError::text(ErrorKind::AlreadyExists, format!("another object is in place at {to}"))),
            },
            Err(error) if error.stored() == Stored::No && !was_lost(&error) => Err(error.into()),
            Err(error) => self.prove_copy(to, &token, &source, error).await,
        }
    }

    /// Finds out whether a copy whose response was lost was made.
    async fn prove_copy(
        &self,
        to: &str,
        token: &str,
        source: &HeadObjectResult,
        error: UploadError,
    ) -> Result<(), OssError> {
        let (kind, finding) = match verdict(token, source.hash_crc64, &self.head_own(to).await) {
            Verdict::Ours => return Ok(()),
            Verdict::Damaged(_) => (ErrorKind::Generic, "the copy is in place with other bytes than its source"),
            Verdict::Theirs => (ErrorKind::AlreadyExists, "the response was lost, and another object is in place"),
            Verdict::Missing => {
                (ErrorKind::Generic, "the response was lost, and there is no copy, though one may follow")
            }
            Verdict::Unknown => {
                (ErrorKind::Generic, "the response was lost, and whether the copy is in place could not be asked")
            }
        };
        Err(OssError::lost_copy(kind, finding, error))
    }

    fn copy_request(&self, from: &str, to: &str) -> CopyObjectRequest {
        CopyObjectRequest::new(self.name(), to, CopySource::new(self.name(), from))
    }
}

/// Whether the response was lost, and another writer's copy of the same bytes would have looked the same.
fn is_doubtful(copied: &UploadResult) -> bool {
    copied.confirmed_by_head
}

/// Whether the last refusal may be about an object that an earlier attempt made.
fn was_lost(error: &UploadError) -> bool {
    error.call().is_some_and(ossup::CallError::outcome_unknown)
}

/// A copy with the metadata of its source, sent along so that a token can be added.
fn with_metadata_of(mut request: CopyObjectRequest, source: &HeadObjectResult, token: &str) -> CopyObjectRequest {
    request.copy_source_if_match.clone_from(&source.etag);
    request.copy_source.version_id.clone_from(&source.version_id);
    request.metadata_directive = Some(MetadataDirective::Replace);
    let mut metadata: Metadata = source.metadata.iter().collect();
    metadata.insert(TOKEN, token);
    request.metadata = Some(metadata);
    request.content_type.clone_from(&source.content_type);
    request.cache_control.clone_from(&source.cache_control);
    request.content_disposition.clone_from(&source.content_disposition);
    request.content_encoding.clone_from(&source.content_encoding);
    request.expires.clone_from(&source.expires);
    match &source.content_language {
        Some(language) => request.header("content-language", language),
        None => request,
    }
}
