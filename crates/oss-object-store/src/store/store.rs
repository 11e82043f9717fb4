//! The trait's types around what [`Bucket`] does.
//!
//! This folder is compiled once for each version of `object_store`: by `object_store` it means the version of the module that it is
//! mounted in, whose constructors hide the fields in which the versions differ.

mod builder;
mod convert;
mod upload;

pub use builder::{OssStoreBuilder, parse_url};

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use ossup::http::{HeaderMap, Method};
use ossup::{BucketName, Client, ListEntry};
use url::Url;

use self::convert::{attributes_of, failure, meta_of, path_of_prefix, wanted};
use super::object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use super::object_store::multipart::PartId;
use super::object_store::path::Path;
use super::object_store::{
    self, CopyMode, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartId,
    MultipartUpload, OBJECT_STORE_COALESCE_DEFAULT, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, RenameTargetMode, Result,
};
use super::{get_result, list_result, put_result};
use crate::bucket::{Bucket, Settings};
use crate::delete::{BATCH, PARALLEL_BATCHES};
use crate::error::OssError;
use crate::keys::below;
use crate::list::{Pages, Turn};
use crate::multipart::PartsUpload;
use crate::pieces::Pieces;
use crate::put::{Mode, Written};

/// A bucket of OSS as an object store. Cheap to clone; clones share connections.
///
/// The guide's page on data engines says where it differs from object_store's own store for S3. In short: `PutMode::Create` and
/// `copy_if_not_exists` are atomic and resolve lost responses, but are refused on versioned buckets, where OSS ignores the header that
/// makes them so; `PutMode::Update` is not implemented, since OSS has no condition for it; a `rename` is a copy and a
/// deletion, not atomic.
#[derive(Clone, Debug)]
pub struct OssStore {
    bucket: Arc<Bucket>,
}

impl OssStore {
    /// A store of this bucket over a client that is configured already.
    ///
    /// # Errors
    /// `Generic` if `bucket` cannot be the name of one.
    pub fn from_client(client: Client, bucket: impl AsRef<str>) -> Result<Self> {
        let name = BucketName::new(bucket.as_ref()).map_err(|error| failure("", error.into()))?;
        Ok((client, name).into())
    }

    fn new(bucket: Bucket) -> Self {
        Self { bucket: Arc::new(bucket) }
    }

    /// Sets how many lists `list` and `list_with_offset` ask for at once. Default 1; 1 to 256, other numbers count as the nearest of
    /// these.
    ///
    /// With more than one the order of keys is lost, which the trait does not promise. Worth it for tens of thousands of objects.
    #[must_use]
    pub fn with_parallel_listing(self, lists: usize) -> Self {
        self.with_settings(|settings| settings.parallel_listing = lists.clamp(1, 256))
    }

    /// Sets whether `PutMode::Create` and `copy_if_not_exists` are attempted without asking whether the bucket is versioned.
    /// Default no: they are refused there, since OSS would replace an object that exists.
    #[must_use]
    pub fn with_create_on_versioned_bucket(self, allow: bool) -> Self {
        self.with_settings(|settings| settings.create_on_versioned_bucket = allow)
    }

    fn with_settings(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.bucket.settings;
        change(&mut settings);
        Self::new(self.bucket.with_settings(settings))
    }

    /// The name of the bucket.
    pub fn bucket(&self) -> &str {
        self.bucket.name()
    }

    /// The client that carries the requests.
    pub fn client(&self) -> &Client {
        &self.bucket.client
    }

    /// A URL with which anyone can make this one request on the object until it expires, 1 s to 7 days from now.
    ///
    /// # Errors
    /// `Generic` for a method that objects do not have, and if there are no credentials.
    pub async fn signed_url(&self, method: Method, path: &Path, expires_in: Duration) -> Result<Url> {
        sign(self, method, path, expires_in, &[], &HeaderMap::new()).await
    }

    /// The pages of a list as the trait's entries.
    fn entries(&self, pages: Pages) -> BoxStream<'static, Result<ObjectMeta>> {
        let place = self.place();
        let entries = pages.flat_map(move |page| {
            let entries: Vec<_> = match page {
                Ok(page) => page.into_iter().filter_map(object_meta).collect(),
                Err(error) => vec![Err(failure(&place, error.into()))],
            };
            stream::iter(entries)
        });
        entries.boxed()
    }

    /// What errors name that are about no object.
    fn place(&self) -> String {
        format!("oss://{}", self.bucket.name())
    }

    pub(super) async fn create_upload(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId> {
        let PutMultipartOptions { tags, attributes, .. } = opts;
        let attributes = attributes_of(&attributes, &tags)?;
        self.bucket.create_upload(path.as_ref(), attributes).await.map_err(|error| failure(path, error))
    }

    pub(super) async fn put_upload_part(
        &self,
        path: &Path,
        id: &MultipartId,
        part_idx: usize,
        data: PutPayload,
    ) -> Result<PartId> {
        let sent = self.bucket.put_upload_part(path.as_ref(), id, part_idx, data).await;
        sent.map(|content_id| PartId { content_id }).map_err(|error| failure(path, error))
    }

    pub(super) async fn complete_upload(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult> {
        let parts = parts.into_iter().map(|part| part.content_id);
        self.bucket.complete_upload(path.as_ref(), id, parts).await.map(written).map_err(|error| failure(path, error))
    }

    pub(super) async fn abort_upload(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.bucket.abort_upload(path.as_ref(), id).await.map_err(|error| failure(path, error))
    }
}

/// A signed URL of a request with these query parameters and headers, which have to be sent with it.
pub(super) async fn sign(
    store: &OssStore,
    method: Method,
    path: &Path,
    expires_in: Duration,
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Url> {
    let signing = store.bucket.sign(method, path.as_ref(), expires_in, query, headers);
    signing.await.map_err(|error| failure(path, error))
}

fn written(written: Written) -> PutResult {
    let Written { e_tag, version, request_id } = written;
    put_result(e_tag, version, request_id)
}

/// An object of a list; `None` for what only stands for a folder.
fn object_meta(entry: ListEntry) -> Option<Result<ObjectMeta>> {
    match entry {
        ListEntry::Object(object) => meta_of(object).transpose(),
        _ => None,
    }
}

impl From<(Client, BucketName)> for OssStore {
    fn from((client, bucket): (Client, BucketName)) -> Self {
        Self::new(Bucket::new(client, bucket, Settings::default()))
    }
}

impl fmt::Display for OssStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OssStore({})", self.bucket.name())
    }
}

#[async_trait]
impl ObjectStore for OssStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let PutOptions { mode, tags, attributes, .. } = opts;
        let mode = match mode {
            PutMode::Overwrite => Mode::Overwrite,
            PutMode::Create => Mode::Create,
            PutMode::Update(_) => {
                let operation =
                    "`put_opts` with `PutMode::Update` (OSS has no condition on the entity tag that is replaced)";
                return Err(Error::NotImplemented { operation: operation.into(), implementer: self.to_string() });
            }
        };
        let attributes = attributes_of(&attributes, &tags)?;
        let storing = Box::pin(async move {
            let content = Pieces::new(payload);
            self.bucket.put(location.as_ref(), &content, &attributes, mode).await
        });
        storing.await.map(written).map_err(|error| failure(location, error))
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let PutMultipartOptions { tags, attributes, .. } = opts;
        let attributes = attributes_of(&attributes, &tags)?;
        let upload = PartsUpload::begin(self.bucket.clone(), location.as_ref(), attributes).await;
        let upload = upload.map_err(|error| failure(location, error))?;
        Ok(Box::new(upload::OssUpload::new(location.clone(), upload)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let failed = |error| failure(location, error);
        let (head, wanted) = (options.head, wanted(options));
        let (described, content) = if head {
            (self.bucket.head(location.as_ref(), &wanted).await.map_err(failed)?, stream::empty().boxed())
        } else {
            Box::pin(self.bucket.get(location.as_ref(), &wanted)).await.map_err(failed)?
        };
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: described.last_modified.into(),
            size: described.size,
            e_tag: described.e_tag.clone(),
            version: described.version.clone(),
        };
        let path = location.clone();
        let content = content.map(move |bytes| bytes.map_err(|error| failure(&path, error))).boxed();
        let attributes = convert::attributes(&described.headers);
        let payload = GetResultPayload::Stream(content);
        Ok(get_result(payload, meta, described.range.clone(), attributes, described.request_id()))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let reading = Box::pin(self.bucket.get_ranges(location.as_ref(), ranges, OBJECT_STORE_COALESCE_DEFAULT));
        reading.await.map_err(|error| failure(location, error))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let bucket = self.bucket.clone();
        let batches = locations.chunks(BATCH).map(move |batch| {
            let bucket = bucket.clone();
            async move {
                let keys: Vec<_> = batch.iter().flatten().map(ToString::to_string).collect();
                let mut outcomes = bucket.delete(keys).await.into_iter();
                let outcome = |location: Result<Path>| {
                    let path = location?;
                    match outcomes.next() {
                        Some(Ok(())) => Ok(path),
                        Some(Err(error)) => Err(failure(&path, error)),
                        None => Err(failure(&path, OssError::generic("what became of it is not known"))),
                    }
                };
                stream::iter(batch.into_iter().map(outcome).collect::<Vec<_>>())
            }
        });
        batches.buffered(PARALLEL_BATCHES).flatten().boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.entries(self.bucket.list(below(prefix.map_or("", AsRef::as_ref)), None))
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.entries(self.bucket.list(below(prefix.map_or("", AsRef::as_ref)), Some(offset.to_string())))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut pages = self.bucket.list_level(below(prefix.map_or("", AsRef::as_ref)));
        let (mut prefixes, mut objects) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            for entry in page.map_err(|error| failure(self.place(), error.into()))? {
                match entry {
                    ListEntry::Prefix(prefix) => prefixes.push(path_of_prefix(&prefix)?),
                    entry => objects.extend(object_meta(entry).transpose()?),
                }
            }
        }
        Ok(list_result(prefixes, objects, None))
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let mode = match options.mode {
            CopyMode::Overwrite => Mode::Overwrite,
            CopyMode::Create => Mode::Create,
        };
        let copying = Box::pin(self.bucket.copy(from.as_ref(), to.as_ref(), mode));
        copying.await.map_err(|error| match error.kind() {
            crate::error::ErrorKind::NotFound => failure(from, error),
            _ => failure(to, error),
        })
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let mode = match options.target_mode {
            RenameTargetMode::Overwrite => CopyMode::Overwrite,
            RenameTargetMode::Create => CopyMode::Create,
        };
        self.copy_opts(from, to, CopyOptions::new().with_mode(mode)).await?;
        // An object that keeps its name must not be deleted.
        if from != to {
            self.delete(from).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl PaginatedListStore for OssStore {
    async fn list_paginated(&self, prefix: Option<&str>, opts: PaginatedListOptions) -> Result<PaginatedListResult> {
        let turn = Turn {
            prefix: prefix.map(str::to_owned),
            start_after: opts.offset,
            delimiter: opts.delimiter.map(Into::into),
            max_keys: opts.max_keys,
            token: opts.page_token,
        };
        let page = self.bucket.list_page(turn).await.map_err(|error| failure(self.place(), error))?;
        let prefixes =
            page.prefixes.iter().map(|prefix| path_of_prefix(prefix)).collect::<object_store::Result<_>>()?;
        let objects = page.objects.into_iter().filter_map(|object| meta_of(object).transpose());
        let objects = objects.collect::<object_store::Result<_>>()?;
        Ok(PaginatedListResult {
            result: list_result(prefixes, objects, page.request_id.as_deref()),
            page_token: page.next,
        })
    }
}
