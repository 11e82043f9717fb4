//! Lists, and deletions of what they found.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _};
use oss_emulator::{Fault, FaultEffect};

use super::object_store::list::{PaginatedListOptions, PaginatedListStore as _};
use super::object_store::path::Path;
use super::object_store::{Error, ObjectStore, ObjectStoreExt as _};
use super::oss::OssStore;
use super::suite::start;
use crate::support::count;

async fn fill(store: &OssStore, keys: impl IntoIterator<Item = String>) {
    let putting = futures_util::stream::iter(keys).map(|key| async move {
        let request = ossup::PutObjectRequest::new("demo", key);
        store.client().put_object(request).await.map(drop)
    });
    putting.buffer_unordered(32).try_collect::<()>().await.unwrap();
}

async fn keys(store: &impl ObjectStore, prefix: Option<&str>) -> Vec<String> {
    let prefix = prefix.map(Path::from);
    store.list(prefix.as_ref()).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap()
}

#[tokio::test]
async fn thousands_of_objects_are_listed_in_order_or_by_several_lists() {
    let (emulator, store) = start().await;
    let names: BTreeSet<_> = (0..2_345).map(|n| format!("t/year={}/part-{n:05}.parquet", n % 7)).collect();
    fill(&store, names.iter().cloned()).await;
    fill(&store, ["t2/x".to_owned(), "s".to_owned()]).await;
    emulator.clear_history();
    let plain = keys(&store, Some("t")).await;
    assert_eq!(plain, names.iter().cloned().collect::<Vec<_>>());
    assert_eq!(count(&emulator, "ListObjectsV2"), 3);
    let mut parallel = keys(&store.clone().with_parallel_listing(8), Some("t")).await;
    parallel.sort();
    assert_eq!(parallel, plain);
    // From the middle on.
    let offset = Path::from(plain[1_500].as_str());
    for store in [store.clone(), store.clone().with_parallel_listing(4)] {
        let rest = store.list_with_offset(Some(&Path::from("t")), &offset).map_ok(|meta| meta.location.to_string());
        let rest: BTreeSet<_> = rest.try_collect().await.unwrap();
        assert_eq!(rest, plain[1_501..].iter().cloned().collect::<BTreeSet<_>>());
    }
    let level = store.list_with_delimiter(Some(&Path::from("t"))).await.unwrap();
    assert_eq!((level.common_prefixes.len(), level.objects.len()), (7, 0));
    // And all are deleted, by as few requests as possible.
    emulator.clear_history();
    let found = store.list(None).map_ok(|meta| meta.location).boxed();
    let deleted: Vec<_> = store.delete_stream(found).try_collect().await.unwrap();
    assert_eq!((deleted.len(), count(&emulator, "DeleteMultipleObjects")), (2_347, 3));
    assert!(emulator.objects("demo").unwrap().is_empty());
}

#[tokio::test]
async fn what_stands_for_a_folder_is_left_out_and_what_has_no_path_is_an_error() {
    let (_emulator, store) = start().await;
    fill(&store, ["t/", "t/a", "t/sub/", "t/sub/b", "u"].map(str::to_owned)).await;
    assert_eq!(keys(&store, None).await, ["t/a", "t/sub/b", "u"]);
    assert_eq!(keys(&store, Some("t")).await, ["t/a", "t/sub/b"]);
    let level = store.list_with_delimiter(Some(&Path::from("t"))).await.unwrap();
    assert_eq!(level.objects.iter().map(|meta| meta.location.as_ref()).collect::<Vec<_>>(), ["t/a"]);
    assert_eq!(level.common_prefixes, [Path::from("t/sub")]);
    fill(&store, ["v//w".to_owned()]).await;
    let listed: Vec<_> = store.list(None).collect().await;
    let errors: Vec<_> = listed.iter().filter_map(|item| item.as_ref().err()).collect();
    assert_eq!((listed.len(), errors.len()), (4, 1));
    assert!(matches!(errors[0], Error::InvalidPath { .. }) && errors[0].to_string().contains("v//w"), "{}", errors[0]);
    assert!(store.list_with_delimiter(Some(&Path::from("v"))).await.is_err());
    assert_eq!(keys(&store, Some("t")).await, ["t/a", "t/sub/b"]);
}

#[tokio::test]
async fn a_prefix_without_objects_is_an_empty_list() {
    let (_emulator, store) = start().await;
    assert!(keys(&store, Some("nothing/here")).await.is_empty());
    let level = store.list_with_delimiter(Some(&Path::from("nothing"))).await.unwrap();
    assert!(level.objects.is_empty() && level.common_prefixes.is_empty());
}

#[tokio::test]
async fn a_list_that_is_not_in_order_is_an_error_and_not_the_end() {
    let (emulator, store) = start().await;
    fill(&store, ["a", "b", "c"].map(str::to_owned)).await;
    emulator.add_fault(Fault::on("ListObjectsV2").effect(FaultEffect::ListUnordered));
    let error = store.list(None).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(error.to_string().contains("order of keys"), "{error}");
}

#[tokio::test]
async fn pages_are_as_large_as_asked_for_up_to_what_oss_gives() {
    let (emulator, store) = start().await;
    fill(&store, (0..5).map(|n| format!("a/{n}"))).await;
    let page = |max_keys, offset: Option<&str>| PaginatedListOptions {
        max_keys,
        offset: offset.map(str::to_owned),
        ..Default::default()
    };
    for (max_keys, offset, found, has_next) in [
        (Some(2), None, 2, true),
        (Some(5_000), None, 5, false),
        (Some(0), None, 0, false),
        (None, Some("a/2"), 2, false),
    ] {
        let listed = store.list_paginated(Some("a/"), page(max_keys, offset)).await.unwrap();
        assert_eq!((listed.result.objects.len(), listed.page_token.is_some()), (found, has_next), "{max_keys:?}");
    }
    assert_eq!(count(&emulator, "ListObjectsV2"), 3);
}

#[tokio::test]
async fn each_deletion_has_its_outcome_in_order() {
    let (emulator, store) = start().await;
    fill(&store, ["a", "b", "c"].map(str::to_owned)).await;
    let too_long = Path::from("x".repeat(2_000));
    let places = [Path::from("a"), too_long.clone(), Path::from("missing"), Path::from("b")];
    let given = futures_util::stream::iter(
        places.clone().map(Ok).into_iter().chain([Err(Error::NotSupported { source: "of the caller".into() })]),
    );
    let outcomes: Vec<_> =
        store.delete_stream(given.chain(futures_util::stream::iter([Ok(Path::from("c"))])).boxed()).collect().await;
    let told: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().ok().map(|path| path.as_ref())).collect();
    assert_eq!(told, [Some("a"), None, Some("missing"), Some("b"), None, Some("c")]);
    assert!(outcomes[1].as_ref().unwrap_err().to_string().contains("1023"), "{:?}", outcomes[1]);
    assert!(outcomes[4].as_ref().unwrap_err().to_string().contains("of the caller"));
    assert!(emulator.objects("demo").unwrap().is_empty());
    // One request that fails stands for each of its objects.
    emulator.add_fault(Fault::on("DeleteMultipleObjects").respond(403, "AccessDenied"));
    let given = futures_util::stream::iter(["a", "b"].map(|key| Ok(Path::from(key)))).boxed();
    let outcomes: Vec<_> = store.delete_stream(given).collect().await;
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::PermissionDenied { .. }))), "{outcomes:?}");
}

#[tokio::test]
async fn an_object_that_keeps_its_name_survives_copy_and_rename() {
    let (_emulator, store) = start().await;
    let (path, missing) = (Path::from("a"), Path::from("b"));
    store.put(&path, "x".into()).await.unwrap();
    store.copy(&path, &path).await.unwrap();
    store.rename(&path, &path).await.unwrap();
    let error = store.rename_if_not_exists(&path, &path).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "x");
    for error in [store.copy(&missing, &missing).await.unwrap_err(), store.rename(&missing, &path).await.unwrap_err()] {
        assert!(matches!(&error, Error::NotFound { path, .. } if path == "b"), "{error}");
    }
    store.rename_if_not_exists(&path, &missing).await.unwrap();
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })));
}
