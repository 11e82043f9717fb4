//! What shows one behaviour in one place.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ossup::{
    Client, CopyObjectRequest, CopySource, Credentials, Downloader, GetObjectRequest, HeadObjectRequest,
    HeadObjectResult, ListMultipartUploadsRequest, MultipartUpload, PutObjectRequest, Uploader, Verified,
};
use tempfile::TempDir;

use super::place::Place;

/// A client of a place, a prefix of the bucket and an empty folder, of which no other behaviour knows.
pub(super) struct Trial<'a> {
    pub(super) client: Client,
    place: &'a Place,
    prefix: String,
    folder: TempDir,
}

/// The smallest part that OSS takes.
pub(super) const PART: u64 = 100 * 1024;

impl<'a> Trial<'a> {
    pub(super) fn new(place: &'a Place, number: usize) -> Result<Self> {
        let client = place.client(place.credentials().clone())?;
        let prefix = format!("{}{number}/", place.prefix());
        Ok(Self { client, place, prefix, folder: tempfile::tempdir()? })
    }

    pub(super) fn bucket(&self) -> &str {
        self.place.bucket()
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A client with other credentials.
    pub(super) fn stranger(&self, credentials: Credentials) -> Result<Client> {
        self.place.client(credentials)
    }

    /// The key that the service knows.
    pub(super) fn credentials(&self) -> &Credentials {
        self.place.credentials()
    }

    /// In the smallest parts, one after the other.
    pub(super) fn uploader(&self) -> Uploader {
        self.client.uploader().part_size(PART).parallel_num(1)
    }

    /// In parts of the same size, one after the other.
    pub(super) fn downloader(&self) -> Downloader {
        self.client.downloader().part_size(PART).parallel_num(1)
    }

    /// The whole key of a name.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn put(&self, name: &str) -> PutObjectRequest {
        PutObjectRequest::new(self.bucket(), self.key(name))
    }

    pub(super) fn get(&self, name: &str) -> GetObjectRequest {
        GetObjectRequest::new(self.bucket(), self.key(name))
    }

    pub(super) fn copy(&self, from: &str, to: &str) -> CopyObjectRequest {
        CopyObjectRequest::new(self.bucket(), self.key(to), CopySource::new(self.bucket(), self.key(from)))
    }

    pub(super) async fn head(&self, name: &str) -> Result<HeadObjectResult> {
        Ok(self.client.head_object(HeadObjectRequest::new(self.bucket(), self.key(name))).await?)
    }

    /// Stores an object by one request.
    pub(super) async fn store(&self, name: &str, content: &[u8]) -> Result<()> {
        self.client.put_object(self.put(name).body(content.to_vec())).await?;
        Ok(())
    }

    /// Writes a file into the folder.
    pub(super) fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// The content of an object, which the client has verified.
    pub(super) async fn content(&self, name: &str) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let result = self.client.downloader().download_to(self.get(name), &mut content).await?;
        ensure!(result.verified == Verified::Crc64, "{name} was not verified: {:?}", result.verified);
        Ok(content)
    }

    /// Whether an object has this content.
    pub(super) async fn has(&self, name: &str, content: &[u8]) -> Result<()> {
        let stored = self.content(name).await.with_context(|| format!("reading {name}"))?;
        ensure!(stored == content, "{name} has {} bytes that are not the {} expected", stored.len(), content.len());
        Ok(())
    }

    /// The uploads below the prefix that are neither completed nor aborted.
    pub(super) async fn open_uploads(&self) -> Result<Vec<MultipartUpload>> {
        let request = ListMultipartUploadsRequest::new(self.bucket()).prefix(&self.prefix);
        Ok(self.client.list_multipart_uploads(request).await?.uploads)
    }

    /// That there is no object of this name and no open upload.
    pub(super) async fn has_nothing(&self, name: &str) -> Result<()> {
        ensure!(!self.client.exists(self.bucket(), self.key(name)).await?, "{name} is there");
        let uploads = self.open_uploads().await?;
        ensure!(uploads.is_empty(), "{} uploads are left", uploads.len());
        Ok(())
    }
}

/// Bytes that differ from place to place.
pub(super) fn bytes(len: u64) -> Vec<u8> {
    (0..len).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()).map(|[first, ..]| first).collect()
}

/// Whether a refusal is the one that is expected.
pub(super) fn is_refusal(error: &ossup::CallError, status: u16, code: &str) -> Result<()> {
    let found = (error.status().map(|status| status.as_u16()), error.code());
    ensure!(found == (Some(status), Some(code)), "{status} {code} was expected: {error}");
    Ok(())
}
