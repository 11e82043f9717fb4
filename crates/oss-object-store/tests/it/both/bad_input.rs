//! Input that cannot be right: each has an error of its kind, which says what was wrong.

use futures_util::TryStreamExt as _;

use super::object_store::path::Path;
use super::object_store::{Attribute, Attributes, Error, ObjectStore as _, ObjectStoreExt as _, PutMode, TagSet};
use super::oss::{OssStore, OssStoreBuilder, parse_url};
use super::suite::start;
use crate::support::options;

fn kind(error: &Error) -> &'static str {
    match error {
        Error::NotFound { .. } => "not found",
        Error::InvalidPath { .. } => "invalid path",
        Error::UnknownConfigurationKey { .. } => "unknown option",
        Error::PermissionDenied { .. } => "denied",
        Error::Unauthenticated { .. } => "unauthenticated",
        Error::Generic { store: "OSS", .. } => "generic",
        _ => "another",
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_named_by_every_call() {
    let (emulator, _) = start().await;
    let store = OssStoreBuilder::new().with_options(options(&emulator)).with_bucket("nowhere").build().unwrap();
    let path = Path::from("a");
    let errors = [
        store.get(&path).await.unwrap_err(),
        store.head(&path).await.unwrap_err(),
        store.put(&path, "x".into()).await.unwrap_err(),
        store.put_opts(&path, "x".into(), PutMode::Create.into()).await.unwrap_err(),
        store.put_multipart(&path).await.unwrap_err(),
        store.list(None).try_collect::<Vec<_>>().await.unwrap_err(),
        store.list_with_delimiter(None).await.unwrap_err(),
        store.delete(&path).await.unwrap_err(),
        store.copy(&path, &Path::from("b")).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(kind(&error), "not found", "{error}");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}

#[tokio::test]
async fn a_key_that_oss_cannot_hold_is_refused_before_anything_is_sent() {
    let (emulator, store) = start().await;
    let path = Path::from("x".repeat(1_024));
    let errors = [
        store.put(&path, "x".into()).await.unwrap_err(),
        store.put_multipart(&path).await.unwrap_err(),
        store.get(&path).await.unwrap_err(),
        store.delete(&path).await.unwrap_err(),
        store.get_range(&path, 0..1).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(kind(&error), "generic", "{error}");
        assert!(error.to_string().contains("at most 1023 bytes"), "{error}");
    }
    assert!(store.put(&Path::from(""), "x".into()).await.unwrap_err().to_string().contains("must not be empty"));
    assert!(emulator.history().is_empty());
}

#[tokio::test]
async fn attributes_and_tags_that_oss_does_not_take_are_refused() {
    let (emulator, store) = start().await;
    let mut tags = TagSet::default();
    (0..11).for_each(|n| tags.push(&n.to_string(), ""));
    let error = store.put_opts(&Path::from("a"), "x".into(), tags.into()).await.unwrap_err();
    assert!(error.to_string().contains("at most 10 tags"), "{error}");
    for (name, value, text) in [("k", "ä", "metadata"), ("ossup-create-token", "T", "reserved")] {
        let attributes = Attributes::from_iter([(Attribute::Metadata(name.into()), value)]);
        let error = store.put_opts(&Path::from("a"), "x".into(), attributes.clone().into()).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert!(store.put_multipart_opts(&Path::from("a"), attributes.into()).await.is_err());
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test]
async fn wrong_credentials_are_told_as_what_they_are() {
    let (emulator, _) = start().await;
    let with = |name: &str, value: &str| -> OssStore {
        OssStoreBuilder::new().with_options(options(&emulator)).with_option(name, value).build().unwrap()
    };
    for store in [with("secret_access_key", "wrong"), with("access_key_id", "wrong"), with("skip_signature", "true")] {
        let error = store.get(&Path::from("a")).await.unwrap_err();
        assert_eq!(kind(&error), "denied", "{error}");
    }
}

#[tokio::test]
async fn what_is_no_store_is_not_built() {
    let (emulator, _) = start().await;
    let build = |extra: &[(&str, &str)]| {
        OssStoreBuilder::new().with_options(options(&emulator)).with_options(extra.iter().copied()).build().map(drop)
    };
    build(&[]).unwrap();
    for (name, value, expected, text) in [
        ("oss_endpont", "x", "unknown option", "oss_endpont"),
        ("oss_parallel_listing", "many", "generic", "1 to 256"),
        ("oss_bucket", "Not_A_Bucket", "generic", "Not_A_Bucket"),
        ("oss_endpoint", "http://a/b", "generic", "endpoint"),
    ] {
        let error = build(&[(name, value)]).unwrap_err();
        assert_eq!(kind(&error), expected, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let options = || options(&emulator);
    let (store, path) = parse_url("oss://demo/a/b%20c", options()).unwrap();
    assert_eq!((store.to_string(), path), ("OssStore(demo)".to_owned(), Path::from("a/b c")));
    store.put(&Path::from("a"), "x".into()).await.unwrap();
    for (url, expected) in
        [("s3://demo/a", "generic"), ("demo", "generic"), ("oss://demo/a//b", "invalid path"), ("oss://", "generic")]
    {
        let error = parse_url(url, options()).map(drop).unwrap_err();
        assert_eq!(kind(&error), expected, "{url}: {error}");
    }
}
