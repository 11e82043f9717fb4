//! object_store's own conformance suite, each function of it as a test.

use oss_emulator::Emulator;

use super::object_store::path::Path;
use super::object_store::{Error, integration};
use super::oss::{OssStore, OssStoreBuilder};
use crate::support::{emulator, options};

/// An emulator, and a store of its bucket.
pub(crate) async fn start() -> (Emulator, OssStore) {
    let emulator = emulator().start().await.unwrap();
    let store = OssStoreBuilder::new().with_options(options(&emulator)).build().unwrap();
    (emulator, store)
}

macro_rules! suite {
    ($($name:ident($($argument:expr),*);)+) => {$(
        #[tokio::test]
        async fn $name() {
            let (_emulator, store) = start().await;
            Box::pin(integration::$name(&store $(, $argument)*)).await;
        }
    )+};
}

suite! {
    put_get_delete_list();
    put_get_attributes();
    get_opts();
    put_opts(false);
    stream_get();
    list_uses_directories_correctly();
    list_with_delimiter();
    rename_and_copy();
    copy_if_not_exists();
    copy_rename_nonexistent_object();
    multipart_race_condition(true);
    multipart_out_of_order();
    list_with_offset_exclusivity();
}

#[tokio::test]
async fn get_nonexistent_object() {
    let (_emulator, store) = start().await;
    for location in [None, Some(Path::from("a/b"))] {
        let error = integration::get_nonexistent_object(&store, location).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    }
}

#[tokio::test]
async fn multipart() {
    let (_emulator, store) = start().await;
    integration::multipart(&store, &store).await;
}

#[tokio::test]
async fn list_paginated() {
    let (_emulator, store) = start().await;
    integration::list_paginated(&store, &store).await;
}

/// The same with several lists at once.
#[tokio::test]
async fn put_get_delete_list_with_parallel_listing() {
    let (_emulator, store) = start().await;
    Box::pin(integration::put_get_delete_list(&store.with_parallel_listing(4))).await;
}
