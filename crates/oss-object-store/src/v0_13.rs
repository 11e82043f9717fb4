//! The store for `object_store` 0.13.

#[path = "store/store.rs"]
mod store;

pub(crate) use object_store_0_13 as object_store;
pub use store::{OssStore, OssStoreBuilder, parse_url};

use std::ops::Range;

use async_trait::async_trait;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    Attributes, GetResult, GetResultPayload, ListResult, MultipartId, ObjectMeta, PutMultipartOptions, PutPayload,
    PutResult, Result,
};

// The results of 0.13 have no place for the request id.

pub(crate) fn put_result(e_tag: Option<String>, version: Option<String>, _: Option<String>) -> PutResult {
    PutResult { e_tag, version }
}

pub(crate) fn get_result(
    payload: GetResultPayload,
    meta: ObjectMeta,
    range: Range<u64>,
    attributes: Attributes,
    _: Option<&str>,
) -> GetResult {
    GetResult { payload, meta, range, attributes }
}

pub(crate) fn list_result(common_prefixes: Vec<Path>, objects: Vec<ObjectMeta>, _: Option<&str>) -> ListResult {
    ListResult { common_prefixes, objects }
}

/// Uploads whose steps have nothing in common but the id: parts may be sent in any order, and by clients that have only a
/// signed URL.
#[async_trait]
impl MultipartStore for OssStore {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.create_upload(path, PutMultipartOptions::default()).await
    }

    async fn put_part(&self, path: &Path, id: &MultipartId, part_idx: usize, data: PutPayload) -> Result<PartId> {
        self.put_upload_part(path, id, part_idx, data).await
    }

    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult> {
        self.complete_upload(path, id, parts).await
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.abort_upload(path, id).await
    }
}
