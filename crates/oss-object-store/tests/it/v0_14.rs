//! `object_store` 0.14.

#[path = "both/bad_input.rs"]
mod bad_input;
#[path = "both/create.rs"]
mod create;
#[path = "both/lists.rs"]
mod lists;
#[path = "both/reads.rs"]
mod reads;
#[path = "both/suite.rs"]
mod suite;
#[path = "both/uploads.rs"]
mod uploads;

pub(crate) use object_store_0_14 as object_store;
pub(crate) use oss_object_store::v0_14 as oss;

use object_store::ObjectStoreExt as _;
use object_store::integration;
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer as _};
use oss_object_store::RequestId;
use ossup::http::Method;

use crate::support::{emulator, options};

/// Rounds of the race between two writers.
pub(crate) const ROUNDS: usize = 100;

#[tokio::test]
async fn suite_multipart_with_opts() {
    let (_emulator, store) = suite::start().await;
    integration::multipart_with_opts(&store, &store).await;
}

#[tokio::test]
async fn suite_multipart_put_part_out_of_order() {
    let (_emulator, store) = suite::start().await;
    integration::multipart_put_part_out_of_order(&store, &store).await;
}

/// `response_extensions` of the suite is about the HTTP client of object_store itself; what the extensions of this store hold
/// is the request id.
#[tokio::test]
async fn suite_response_extensions_is_of_another_client_here_it_is_the_id() {
    let (emulator, store) = suite::start().await;
    let path = Path::from("a");
    let put = store.put(&path, "abc".into()).await.unwrap().extensions;
    let get = store.get(&path).await.unwrap().extensions;
    let mut upload = store.put_multipart(&path).await.unwrap();
    upload.put_part("abc".into()).await.unwrap();
    let complete = upload.complete().await.unwrap().extensions;
    let ids: Vec<_> = emulator.history().into_iter().map(|request| request.request_id).collect();
    for extensions in [put, get, complete] {
        let id = extensions.get::<RequestId>().unwrap().as_str();
        assert!(ids.iter().any(|request| request == id), "{id} of {ids:?}");
    }
}

#[tokio::test]
async fn a_part_is_sent_by_a_signed_url_and_completed_by_its_tag() {
    let emulator = emulator().start().await.unwrap();
    let store = oss::OssStoreBuilder::new().with_options(options(&emulator)).build().unwrap();
    let path = Path::from("signed/ä b");
    let id = store.create_multipart(&path).await.unwrap();
    let query = SignedUrlOptions::new().with_query([("partNumber", "1"), ("uploadId", id.as_str())]);
    let expiry = std::time::Duration::from_secs(60);
    let url = store.signed_url_opts(Method::PUT, &path, expiry, &query).await.unwrap();
    let (status, headers) = crate::support::send("PUT", url.as_str(), b"content").await;
    assert_eq!(status, 200, "{headers}");
    let etag = headers.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let part = object_store::multipart::PartId { content_id: etag };
    store.complete_multipart(&path, &id, vec![part]).await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "content");
    let reserved = SignedUrlOptions::new().with_query([("x-oss-expires", "1")]);
    let error = store.signed_url_opts(Method::PUT, &path, expiry, &reserved).await.unwrap_err();
    assert!(error.to_string().contains("x-oss-expires"), "{error}");
}
