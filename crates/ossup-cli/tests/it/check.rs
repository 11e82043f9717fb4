//! `ossup check` from end to end.

use oss_emulator::{Emulator, Fault};
use ossup::PutObjectRequest;

use crate::support::{Ended, Login, Scratch, client, count, emulator, run};

async fn check(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["check", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// A folder and a bucket of which `same` is equal.
async fn two_sides() -> (Emulator, Scratch) {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let objects = [("x/same", "1"), ("x/content", "1"), ("x/size", "1"), ("x/extra", "1"), ("x2/beside", "1")];
    for (key, content) in objects {
        client(&emulator).put_object(PutObjectRequest::new("demo", key).body(content)).await.unwrap();
    }
    for (name, content) in [("same", "1"), ("content", "2"), ("size", "12"), ("missing", "1")] {
        scratch.file(name, content.as_bytes());
    }
    (emulator, scratch)
}

/// The rows, in order.
fn rows(ended: &Ended) -> Vec<String> {
    let row = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rows: Vec<_> = ended.stdout.lines().map(row).collect();
    rows.sort_unstable();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_named_and_end_with_an_exit_code_of_their_own() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    let ended = check(&emulator, &[&folder, "oss://demo/x"]).await;
    let differences = ["different content (crc64)", "different size (size)", "extra extra", "missing missing"];
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert_eq!(rows(&ended), [&["4 differences, 0 not compared"], &differences[..]].concat());
    let writes = ["PutObject", "DeleteObject", "DeleteMultipleObjects"].map(|write| count(&emulator, write));
    assert_eq!(writes, [5, 0, 0]);

    let ended = check(&emulator, &["oss://demo/x/", &folder, "--json"]).await;
    let lines = ended.lines();
    let result = |path: &str| lines.iter().find(|line| line["path"] == path).unwrap()["result"].clone();
    assert_eq!(["same", "extra", "missing"].map(result), ["same", "missing", "extra"]);
    assert_eq!((&ended.summary()["done"], ended.code), (&5.into(), Some(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compared_can_be_chosen() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    let of = async |flags: &[&str]| {
        let ended = check(&emulator, &[&[&*folder, "oss://demo/x"], flags].concat()).await;
        (ended.code, rows(&ended))
    };
    let (_, by_size) = of(&["--compare", "size"]).await;
    assert_eq!(by_size, ["3 differences, 0 not compared", "different size (size)", "extra extra", "missing missing"]);
    assert_eq!(of(&["--missing-only"]).await.1, ["1 difference, 0 not compared", "missing missing"]);
    assert_eq!(of(&["--include", "same"]).await, (Some(0), vec!["0 differences, 0 not compared".to_owned()]));
    let list = scratch.folder.path().parent().unwrap().join(format!("{}-list", scratch.folder.path().display()));
    std::fs::write(&list, "content\n").unwrap();
    let named = of(&["--files-from", list.to_str().unwrap()]).await;
    std::fs::remove_file(list).unwrap();
    assert_eq!(named.1, ["1 difference, 0 not compared", "different content (crc64)"]);
    emulator.clear_history();
    assert_eq!(of(&["--compare", "size", "--checkers", "1"]).await.0, Some(4));
    assert_eq!(count(&emulator, "HeadObject"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_count_only_when_they_are_followed() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    client(&emulator).put_object(PutObjectRequest::new("demo", "x/link").body("1")).await.unwrap();
    let elsewhere = Scratch::new();
    std::os::unix::fs::symlink(elsewhere.file("file", b"1"), scratch.path("link")).unwrap();
    let folder = scratch.text(".");
    let ended = check(&emulator, &[&folder, "oss://demo/x"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stdout.starts_with("unknown    link  (a symbolic link, which is not followed)\n"), "{ended:?}");
    assert_eq!(check(&emulator, &[&folder, "oss://demo/x", "--follow-links"]).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_is_no_list_of_differences() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    emulator.add_fault(Fault::on("ListObjectsV2").respond(403, "AccessDenied").always());
    let ended = check(&emulator, &[&folder, "oss://demo/x", "--json"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!ended.stdout.contains("\"missing\""), "{ended:?}");
    for (source, destination, code) in [
        ("/no/such/folder", "oss://demo/x", 1),
        (&*folder, "oss://demo/x*", 64),
        (&*folder, &*folder, 64),
        (&*folder, "oss://-", 64),
    ] {
        let ended = check(&emulator, &[source, destination]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{destination}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_is_written_and_verified_later() {
    let (emulator, scratch) = two_sides().await;
    let (folder, other) = (scratch.text("."), Scratch::new());
    let manifest = other.text("manifest.ndjson");
    assert_eq!(check(&emulator, &[&folder, "--write-manifest", &manifest]).await.code, Some(0));
    assert_eq!(check(&emulator, &[&folder, "--manifest", &manifest]).await.code, Some(0));
    let ended = check(&emulator, &["oss://demo/x", "--manifest", &manifest]).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert_eq!(rows(&ended)[0], "4 differences, 0 not compared");
    let ended = check(&emulator, &[&folder, "--manifest", &other.text("none")]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("none"), "{ended:?}");
    assert_eq!(check(&emulator, &[&folder]).await.code, Some(64));
}
