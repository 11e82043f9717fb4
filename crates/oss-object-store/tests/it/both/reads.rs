//! What engines do when they read: footers, ranges, conditions, connections that break.

use oss_emulator::{Fault, FaultEffect};

use super::object_store::path::Path;
use super::object_store::{Attribute, Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _};
use super::suite::start;
use crate::support::{bytes, count};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn a_footer_is_read_by_one_request_and_described() {
    let (emulator, store) = start().await;
    let (path, content) = (Path::from("t/part-0.parquet"), bytes(100_000));
    let put = store.put(&path, content.clone().into()).await.unwrap();
    emulator.clear_history();
    let meta = store.head(&path).await.unwrap();
    assert_eq!(store.get_range(&path, 99_992..100_000).await.unwrap(), content[99_992..]);
    let suffix = GetOptions::new().with_range(Some(GetRange::Suffix(8)));
    let got = store.get_opts(&path, suffix).await.unwrap();
    assert_eq!((got.range.clone(), &got.meta), (99_992..100_000, &meta));
    assert_eq!(got.bytes().await.unwrap(), content[99_992..]);
    assert_eq!(emulator.history().len(), 3);
    assert_eq!((meta.size, &meta.location, &meta.e_tag, meta.version), (100_000, &path, &put.e_tag, None));
    let e_tag = meta.e_tag.unwrap();
    assert!(e_tag.starts_with('"') && e_tag.ends_with('"'), "{e_tag}");
    assert_eq!(meta.last_modified.timestamp_subsec_nanos(), 0);
    let listed: Vec<_> = futures_util::TryStreamExt::try_collect(store.list(None)).await.unwrap();
    assert_eq!((listed[0].e_tag.as_ref(), listed[0].size), (Some(&e_tag), 100_000));
    assert_eq!(listed[0].last_modified, meta.last_modified);
}

/// Rows: R57.
#[tokio::test]
async fn near_ranges_are_one_request_and_far_ones_are_of_the_same_object() {
    let (emulator, store) = start().await;
    let (path, content) = (Path::from("a"), bytes(9 * MIB));
    store.put(&path, content.clone().into()).await.unwrap();
    let far = 8 * MIB as u64;
    let ranges = [far..far + 10, 0..4, 100_000..100_100, 2..9, 1_100_000..1_200_000];
    emulator.clear_history();
    let read = store.get_ranges(&path, &ranges).await.unwrap();
    for (range, bytes) in ranges.iter().zip(&read) {
        let at = |position| usize::try_from(position).unwrap();
        assert!(bytes[..] == content[at(range.start)..at(range.end)], "{range:?}");
    }
    let ranges: Vec<_> = emulator.history().iter().map(|request| request.header("range").unwrap().to_owned()).collect();
    assert_eq!(ranges, ["bytes=0-1199999", "bytes=8388608-8388617"]);
    // A column that is larger than a part of a download is one request all the same.
    emulator.clear_history();
    let whole = 0..8_000_000;
    let read = store.get_ranges(&path, std::slice::from_ref(&whole)).await.unwrap();
    assert!(read[0][..] == content[..8_000_000]);
    assert_eq!(count(&emulator, "GetObject"), 1);
    // Another client replaces the object between two requests of one read.
    emulator.add_fault(Fault::on("GetObject").nth(2).replace(vec![0; 9 * MIB]));
    let error = store.get_ranges(&path, &[0..10, far..far + 10]).await.unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
}

#[tokio::test]
async fn ranges_at_the_edges_are_what_stores_give() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    store.put(&path, "0123456789".into()).await.unwrap();
    assert_eq!(store.get_range(&path, 8..100).await.unwrap(), "89");
    assert_eq!(store.get_ranges(&path, &[8..100, 0..0, 0..1]).await.unwrap(), ["89", "", "0"]);
    assert!(store.get_ranges(&path, &[]).await.unwrap().is_empty());
    for range in [10..11, 50..60, 5..5] {
        let error = store.get_range(&path, range.clone()).await.unwrap_err();
        assert!(matches!(error, Error::Generic { .. }), "{range:?}: {error}");
        let error = store.get_ranges(&path, std::slice::from_ref(&range)).await.unwrap_err();
        assert!(matches!(error, Error::Generic { .. }), "{range:?}: {error}");
    }
    let empty = Path::from("empty");
    store.put(&empty, super::object_store::PutPayload::new()).await.unwrap();
    assert_eq!(store.get(&empty).await.unwrap().bytes().await.unwrap().len(), 0);
    for range in [GetRange::Suffix(8), GetRange::Offset(0), GetRange::Bounded(0..8)] {
        let error = store.get_opts(&empty, GetOptions::new().with_range(Some(range.clone()))).await.unwrap_err();
        assert!(matches!(error, Error::Generic { .. }), "{range:?}: {error}");
    }
    let head = GetOptions::new().with_head(true).with_range(Some(2..5));
    let got = store.get_opts(&path, head).await.unwrap();
    assert_eq!((got.range.clone(), got.meta.size), (2..5, 10));
    assert_eq!(emulator.history().iter().filter(|request| request.status.is_none()).count(), 0);
}

#[tokio::test]
async fn the_whole_object_in_place_of_a_range_is_an_error() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    store.put(&path, "0123456789".into()).await.unwrap();
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::IgnoreRange));
    let error = store.get_range(&path, 2..4).await.unwrap_err();
    assert!(error.to_string().contains("status 200 OK, not 206"), "{error}");
    emulator.add_fault(Fault::on("GetObject").always().effect(FaultEffect::ShiftRange(1)));
    // Each attempt waits for longer.
    tokio::time::pause();
    assert!(store.get_range(&path, 2..4).await.is_err());
}

/// Rows: R57.
#[tokio::test]
async fn what_breaks_off_is_resumed_and_stays_one_object() {
    let (emulator, store) = start().await;
    let (path, content) = (Path::from("a"), bytes(3 * MIB));
    store.put(&path, content.clone().into()).await.unwrap();
    let cut = |nth| Fault::on("GetObject").nth(nth).effect(FaultEffect::CloseMidResponse(MIB as u64));
    emulator.add_fault(cut(1));
    emulator.add_fault(cut(2));
    let read = store.get(&path).await.unwrap().bytes().await.unwrap();
    assert!(read[..] == content[..]);
    assert!(count(&emulator, "GetObject") >= 3, "{:?}", count(&emulator, "GetObject"));
    // Another client replaces it meanwhile.
    emulator.clear_faults();
    emulator.add_fault(cut(1));
    emulator.add_fault(Fault::on("GetObject").nth(2).replace(vec![0; 3 * MIB]));
    let error = store.get(&path).await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_object_end_in_an_error() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    store.put(&path, bytes(200_000).into()).await.unwrap();
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::FlipByte(150_000)));
    let error = store.get(&path).await.unwrap().bytes().await.unwrap_err();
    assert!(error.to_string().contains("CRC64 of the bytes received"), "{error}");
}

#[tokio::test]
async fn conditions_are_those_of_http() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    let e_tag = store.put(&path, "x".into()).await.unwrap().e_tag.unwrap();
    let modified = store.head(&path).await.unwrap().last_modified;
    let second = std::time::Duration::from_secs(1);
    let other = "\"5D41402ABC4B2A76B9719D911017C592\"".to_owned();
    let new = GetOptions::new;
    let (ok, precondition, not_modified) = ("ok", "precondition", "not modified");
    for (options, expected) in [
        (new().with_if_match(Some(&e_tag)), ok),
        (new().with_if_match(Some(&other)), precondition),
        (new().with_if_match(Some(format!("{other}, {e_tag}"))), ok),
        (new().with_if_match(Some(format!("{other}, \"x\""))), precondition),
        (new().with_if_match(Some("*")), ok),
        (new().with_if_none_match(Some(&e_tag)), not_modified),
        (new().with_if_none_match(Some(&other)), ok),
        (new().with_if_none_match(Some(format!("{other}, {e_tag}"))), not_modified),
        (new().with_if_none_match(Some("*")), not_modified),
        (new().with_if_modified_since(Some(modified)), not_modified),
        (new().with_if_modified_since(Some(modified - second)), ok),
        (new().with_if_unmodified_since(Some(modified)), ok),
        (new().with_if_unmodified_since(Some(modified - second)), precondition),
        // A date counts only without a tag.
        (new().with_if_match(Some(&e_tag)).with_if_unmodified_since(Some(modified - second)), ok),
        (new().with_if_none_match(Some(&other)).with_if_modified_since(Some(modified)), ok),
    ] {
        for head in [false, true] {
            let options = options.clone().with_head(head);
            let got = match store.get_opts(&path, options.clone()).await {
                Ok(_) => ok,
                Err(Error::Precondition { .. }) => precondition,
                Err(Error::NotModified { .. }) => not_modified,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(got, expected, "{options:?}");
        }
    }
    let missing = store.get_opts(&Path::from("b"), new().with_if_match(Some("*"))).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing}");
    assert!(count(&emulator, "GetObject") > 10);
}

#[tokio::test]
async fn versions_are_told_and_can_be_read() {
    let (_emulator, store) = start().await;
    store.client().put_bucket_versioning(ossup::PutBucketVersioningRequest::new("demo", "Enabled")).await.unwrap();
    let path = Path::from("a");
    let first = store.put(&path, "first".into()).await.unwrap().version.unwrap();
    let second = store.put(&path, "second".into()).await.unwrap().version.unwrap();
    assert_eq!(store.head(&path).await.unwrap().version.as_ref(), Some(&second));
    let old = GetOptions::new().with_version(Some(&first));
    let got = store.get_opts(&path, old).await.unwrap();
    assert_eq!(got.meta.version.as_ref(), Some(&first));
    assert_eq!(got.bytes().await.unwrap(), "first");
}

#[tokio::test]
async fn attributes_and_tags_are_stored_as_oss_stores_them() {
    let (emulator, store) = start().await;
    let mut tags = super::object_store::TagSet::default();
    tags.push("team", "R+D a=b");
    tags.push("done", "");
    let attributes = super::object_store::Attributes::from_iter([
        (Attribute::ContentType, "text/csv"),
        (Attribute::StorageClass, "IA"),
        (Attribute::Metadata("test_key".into()), "v"),
    ]);
    let path = Path::from("a");
    let options =
        super::object_store::PutOptions { tags: tags.clone(), attributes: attributes.clone(), ..Default::default() };
    store.put_opts(&path, "x".into(), options).await.unwrap();
    let options =
        super::object_store::PutMultipartOptions { tags, attributes: attributes.clone(), ..Default::default() };
    let mut upload = store.put_multipart_opts(&Path::from("b"), options).await.unwrap();
    upload.put_part("x".into()).await.unwrap();
    upload.complete().await.unwrap();
    for object in emulator.objects("demo").unwrap() {
        assert_eq!(object.tags, [("team".into(), "R+D a=b".into()), ("done".into(), String::new())]);
        assert!(
            object.headers.contains(&("x-oss-meta-test--5fkey".to_owned(), "v".to_owned())),
            "{:?}",
            object.headers
        );
        let got = store.get(&Path::from(object.key)).await.unwrap();
        assert_eq!(got.attributes.get(&Attribute::Metadata("test_key".into())).map(AsRef::as_ref), Some("v"));
        assert_eq!(got.attributes.get(&Attribute::ContentType).map(AsRef::as_ref), Some("text/csv"));
        assert_eq!(got.attributes.get(&Attribute::StorageClass), None);
    }
    assert!(emulator.history().iter().any(|request| request.header("x-oss-storage-class") == Some("IA")));
}
