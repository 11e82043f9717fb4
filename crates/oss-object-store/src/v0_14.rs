//! The store for `object_store` 0.14.

#[path = "store/store.rs"]
mod store;

pub(crate) use object_store_0_14 as object_store;
pub use store::{OssStore, OssStoreBuilder, parse_url};

use std::ops::Range;

use async_trait::async_trait;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    Attributes, Extensions, GetResult, GetResultPayload, ListResult, MultipartId, ObjectMeta, PutMultipartOptions,
    PutPayload, PutResult, Result,
};

use crate::RequestId;

pub(crate) fn put_result(e_tag: Option<String>, version: Option<String>, request_id: Option<String>) -> PutResult {
    PutResult { e_tag, version, extensions: extensions(request_id.as_deref()) }
}

pub(crate) fn get_result(
    payload: GetResultPayload,
    meta: ObjectMeta,
    range: Range<u64>,
    attributes: Attributes,
    request_id: Option<&str>,
) -> GetResult {
    GetResult { payload, meta, range, attributes, extensions: extensions(request_id) }
}

pub(crate) fn list_result(
    common_prefixes: Vec<Path>,
    objects: Vec<ObjectMeta>,
    request_id: Option<&str>,
) -> ListResult {
    ListResult { common_prefixes, objects, extensions: extensions(request_id) }
}

fn extensions(request_id: Option<&str>) -> Extensions {
    let mut extensions = Extensions::new();
    if let Some(id) = request_id {
        extensions.insert(RequestId::new(id));
    }
    extensions
}

/// Uploads whose steps have nothing in common but the id: parts may be sent in any order, and by clients that have only a
/// signed URL.
#[async_trait]
impl MultipartStore for OssStore {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.create_upload(path, PutMultipartOptions::default()).await
    }

    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId> {
        self.create_upload(path, opts).await
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

#[cfg(feature = "signer")]
mod signer {
    use std::time::Duration;

    use async_trait::async_trait;
    use ossup::http::Method;
    use url::Url;

    use super::object_store::Result;
    use super::object_store::path::Path;
    use super::object_store::signer::{SignedUrlOptions, Signer};
    use super::{OssStore, store};

    #[async_trait]
    impl Signer for OssStore {
        async fn signed_url(&self, method: Method, path: &Path, expires_in: Duration) -> Result<Url> {
            OssStore::signed_url(self, method, path, expires_in).await
        }

        async fn signed_url_opts(
            &self,
            method: Method,
            path: &Path,
            expires_in: Duration,
            options: &SignedUrlOptions,
        ) -> Result<Url> {
            store::sign(self, method, path, expires_in, &options.extra_query, &options.signed_headers).await
        }
    }
}
