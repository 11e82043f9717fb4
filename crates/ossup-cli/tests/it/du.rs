//! `ossup du` from end to end.

use oss_emulator::{Emulator, SyntheticObjects};
use ossup::{InitiateMultipartUploadRequest, PartNumber, PutObjectRequest, UploadPartRequest};

use crate::support::{Ended, Login, client, emulator, keep_versions, put, run};

const KEYS: [&str; 6] = ["a", "dir", "dir-1", "dir/x", "dir/y/z", "z/"];

async fn du(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["du", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// The rows without the blanks that align them.
async fn rows(emulator: &Emulator, arguments: &[&str]) -> Vec<String> {
    let ended = du(emulator, arguments).await.succeeded();
    ended.stdout.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_added_up_and_the_total_is_last() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &KEYS).await;
    let total = "23 6 objects total of oss://demo/";
    assert_eq!(rows(&emulator, &["oss://demo"]).await, [total]);
    assert_eq!(
        rows(&emulator, &["oss://demo", "--depth", "1"]).await,
        ["12 2 objects oss://demo/dir/", "2 1 object oss://demo/z/", total]
    );
    assert_eq!(rows(&emulator, &["oss://demo/dir"]).await, ["15 3 objects total of oss://demo/dir"]);
    assert_eq!(rows(&emulator, &["oss://demo/dir/"]).await, ["12 2 objects total of oss://demo/dir/"]);
    assert_eq!(rows(&emulator, &["oss://demo/dir*"]).await, ["20 4 objects total of oss://demo/dir*"]);
    assert_eq!(rows(&emulator, &["oss://demo/nothing/"]).await, ["0 0 objects total of oss://demo/nothing/"]);
    assert_eq!(rows(&emulator, &["oss://demo", "--block-size", "10"]).await, ["3 6 objects total of oss://demo/"]);
    assert_eq!(rows(&emulator, &["oss://demo", "--human-readable"]).await, ["23 B 6 objects total of oss://demo/"]);
    assert_eq!(rows(&emulator, &["oss://demo", "-q"]).await, [total]);
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_and_versions_count_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["a", "a"]).await;
    client.put_object(PutObjectRequest::new("demo", "b").storage_class("IA").body("0123456789")).await.unwrap();
    let by = ["oss://demo", "--by", "storage-class"];
    assert_eq!(
        rows(&emulator, &by).await,
        ["10 1 object IA", "1 1 object Standard", "11 2 objects total of oss://demo/"]
    );
    let all = [&by[..], &["--all-versions", "--json"]].concat();
    let ended = du(&emulator, &all).await.succeeded();
    let lines = ended.lines();
    let standard = &lines[1];
    assert_eq!((&standard["storage_class"], &standard["objects"]), (&"Standard".into(), &2.into()), "{ended:?}");
    let total = &lines[lines.len() - 2];
    assert_eq!((&total["kind"], &total["objects"], &total["bytes"]), (&"total".into(), &3.into(), &12.into()));
    assert_eq!((&ended.summary()["done"], &ended.summary()["bytes"]), (&3.into(), &12.into()));
    let ended = du(&emulator, &["oss://demo/a", "--all-versions", "--json"]).await.succeeded();
    assert_eq!(ended.json()["objects"], 2, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line() {
    let emulator = emulator().start().await.unwrap();
    // A unit alone is no mistake, but what users of ossutil 1 know.
    let of_unit = du(&emulator, &["oss://demo", "--block-size", "MB"]).await.succeeded();
    assert_eq!(of_unit.stdout, du(&emulator, &["oss://demo", "--block-size", "1M"]).await.stdout);
    for (arguments, code, says) in [
        (&["oss://missing"][..], 1, "NoSuchBucket"),
        (&["oss://demo", "--block-size", "0"], 64, "--block-size"),
        (&["oss://demo", "--block-size", "1", "--human-readable"], 64, "--human-readable"),
        (&["oss://demo", "--by", "colour"], 64, "storage-class"),
        (&["oss://demo", "--depth", "deep"], 64, "--depth"),
    ] {
        let ended = du(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_by_what_is_asked_for() {
    let emulator = emulator().synthetic_bucket("big", SyntheticObjects::new(5000).folders(4)).start().await.unwrap();
    let client = client(&emulator);
    put(&client, &["a/1", "a/22", "b/333", "c"]).await;
    let rows = async |arguments: &[&str]| {
        let arguments = [&["du", "-e", emulator.endpoint(), "--json"], arguments].concat();
        let ended = run(&Login::of(&emulator), &arguments).await.succeeded();
        let lines = ended.lines();
        let usage = lines.iter().filter(|line| line["op"] == "usage");
        let name = |line: &serde_json::Value| {
            let name = ["key", "storage_class", "age"].into_iter().find_map(|name| line[name].as_str());
            name.unwrap_or("total").to_owned()
        };
        usage.map(|line| format!("{} {} {}", name(line), line["objects"], line["bytes"])).collect::<Vec<_>>()
    };
    assert_eq!(rows(&["oss://demo", "--by", "folder"]).await, ["a/ 2 7", "b/ 1 5", "total 4 13"]);
    assert_eq!(rows(&["oss://demo", "--by", "age"]).await, ["1d 4 13", "total 4 13"]);
    assert_eq!(rows(&["oss://demo", "--exclude", "b/**"]).await, ["total 3 8"]);
    assert_eq!(rows(&["oss://demo/a/", "--include", "1*"]).await, ["total 1 3"]);
    // Each number modulo 4096; every tenth is of another class.
    let bytes: u64 = (0..5000_u64).map(|number| number % 4096).sum();
    for more in [&[][..], &["--jobs", "1"], &["--jobs", "5"]] {
        assert_eq!(rows(&[&["oss://big"], more].concat()).await, [format!("total 5000 {bytes}")], "{more:?}");
    }
    let classes = rows(&["oss://big", "--by", "storage-class"]).await;
    assert!(classes[0].starts_with("IA 500 ") && classes[1].starts_with("Standard 4500 "), "{classes:?}");
    let ages = rows(&["oss://big", "--by", "age"]).await;
    assert_eq!(ages.last().unwrap(), &format!("total 5000 {bytes}"));

    let upload = client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", "a/film")).await.unwrap();
    for number in 1..=2 {
        let number = PartNumber::new(number).unwrap();
        let part = UploadPartRequest::new("demo", "a/film", upload.upload_id.clone(), number, vec![7; 100 << 10]);
        client.upload_part(part).await.unwrap();
    }
    assert_eq!(rows(&["oss://demo", "-m"]).await, ["total 1 204800"]);
    assert_eq!(rows(&["oss://demo", "-m", "--by", "folder"]).await, ["a/ 1 204800", "total 1 204800"]);
    assert_eq!(rows(&["oss://demo/b/", "-m"]).await, ["total 0 0"]);

    emulator.clear_history();
    for (arguments, says) in [
        (&["oss://demo", "--jobs", "2", "--depth", "1"][..], "--jobs"),
        (&["oss://demo", "--jobs", "many"], "--jobs"),
        (&["oss://demo", "--by", "colour"], "--by"),
        (&["oss://demo", "-m", "--all-versions"], "--all-versions"),
    ] {
        let ended = run(&Login::of(&emulator), &[&["du", "-e", emulator.endpoint()], arguments].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}
