//! `ossup uploads resume` and `adopt`, from end to end.

use std::path::Path;
use std::time::SystemTime;

use oss_emulator::{Emulator, Fault};
use ossup::{InitiateMultipartUploadRequest, UploadPartRequest, models::PartNumber};

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, keys, run};

const PART: usize = 100 * 1024;

async fn ossup(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["--endpoint", emulator.endpoint()]].concat()).await
}

/// Uploads a file in parts until it is to be completed.
async fn leave(emulator: &Emulator, file: &str, address: &str, records: &str, more: &[&str]) {
    emulator.add_fault(Fault::on("CompleteMultipartUpload").respond(503, "ServiceUnavailable").always());
    let cp = ["cp", file, address, "--part-size", "100KiB", "--part-attempts", "1", "--checkpoint-dir", records];
    assert_eq!(ossup(emulator, &[&cp[..], more].concat()).await.code, Some(1));
    emulator.clear_faults();
    emulator.clear_history();
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_with_a_record_are_resumed() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = Scratch::new();
    let records = scratch.text("records");
    let (film, song) = (scratch.file("film", &bytes(1, 3 * PART)), scratch.file("song", &bytes(2, 2 * PART)));
    leave(&emulator, &film, "oss://demo/dir/film", &records, &[]).await;
    leave(&emulator, &song, "oss://other/song", &records, &[]).await;
    let resume = async |arguments: &[&str]| {
        ossup(&emulator, &[&["uploads", "resume", "--state-dir", &records], arguments].concat()).await
    };
    let planned = resume(&["--all", "-n", "--json"]).await.succeeded();
    assert_eq!((&planned.summary()["planned"], count(&emulator, "UploadPart")), (&2.into(), 0), "{planned:?}");
    let ended = resume(&["oss://demo/other/"]).await.succeeded();
    assert!(ended.stderr.contains("no record of an unfinished upload to oss://demo/other/"), "{ended:?}");
    let ended = resume(&["oss://demo", "--json"]).await.succeeded();
    assert_eq!((&ended.summary()["done"], &ended.summary()["command"]), (&1.into(), &"uploads".into()), "{ended:?}");
    // Nothing was sent again.
    assert_eq!((keys(&emulator), count(&emulator, "UploadPart")), (vec!["dir/film".to_owned()], 0));
    assert_eq!(emulator.content("demo", "dir/film").unwrap().unwrap(), bytes(1, 3 * PART));
    resume(&["--all"]).await.succeeded();
    assert_eq!(emulator.content("other", "song").unwrap().unwrap(), bytes(2, 2 * PART));
    let ended = resume(&["--all"]).await.succeeded();
    assert!(ended.stderr.contains("no record"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_cannot_be_resumed_is_left_as_it_is() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let records = scratch.text("records");
    let film = scratch.file("film", &bytes(1, 3 * PART));
    let typed = ["--metadata", "a=b", "--acl", "private", "--preserve", "mtime"];
    leave(&emulator, &film, "oss://demo/film", &records, &typed).await;
    let ids = || emulator.uploads("demo").unwrap().into_iter().map(|upload| upload.upload_id).collect::<Vec<_>>();
    let before = ids();
    let resume = async |arguments: &[&str]| {
        ossup(&emulator, &[&["uploads", "resume", "--all", "--state-dir", &records], arguments].concat()).await
    };
    // With other properties it would be begun again: another upload, and this one aborted.
    let ended = resume(&["--json"]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
    let told = "was started with --acl, --metadata a=…, --preserve mtime: repeat exactly these, or run its cp again";
    assert!(ended.stderr.contains(told) && ended.json()["status"] == "failed", "{ended:?}");
    // At another endpoint nothing is known of it.
    let elsewhere = ["uploads", "resume", "--all", "--state-dir", &records, "-e", "http://127.0.0.1:1"];
    let ended = run(&Login::of(&emulator), &elsewhere).await.succeeded();
    assert!(ended.stderr.contains(emulator.endpoint()), "{ended:?}");
    std::fs::rename(&film, scratch.path("away")).unwrap();
    let ended = resume(&typed).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("cannot read"), "{ended:?}");
    std::fs::rename(scratch.path("away"), &film).unwrap();
    assert!(emulator.history().is_empty() && ids() == before);
    resume(&typed).await.succeeded();
    assert_eq!((keys(&emulator), count(&emulator, "InitiateMultipartUpload")), (vec!["film".to_owned()], 0));
    for arguments in
        [&["uploads", "resume"][..], &["uploads", "resume", "oss://demo", "--all"], &["uploads", "adopt", "--all"]]
    {
        assert_eq!(ossup(&emulator, arguments).await.code, Some(64), "{arguments:?}");
    }
}

/// What is only said when an upload is completed is nothing that the server remembers.
#[tokio::test(flavor = "multi_thread")]
async fn no_property_of_the_first_run_is_lost_by_resuming() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let records = scratch.text("records");
    let film = scratch.file("film", &bytes(1, 3 * PART));
    let resume = async |arguments: &[&str]| {
        ossup(&emulator, &[&["uploads", "resume", "--all", "--state-dir", &records], arguments].concat()).await
    };
    for (key, asked, told) in [
        ("acl", &["--acl", "public-read"][..], "--acl"),
        ("callback", &["--header", "x-oss-callback: e30="], "--header x-oss-callback:…"),
        ("forbid", &["--if-none-match"], "--if-none-match"),
        ("class", &["--storage-class", "IA"], "--storage-class"),
        ("tags", &["--tagging", "a=b"], "--tagging"),
        ("type", &["--content-type", "text/plain"], "--content-type"),
        ("payer", &["--request-payer"], "--request-payer"),
    ] {
        leave(&emulator, &film, &format!("oss://demo/{key}"), &records, asked).await;
        let ended = resume(&[]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
        assert!(ended.stderr.contains(&format!("was started with {told}: repeat exactly")), "{ended:?}");
        assert!(emulator.history().is_empty(), "{key}");
        if key == "callback" {
            std::fs::remove_dir_all(&records).unwrap();
            continue;
        }
        resume(asked).await.succeeded();
        assert_eq!(count(&emulator, "InitiateMultipartUpload"), 0, "{key}");
    }
    let acl = ossup(&emulator, &["stat", "oss://demo/acl", "--acl"]).await.succeeded();
    assert!(acl.stdout.contains("public-read"), "{acl:?}");
    // Other values, and some where there were none.
    leave(&emulator, &film, "oss://demo/other", &records, &["--acl", "private"]).await;
    let ended = resume(&["--acl", "public-read"]).await;
    assert!(ended.stderr.contains("was started with another value of --acl: repeat"), "{ended:?}");
    resume(&["--acl", "private"]).await.succeeded();
    leave(&emulator, &film, "oss://demo/none", &records, &[]).await;
    let ended = resume(&["--acl", "public-read"]).await;
    assert!(ended.stderr.contains("was started without properties: leave them out, or run"), "{ended:?}");
    resume(&[]).await.succeeded();
    // The same cp with another ACL is what is asked for now.
    leave(&emulator, &film, "oss://demo/again", &records, &["--acl", "private"]).await;
    let cp = ["cp", &film, "oss://demo/again", "--part-size", "100KiB", "--checkpoint-dir", &records];
    ossup(&emulator, &[&cp[..], &["--acl", "public-read"]].concat()).await.succeeded();
    assert_eq!((count(&emulator, "InitiateMultipartUpload"), count(&emulator, "UploadPart")), (0, 0));
    let acl = ossup(&emulator, &["stat", "oss://demo/again", "--acl"]).await.succeeded();
    assert!(acl.stdout.contains("public-read"), "{acl:?}");
}

/// A record as the SDK for Python writes it.
pub(crate) fn python_record(folder: &Path, file: &Path, key: &str, upload_id: &str) {
    let metadata = std::fs::metadata(file).unwrap();
    let since = metadata.modified().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let path = file.to_str().unwrap();
    let data = format!(
        "{{\"FilePath\": \"{path}\", \"FileMeta\": {{\"Size\": {}, \"LastModified\": {}}}, \"ObjectInfo\": {{\"Name\": \
         \"oss://demo/{key}\"}}, \"PartSize\": {PART}, \"UploadInfo\": {{\"UploadId\": \"{upload_id}\"}}}}",
        metadata.len(),
        since.as_secs_f64()
    );
    let hex = |text: &str| format!("{:x}", md5::compute(text));
    let record = format!(
        "{{\"Magic\": \"92611BED-89E2-46B6-89E5-72F273D4B0A3\", \"Data\": {data}, \"MD5\": \"{}\"}}",
        hex(&data)
    );
    let name = format!("{}-{}.ucp", hex(path), hex(&format!("oss://demo/{key}")));
    std::fs::write(folder.join(name), record).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_sdk_began_is_adopted() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (records, sdk) = (scratch.text("records"), scratch.text("sdk/"));
    std::fs::create_dir(&sdk).unwrap();
    let content = bytes(1, 3 * PART);
    let film = scratch.file("film", &content);
    let client = client(&emulator);
    let initiated = InitiateMultipartUploadRequest::new("demo", "film");
    let id = client.initiate_multipart_upload(initiated).await.unwrap().upload_id;
    let number = PartNumber::new(1).unwrap();
    let part = UploadPartRequest::new("demo", "film", id.clone(), number, content[..PART].to_vec());
    client.upload_part(part).await.unwrap();
    python_record(Path::new(&sdk), Path::new(&film), "film", id.as_str());
    emulator.clear_history();
    let adopt = async |arguments: &[&str]| {
        let fixed = ["uploads", "adopt", "--state-dir", &records, "--records", &sdk];
        ossup(&emulator, &[&fixed[..], arguments].concat()).await
    };
    let ended = adopt(&["--all", "--from", "go"]).await.succeeded();
    assert!(ended.stderr.contains("no record"), "{ended:?}");
    let ended = adopt(&["--all", "--from", "ossutil"]).await;
    assert!(ended.code == Some(64) && ended.stderr.contains("uploads abort"), "{ended:?}");
    // Without a folder, where the SDKs leave records that are told nothing else.
    let elsewhere = ["uploads", "adopt", "oss://demo/none", "--from", "python", "--state-dir", &records];
    let ended = ossup(&emulator, &elsewhere).await.succeeded();
    assert!(ended.stderr.contains("no record of such an upload to oss://demo/none"), "{ended:?}");
    let planned = adopt(&["oss://demo", "--from", "python", "-n", "--json"]).await.succeeded();
    assert_eq!(planned.summary()["planned"], 1, "{planned:?}");
    // A file that changed would be another upload.
    let time = std::fs::metadata(&film).unwrap().modified().unwrap();
    let set = |time| std::fs::File::options().write(true).open(&film).unwrap().set_modified(time).unwrap();
    set(SystemTime::UNIX_EPOCH);
    let ended = adopt(&["--all", "--from", "python"]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("changed"), "{ended:?}");
    assert!(emulator.history().is_empty());
    set(time);
    let ended = adopt(&["oss://demo/film", "--from", "python", "--json"]).await.succeeded();
    let line = ended.lines().into_iter().find(|line| line["op"] == "upload").unwrap();
    assert_eq!((&line["parts_reused"], &line["upload_id"]), (&1.into(), &id.as_str().into()), "{ended:?}");
    assert_eq!(count(&emulator, "UploadPart"), 2);
    assert_eq!(emulator.content("demo", "film").unwrap().unwrap(), content);
    assert_eq!(std::fs::read_dir(&sdk).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_that_leaves_parts_is_told() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    let initiated = InitiateMultipartUploadRequest::new("demo", "film");
    let id = client.initiate_multipart_upload(initiated).await.unwrap().upload_id;
    let part = UploadPartRequest::new("demo", "film", id.clone(), PartNumber::new(1).unwrap(), bytes(1, PART));
    client.upload_part(part).await.unwrap();
    // The server says it is aborted, and it is not: as if parts came in behind.
    emulator.add_fault(Fault::on("AbortMultipartUpload").respond(404, "NoSuchUpload").always());
    for arguments in [["uploads", "abort"], ["rm", "-m"]] {
        emulator.clear_history();
        let id = ["--upload-id", id.as_str()];
        let arguments = match arguments[0] {
            "rm" => [&arguments[..], &["oss://demo/film", "-f", "--json"]].concat(),
            _ => [&arguments[..], &["oss://demo/film", "--json"], &id].concat(),
        };
        let ended = ossup(&emulator, &arguments).await;
        assert_eq!((ended.code, ended.json()["status"].as_str()), (Some(1), Some("failed")), "{ended:?}");
        assert!(ended.stderr.contains("still has 1 part,"), "{ended:?}");
        assert_eq!(count(&emulator, "AbortMultipartUpload"), 3);
    }
    // Permission to abort is not permission to list.
    emulator.clear_faults();
    emulator.add_fault(Fault::on("ListParts").respond(403, "AccessDenied").always());
    let ended = ossup(&emulator, &["uploads", "abort", "oss://demo/film", "--upload-id", id.as_str(), "--json"])
        .await
        .succeeded();
    assert!(ended.stderr.contains("could not be found out"), "{ended:?}");
    assert!(emulator.uploads("demo").unwrap().is_empty());
}
