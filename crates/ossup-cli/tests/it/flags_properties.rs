//! Every property of objects in every command that stores some.

use oss_emulator::{Emulator, Fault, RequestRecord};
use ossup::AppendObjectRequest;

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, put, run};

const PART: usize = 100 << 10;
const DATE: &str = "Wed, 21 Oct 2037 07:28:00 GMT";

/// A flag with its value, and the header that says so.
const PROPERTIES: [(&str, &str, &str, &str); 13] = [
    ("--acl", "private", "x-oss-object-acl", "private"),
    ("--storage-class", "IA", "x-oss-storage-class", "IA"),
    ("--metadata", "a=b", "x-oss-meta-a", "b"),
    ("--tagging", "k=v", "x-oss-tagging", "k=v"),
    ("--content-type", "text/x", "content-type", "text/x"),
    ("--cache-control", "no-cache", "cache-control", "no-cache"),
    ("--content-disposition", "inline", "content-disposition", "inline"),
    ("--content-encoding", "x-mine", "content-encoding", "x-mine"),
    ("--expires", DATE, "expires", DATE),
    ("--server-side-encryption", "KMS", "x-oss-server-side-encryption", "KMS"),
    ("--server-side-encryption-key-id", "k1", "x-oss-server-side-encryption-key-id", "k1"),
    ("--header", "x-mine: 1", "x-mine", "1"),
    ("--if-none-match", "", "x-oss-forbid-overwrite", "true"),
];

/// The flags of some properties.
fn typed(properties: &[(&'static str, &'static str, &'static str, &'static str)]) -> Vec<&'static str> {
    let words = properties.iter().flat_map(|(flag, value, ..)| [*flag, *value]);
    words.filter(|word| !word.is_empty()).collect()
}

async fn ossup(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["-e", emulator.endpoint()]].concat()).await
}

/// The only request of this operation.
#[track_caller]
fn sent(emulator: &Emulator, operation: &str) -> RequestRecord {
    let history = emulator.history();
    let mut found = history.into_iter().filter(|request| request.operation == operation);
    let request = found.next().unwrap_or_else(|| panic!("no {operation}"));
    assert!(found.next().is_none(), "more than one {operation}");
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn every_property_reaches_the_wire_in_every_command() {
    let (emulator, scratch) = (emulator().bucket("other").start().await.unwrap(), Scratch::new());
    std::fs::create_dir(scratch.path("in")).unwrap();
    let (file, folder) = (scratch.text("in/file"), scratch.text("in"));
    for (command, operation) in [
        (&["cp", &file, "oss://demo/a"][..], "PutObject"),
        (&["cp", "-r", &folder, "oss://demo/b/"], "PutObject"),
        (&["cp", "oss://demo/source", "oss://demo/c"], "CopyObject"),
        (&["cp", "-r", "oss://demo/x/", "oss://demo/d/"], "CopyObject"),
        (&["mv", &file, "oss://demo/e"], "PutObject"),
        (&["mv", "oss://demo/source", "oss://demo/f"], "CopyObject"),
        (&["append", &file, "oss://demo/g"], "AppendObject"),
        (&["sync", &folder, "oss://demo/h/"], "PutObject"),
        (&["cp", &file, "oss://demo/i", "--part-size", "100K"], "InitiateMultipartUpload"),
    ] {
        std::fs::write(&file, bytes(1, 2 * PART)).unwrap();
        put(&client(&emulator), &["source", "x/one"]).await;
        emulator.clear_history();
        let ended = ossup(&emulator, &[command, &typed(&PROPERTIES)].concat()).await.succeeded();
        let request = sent(&emulator, operation);
        for (flag, _, header, value) in PROPERTIES {
            // Of an upload in parts, the last request puts the object into its place.
            let last = ["x-oss-forbid-overwrite", "x-oss-object-acl"].contains(&header);
            let request = match operation == "InitiateMultipartUpload" && last {
                true => sent(&emulator, "CompleteMultipartUpload"),
                false => request.clone(),
            };
            assert_eq!(request.header(header), Some(value), "{command:?} {flag}: {ended:?}");
        }
    }
}

/// ACL and tags have requests of their own; what exists is changed, so that nothing is refused because it does.
#[tokio::test(flavor = "multi_thread")]
async fn every_property_can_be_set_of_what_exists() {
    let emulator = emulator().start().await.unwrap();
    for (flag, value, header, wanted) in PROPERTIES {
        put(&client(&emulator), &["a"]).await;
        emulator.clear_history();
        let flags: Vec<_> = [flag, value].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = ossup(&emulator, &[&["set-props", "oss://demo/a"], &flags[..]].concat()).await;
        match flag {
            "--if-none-match" => {
                assert_eq!((ended.code, emulator.history().len()), (Some(64), 0), "{ended:?}");
                assert!(ended.stderr.contains(flag) && ended.stderr.lines().count() == 1, "{ended:?}");
            }
            "--acl" => assert_eq!(sent(&emulator, "PutObjectAcl").header(header), Some(wanted)),
            "--tagging" => assert_eq!(sent(&emulator, "PutObjectTagging").status, Some(200)),
            _ => assert_eq!(sent(&emulator, "CopyObject").header(header), Some(wanted), "{flag}: {ended:?}"),
        }
    }
}

/// A record is of one upload with its properties: with others it would be another one.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_resumed_with_every_property_that_it_was_begun_with() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let (film, records) = (scratch.file("film", &bytes(1, 3 * PART)), scratch.text("records"));
    for (flag, value, header, wanted) in PROPERTIES {
        // A key is one of KMS.
        let method = if flag.ends_with("-key-id") { ["--server-side-encryption", "KMS"] } else { ["", ""] };
        let words = [flag, value].into_iter().chain(method);
        let flags: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let key = format!("oss://demo/film{flag}");
        emulator.add_fault(Fault::on("CompleteMultipartUpload").respond(503, "ServiceUnavailable").always());
        let cp = ["cp", &film, &key, "--part-size", "100KiB", "--part-attempts", "1", "--checkpoint-dir", &records];
        assert_eq!(ossup(&emulator, &[&cp[..], &flags].concat()).await.code, Some(1), "{flag}");
        emulator.clear_faults();
        emulator.clear_history();
        let resume = ["uploads", "resume", &key, "--state-dir", &records];
        let ended = ossup(&emulator, &resume).await;
        assert!(ended.code == Some(1) && ended.stderr.contains("was started with --"), "{flag}: {ended:?}");
        assert!(emulator.history().is_empty(), "{flag}");
        ossup(&emulator, &[&resume[..], &flags].concat()).await.succeeded();
        if ["--acl", "--if-none-match"].contains(&flag) {
            assert_eq!(sent(&emulator, "CompleteMultipartUpload").header(header), Some(wanted), "{flag}");
        }
        assert_eq!((count(&emulator, "InitiateMultipartUpload"), count(&emulator, "UploadPart")), (0, 0), "{flag}");
    }
}

/// What was appended to has its properties already.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_appended_to_keeps_its_properties() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let file = scratch.file("file", b"more");
    client(&emulator).append_object(AppendObjectRequest::new("demo", "log", 0, "first")).await.unwrap();
    for (flag, value, ..) in PROPERTIES {
        let flags: Vec<_> = [flag, value].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = ossup(&emulator, &[&["append", &file, "oss://demo/log"], &flags[..]].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{flag}: {ended:?}");
    }
    assert_eq!(emulator.content("demo", "log").unwrap().unwrap(), b"first");
}
