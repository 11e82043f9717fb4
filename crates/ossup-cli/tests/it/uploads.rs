//! `ossup uploads` from end to end.

use oss_emulator::{Emulator, Fault};
use ossup::{InitiateMultipartUploadRequest, UploadId, UploadPartRequest, models::PartNumber};

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, run};

const PART: usize = 100 * 1024;

async fn uploads(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["uploads"], arguments, &["--endpoint", emulator.endpoint()]].concat()).await
}

/// An upload with this many parts.
async fn initiate(emulator: &Emulator, key: &str, parts: u16) -> String {
    let client = client(emulator);
    let upload = client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", key)).await.unwrap();
    let id: UploadId = upload.upload_id;
    for number in 1..=parts {
        let (number, body) = (PartNumber::new(number).unwrap(), bytes(number.into(), PART));
        client.upload_part(UploadPartRequest::new("demo", key, id.clone(), number, body)).await.unwrap();
    }
    id.to_string()
}

fn left(emulator: &Emulator) -> Vec<String> {
    let mut keys: Vec<_> = emulator.uploads("demo").unwrap().into_iter().map(|upload| upload.key).collect();
    keys.sort();
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_listed_with_what_they_hold() {
    let emulator = emulator().start().await.unwrap();
    let id = initiate(&emulator, "a", 2).await;
    initiate(&emulator, "a-1", 0).await;
    initiate(&emulator, "dir/b", 1).await;
    let ended = uploads(&emulator, &["list", "oss://demo"]).await.succeeded();
    let rows: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(rows.len(), 5, "{ended:?}");
    let row = rows.iter().find(|row| row.contains(&id)).unwrap();
    assert!(row.contains("      2          204800  none ") && row.ends_with("  oss://demo/a"), "{ended:?}");
    assert_eq!(rows[4], "3 uploads, 307200 bytes");
    let keys = async |arguments: &[&str]| {
        let ended = uploads(&emulator, &[&["list"], arguments, &["--json"]].concat()).await.succeeded();
        let lines = ended.lines();
        lines.iter().filter_map(|line| line["key"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(keys(&["oss://demo/a"]).await, ["a"]);
    assert_eq!(keys(&["oss://demo/a*"]).await.len(), 2);
    assert_eq!(keys(&["oss://demo/dir/"]).await, ["dir/b"]);
    assert_eq!(keys(&["oss://demo", "--prefix", "dir"]).await, ["dir/b"]);
    assert!(keys(&["oss://demo", "--older-than", "1h"]).await.is_empty());
    let ended = uploads(&emulator, &["list", "oss://demo", "--human-readable"]).await.succeeded();
    assert!(ended.stdout.contains("200.00 KiB"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_failed_upload_is_seen_and_goes_with_it() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (file, records) = (scratch.file("film", &bytes(1, 3 * PART)), scratch.text("records"));
    emulator.add_fault(Fault::on("CompleteMultipartUpload").respond(503, "ServiceUnavailable").always());
    let cp = [
        "cp",
        &file,
        "oss://demo/film",
        "--part-size",
        "100KiB",
        "--part-attempts",
        "1",
        "--checkpoint-dir",
        &records,
        "--endpoint",
        emulator.endpoint(),
    ];
    assert_eq!(run(&Login::of(&emulator), &cp).await.code, Some(1));
    emulator.clear_faults();
    let record = async |records: &str| {
        let ended =
            uploads(&emulator, &["list", "oss://demo", "--checkpoint-dir", records, "--json"]).await.succeeded();
        ended.json()["record"].as_str().unwrap().to_owned()
    };
    assert_eq!((record(&records).await, record(&scratch.text("other")).await), ("kept".to_owned(), "none".to_owned()));
    let abort = ["abort", "oss://demo", "--older-than", "0", "--checkpoint-dir", &records];
    uploads(&emulator, &abort).await.succeeded();
    assert!(left(&emulator).is_empty());
    let kept = std::fs::read_dir(&records).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        !name.to_str().unwrap().ends_with(".lock")
    });
    assert_eq!(kept.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_are_chosen_are_aborted() {
    let emulator = emulator().start().await.unwrap();
    let id = initiate(&emulator, "a", 1).await;
    initiate(&emulator, "a", 1).await;
    initiate(&emulator, "a-1", 0).await;
    initiate(&emulator, "dir/b", 1).await;
    let all = ["a", "a", "a-1", "dir/b"];
    let ended = uploads(&emulator, &["abort", "oss://demo", "--older-than", "1h"]).await.succeeded();
    assert_eq!(
        (left(&emulator), ended.stdout.as_str()),
        (all.map(str::to_owned).to_vec(), "0 aborted, 0 skipped, 0 failed\n")
    );
    let ended = uploads(&emulator, &["abort", "oss://demo", "--older-than", "0", "-n"]).await.succeeded();
    assert!(left(&emulator) == all && ended.stdout.ends_with("4 to abort, 0 skipped, 0 failed\n"), "{ended:?}");
    let ended = uploads(&emulator, &["abort", "oss://demo/a", "--upload-id", &id]).await.succeeded();
    assert_eq!(left(&emulator), all[1..]);
    assert_eq!(ended.stdout, format!("aborted oss://demo/a upload {id}\n1 aborted, 0 skipped, 0 failed\n"));
    uploads(&emulator, &["abort", "oss://demo/a", "--older-than", "0"]).await.succeeded();
    assert_eq!(left(&emulator), all[2..]);
    let ended = uploads(&emulator, &["abort", "oss://demo", "--older-than", "0", "--json"]).await.succeeded();
    assert!(left(&emulator).is_empty());
    assert_eq!((&ended.summary()["deleted"], &ended.lines()[0]["op"]), (&2.into(), &"abort".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_and_aborts_nothing() {
    let emulator = emulator().start().await.unwrap();
    initiate(&emulator, "a", 0).await;
    emulator.clear_history();
    for (arguments, says) in [
        (&["abort", "oss://demo"][..], "--older-than"),
        (&["abort", "oss://demo", "--upload-id", "x"], "write oss://BUCKET/KEY"),
        (&["abort", "oss://demo/a", "--upload-id", "x", "--older-than", "1d"], "--older-than"),
        (&["abort", "oss://demo/a", "--older-than", "old"], "--older-than"),
        (&["list", "oss://demo/dir/", "--prefix", "x"], "--prefix"),
        (&["list", "demo"], "write oss://BUCKET/KEY"),
        (&["list"], "<PLACE>"),
    ] {
        let ended = uploads(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
    emulator.add_fault(Fault::on("AbortMultipartUpload").respond(403, "AccessDenied").always());
    let ended = uploads(&emulator, &["abort", "oss://demo", "--older-than", "0"]).await;
    assert_eq!((ended.code, count(&emulator, "AbortMultipartUpload")), (Some(1), 1), "{ended:?}");
    assert_eq!(left(&emulator), ["a"]);
}
