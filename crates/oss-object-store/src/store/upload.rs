use async_trait::async_trait;

use super::super::object_store::path::Path;
use super::super::object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};
use super::convert::failure;
use super::written;
use crate::multipart::PartsUpload;

/// A multipart upload as engines write it: parts of any size, in order. Aborted when it is dropped unfinished.
#[derive(Debug)]
pub(super) struct OssUpload {
    path: Path,
    upload: PartsUpload,
}

impl OssUpload {
    pub(super) fn new(path: Path, upload: PartsUpload) -> Self {
        Self { path, upload }
    }
}

#[async_trait]
impl MultipartUpload for OssUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (path, sending) = (self.path.clone(), self.upload.put_part(data));
        Box::pin(async move { sending.await.map_err(|error| failure(&path, error)) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.upload.complete().await.map(written).map_err(|error| failure(&self.path, error))
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await.map_err(|error| failure(&self.path, error))
    }
}
