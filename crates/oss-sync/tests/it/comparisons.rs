//! What counts as equal, whatever the clocks and the times say.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use oss_emulator::{Fault, FaultEffect};
use oss_models::{Body, PutObjectRequest, call};
use oss_sync::{Comparison, Sync};
use oss_transfer::Filter;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{count, down, files, folder, keys, lines, objects, put, run, start, start_with, up};

/// Writes other bytes of the same length, and gives the file its old time back.
fn change_in_secret(path: &Path) {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[0] ^= 1;
    fs::write(path, bytes).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[tokio::test]
async fn a_second_sync_sends_nothing_and_neither_does_one_after_a_touch() {
    let (emulator, service) = start().await;
    let folder = folder(&[("a", "1"), ("d/b", "2"), ("d/c", "3")]);
    lines(up(folder.path()), &service).await;
    emulator.clear_history();
    for _ in 0..2 {
        let lines = lines(up(folder.path()), &service).await;
        assert_eq!(lines, ["a same Crc64", "d/b same Crc64", "d/c same Crc64"]);
        for name in ["a", "d/b", "d/c"] {
            let later = SystemTime::now() + Duration::from_secs(100);
            File::options().write(true).open(folder.path().join(name)).unwrap().set_modified(later).unwrap();
        }
    }
    assert_eq!(
        ["PutObject", "InitiateMultipartUpload", "DeleteMultipleObjects"].map(|name| count(&emulator, name)),
        [0; 3]
    );
}

/// The server is an hour ahead, so that every object is younger than its file, and no request tells them apart.
#[tokio::test]
async fn files_older_than_their_objects_cost_no_request() {
    let (emulator, service) = start().await;
    let folder = folder(&[("a", "1"), ("b", "2")]);
    lines(up(folder.path()), &service).await;
    // Their attributes changed just now, which by the server's clock is long before the objects that are put next.
    emulator.set_clock_offset(60);
    put(&service, &[("x/a", "1"), ("x/b", "2")]).await;
    emulator.set_clock_offset(0);
    emulator.clear_history();
    let lines = lines(up(folder.path()), &service).await;
    assert_eq!(lines, ["a same Time", "b same Time"]);
    assert_eq!(emulator.history().len(), 1, "{:?}", emulator.history());
}

#[tokio::test]
async fn one_changed_byte_with_the_same_size_and_time_is_found() {
    for offset in [0, 3_600, -3_600] {
        let (emulator, service) = start_with(|emulator| emulator.clock_offset(offset)).await;
        let folder = folder(&[("a", "1234"), ("b", "1234")]);
        lines(up(folder.path()), &service).await;
        change_in_secret(&folder.path().join("a"));
        let by_crc64 = up(folder.path()).comparison(Comparison::Content);
        assert_eq!(lines(by_crc64, &service).await, ["a sent", "b same Crc64"], "{offset}");
        // The attributes of the file tell of the change, whatever its time says.
        change_in_secret(&folder.path().join("b"));
        assert_eq!(lines(up(folder.path()), &service).await, ["a same Crc64", "b sent"], "{offset}");
        emulator.shutdown().await;
    }
}

#[tokio::test]
async fn objects_go_down_and_get_known_again_by_the_time_of_their_file() {
    for offset in [0, 3_600, -3_600] {
        let (emulator, service) = start_with(|emulator| emulator.clock_offset(offset - 60)).await;
        put(&service, &[("x/a", "1234"), ("x/d/b", "1234"), ("x/d/c", "1234")]).await;
        emulator.set_clock_offset(offset);
        let target = TempDir::new().unwrap();
        let into = target.path().join("new");
        assert_eq!(lines(down(&into), &service).await, ["a sent", "d/b sent", "d/c sent"], "{offset}");
        emulator.clear_history();
        assert_eq!(lines(down(&into), &service).await, ["a same Time", "d/b same Time", "d/c same Time"], "{offset}");
        assert_eq!(emulator.history().len(), 1);
        // An edit here, and one there, neither of which changes the size.
        fs::write(into.join("a"), "4321").unwrap();
        put(&service, &[("x/d/b", "4321")]).await;
        assert_eq!(lines(down(&into), &service).await, ["a sent", "d/b sent", "d/c same Time"], "{offset}");
        assert_eq!(files(&into)["a"], b"1234");
        assert_eq!(files(&into)["d/b"], b"4321");
        // What was put this very second is not known by its time.
        assert_eq!(lines(down(&into), &service).await, ["a same Time", "d/b same Crc64", "d/c same Time"], "{offset}");
    }
}

#[tokio::test]
async fn one_prefix_is_made_equal_to_another_without_a_byte_through_here() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "2"), ("y/b", "3"), ("y/c", "4")]).await;
    emulator.clear_history();
    let across = || Sync::new(objects("x"), objects("y")).delete(true);
    assert_eq!(lines(across(), &service).await, ["a sent", "b sent", "c deleted"]);
    assert_eq!(keys(&emulator), ["x/a", "x/b", "y/a", "y/b"]);
    assert_eq!(["GetObject", "PutObject"].map(|name| count(&emulator, name)), [0, 0]);
    assert_eq!(lines(across(), &service).await, ["a same Etag", "b same Etag"]);
}

#[tokio::test]
async fn by_etag_a_file_is_compared_with_the_md5_that_the_list_has() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1234"), ("x/b", "1234")]).await;
    let folder = folder(&[("a", "1234"), ("b", "4321")]);
    emulator.clear_history();
    let sync = up(folder.path()).comparison(Comparison::Etag);
    assert_eq!(lines(sync, &service).await, ["a same Etag", "b sent"]);
    assert_eq!(count(&emulator, "HeadObject"), 0);
}

#[tokio::test]
async fn by_etag_a_download_is_compared_with_the_md5_of_the_file() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1234"), ("x/b", "1234")]).await;
    let target = folder(&[("a", "1234"), ("b", "4321")]);
    emulator.clear_history();
    let sync = down(target.path()).comparison(Comparison::Etag);
    assert_eq!(lines(sync, &service).await, ["a same Etag", "b sent"]);
    assert_eq!((count(&emulator, "HeadObject"), files(target.path())["b"].as_slice()), (0, b"1234".as_slice()));
}

#[tokio::test]
async fn an_object_that_the_server_knows_no_crc64_of_is_copied_again() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("y/a", "1")]).await;
    let across = || Sync::new(objects("x"), objects("y")).comparison(Comparison::Content);
    assert_eq!(lines(across(), &service).await, ["a same Crc64"]);
    emulator.add_fault(Fault::on("HeadObject").key("y/a").effect(FaultEffect::MissingCrc).always());
    assert_eq!(lines(across(), &service).await, ["a sent"]);
}

#[tokio::test]
async fn an_object_whose_key_ends_in_a_slash_is_told_and_is_no_file() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/d/", "some"), ("x/large", "123456")]).await;
    let target = folder(&[("large", "1")]);
    let sync = || down(target.path()).filter(Filter::builder().max_size(3).build().unwrap());
    let told = "d/ left out: the key ends in a slash, as no file's name does";
    // What the filter leaves out by its size may be equal, so that nothing is extra.
    let kept = "large kept Unknown(\"left out by its size or time\")";
    assert_eq!(lines(sync(), &service).await, ["a sent", told, kept]);
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["a", "large"]);
    let lines = lines(sync().delete_excluded(true), &service).await;
    assert!(lines.contains(&"large deleted".to_owned()) && lines.contains(&told.to_owned()), "{lines:?}");
    assert_eq!((files(target.path()).len(), keys(&emulator).len()), (1, 3));
}

#[tokio::test]
async fn a_small_source_replaces_what_is_too_large_at_the_destination() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "123456")]).await;
    let source = folder(&[("a", "1")]);
    let filter = Filter::builder().max_size(3).build().unwrap();
    assert_eq!(lines(up(source.path()).filter(filter), &service).await, ["a sent"]);
}

#[tokio::test]
async fn the_time_of_a_file_goes_with_its_object_and_comes_back() {
    let (_emulator, service) = start().await;
    let source = folder(&[("a", "1")]);
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_000_000);
    File::options().write(true).open(source.path().join("a")).unwrap().set_modified(time).unwrap();
    lines(up(source.path()).preserve_mtime(true), &service).await;
    let target = TempDir::new().unwrap();
    lines(down(target.path()).preserve_mtime(true), &service).await;
    assert_eq!(fs::metadata(target.path().join("a")).unwrap().modified().unwrap(), time);
    assert_eq!(lines(down(target.path()).preserve_mtime(true), &service).await, ["a same Crc64"]);
}

/// Two trees that are made at random, and what two maps say of them, up and down.
#[test]
fn any_two_trees_become_equal() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tree = || proptest::collection::btree_map("[abc]{1,2}(/[ab.]{1,2}x){0,2}", "[12]{0,2}", 1..10);
    let config = ProptestConfig::with_cases(24);
    let (emulator, service) = runtime.block_on(start());
    proptest!(config, |(one in tree(), other in tree(), goes_up in any::<bool>())| {
        // A file and a folder of one name cannot both be on disk.
        let fits = |tree: BTreeMap<String, String>| -> BTreeMap<String, String> {
            let below = |path: &str, tree: &BTreeMap<String, String>| tree.keys().any(|other| other.starts_with(&format!("{path}/")));
            tree.iter().filter(|(path, _)| !below(path, &tree)).map(|(path, content)| (path.clone(), content.clone())).collect()
        };
        let (one, other) = (fits(one), fits(other));
        let (here, there) = if goes_up { (&one, &other) } else { (&other, &one) };
        // Of a download, a folder may be in the way of a file.
        let collides = here.keys().any(|path| there.keys().any(|other| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/"))));
        prop_assume!(!collides);
        runtime.block_on(async {
            for key in keys(&emulator) {
                call(service.clone(), oss_models::DeleteObjectRequest::new("demo", key)).await.unwrap();
            }
            let pairs = |tree: &BTreeMap<String, String>| tree.iter().map(|(path, content)| (path.clone(), content.clone())).collect::<Vec<_>>();
            let local = folder(&pairs(here).iter().map(|(path, content)| (path.as_str(), content.as_str())).collect::<Vec<_>>());
            for (path, content) in pairs(there) {
                let request = PutObjectRequest::new("demo", format!("x/{path}")).body(Body::from(content));
                call(service.clone(), request).await.unwrap();
            }
            let sync = || if goes_up { up(local.path()) } else { down(local.path()) };
            let summary = run(sync(), &service).await.unwrap().1;
            assert!(summary.is_complete(), "{summary:?}");
            let wanted = if goes_up { here } else { there };
            let stored: Vec<_> = keys(&emulator).iter().map(|key| key.strip_prefix("x/").unwrap().to_owned()).collect();
            assert_eq!(stored, wanted.keys().cloned().collect::<Vec<_>>());
            let on_disk: BTreeMap<_, _> = files(local.path()).into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect();
            assert_eq!(&on_disk, wanted);
            let again = run(sync(), &service).await.unwrap().1;
            assert_eq!((again.transferred, again.deleted), (0, 0));
        });
    });
}
