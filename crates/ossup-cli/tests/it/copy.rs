//! `ossup cp` from object to object, from end to end.

use oss_emulator::{Emulator, Fault};
use ossup::{GetObjectTaggingRequest, HeadObjectRequest, PutObjectRequest, Tagging};

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, keep_versions, keys, put, run, writes};

const PART: usize = 100 * 1024;

async fn cp(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["cp", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// An object with metadata and tags.
async fn store(emulator: &Emulator, key: &str) {
    let request = PutObjectRequest::new("demo", key).body("content").content_type("text/x-a");
    let request = request.metadata([("colour", "red")]).tagging(Tagging::new().tag("of", "source"));
    client(emulator).put_object(request).await.unwrap();
}

/// Content type, metadata and tags of an object.
async fn properties(emulator: &Emulator, key: &str) -> String {
    let client = client(emulator);
    let head = client.head_object(HeadObjectRequest::new("demo", key)).await.unwrap();
    let tags = client.get_object_tagging(GetObjectTaggingRequest::new("demo", key)).await.unwrap();
    let tags: Vec<_> = tags.tags.into_iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect();
    let colour = head.metadata.value("colour").unwrap_or("none").to_owned();
    format!("{} {colour} {}", head.content_type.unwrap_or_default(), tags.join("&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_copies_and_no_bytes_come_here() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let ended = cp(&emulator, &["oss://demo/a", "oss://other/c", "--json"]).await.succeeded();
    let line = ended.json();
    assert_eq!((&line["op"], &line["status"], &line["verified"]), (&"copy".into(), &"done".into(), &"crc64".into()));
    assert_eq!((&line["source"], &line["key"], &line["sent_bytes"]), (&"oss://demo/a".into(), &"c".into(), &0.into()));
    assert_eq!(emulator.content("other", "c").unwrap().unwrap(), b"a");
    assert_eq!((count(&emulator, "CopyObject"), count(&emulator, "GetObject")), (1, 0));
    let ended = cp(&emulator, &["oss://demo/a", "oss://demo/b/"]).await.succeeded();
    assert!(ended.stdout.starts_with("oss://demo/a -> oss://demo/b/a\n"), "{ended:?}");
    assert_eq!(keys(&emulator), ["a", "b/a"]);
    // A part size that is given means parts.
    let content = bytes(1, 3 * PART);
    client(&emulator).put_object(PutObjectRequest::new("demo", "film").body(content.clone())).await.unwrap();
    let parts = ["oss://demo/film", "oss://other/film", "--part-size", "100KiB", "--json"];
    let ended = cp(&emulator, &parts).await.succeeded();
    assert_eq!((&ended.json()["parts_sent"], count(&emulator, "UploadPartCopy")), (&3.into(), 3));
    assert!(emulator.content("other", "film").unwrap().unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_come_from_where_the_flags_say() {
    let emulator = emulator().start().await.unwrap();
    store(&emulator, "a").await;
    for (flags, wanted) in [
        (&[][..], "text/x-a red of=source"),
        (&["--metadata-directive", "COPY", "--tagging-directive", "COPY"], "text/x-a red of=source"),
        (&["--metadata-directive", "REPLACE"], "text/plain none of=source"),
        (&["--metadata", "colour=blue"], "text/plain blue of=source"),
        (&["--content-type", "text/x-b"], "text/x-b none of=source"),
        (&["--tagging-directive", "REPLACE"], "text/x-a red "),
        (&["--tagging", "of=copy"], "text/x-a red of=copy"),
        (&["--copy-props", "default"], "text/x-a red of=source"),
        (&["--copy-props", "metadata"], "text/x-a red "),
        (&["--copy-props", "none"], "text/plain none "),
    ] {
        for part in [&[][..], &["--part-size", "100KiB"]] {
            cp(&emulator, &[&["oss://demo/a", "oss://demo/b.txt"], flags, part].concat()).await.succeeded();
            assert_eq!(properties(&emulator, "b.txt").await, wanted, "{flags:?} {part:?}");
        }
    }
    // The object itself can be given other ones, and nothing else.
    cp(&emulator, &["oss://demo/a", "oss://demo/a", "--content-type", "text/x-c"]).await.succeeded();
    assert_eq!(properties(&emulator, "a").await, "text/x-c none of=source");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_or_an_entity_tag_chooses_the_source() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let first = client.put_object(PutObjectRequest::new("demo", "a").body("older")).await.unwrap();
    put(&client, &["a"]).await;
    let version = first.version_id.unwrap();
    cp(&emulator, &["oss://demo/a", "oss://other/v", "--version-id", &version]).await.succeeded();
    assert_eq!(emulator.content("other", "v").unwrap().unwrap(), b"older");
    let etag = first.etag.to_string();
    let ended = cp(&emulator, &["oss://demo/a", "oss://other/e", "--if-match", &etag]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
    let now = client.head_object(HeadObjectRequest::new("demo", "a")).await.unwrap().etag.unwrap().to_string();
    cp(&emulator, &["oss://demo/a", "oss://other/e", "--if-match", &now]).await.succeeded();
    let scratch = Scratch::new();
    let file = scratch.text("file");
    let ended = cp(&emulator, &["oss://demo/a", &file, "--if-match", &etag]).await;
    assert_eq!((ended.code, scratch.path("file").exists()), (Some(1), false), "{ended:?}");
    cp(&emulator, &["oss://demo/a", &file, "--if-match", &now]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_copied_object_by_object() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let client = client(&emulator);
    put(&client, &["x/a", "x/b & <c>", "x/d/../e", "x/\u{1}", "x2/f"]).await;
    client.put_object(PutObjectRequest::new("demo", "x/marker/").body("")).await.unwrap();
    let arguments = ["-r", "oss://demo/x", "oss://other/y", "--json", "--jobs", "2"];
    let ended = cp(&emulator, &arguments).await.succeeded();
    assert_eq!((&ended.summary()["done"], &ended.summary()["requests"]["get"]), (&5.into(), &0.into()), "{ended:?}");
    let copied: Vec<_> = emulator.objects("other").unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!(copied, ["y/\u{1}", "y/a", "y/b & <c>", "y/d/../e", "y/marker/"]);
    for (flags, skipped) in [(&["--ignore-existing"][..], 5), (&["--size-only"], 5), (&["--update"], 5), (&[], 0)] {
        let ended = cp(&emulator, &[&arguments, flags].concat()).await.succeeded();
        assert_eq!(ended.summary()["skipped"], skipped, "{flags:?}");
        let one = cp(&emulator, &[&["oss://demo/x/a", "oss://other/y/a", "--json"], flags].concat()).await.succeeded();
        assert_eq!(one.summary()["skipped"], u64::from(skipped > 0), "{flags:?}");
    }
    let ended = cp(&emulator, &["-r", "oss://demo/nothing", "oss://other/z"]).await.succeeded();
    assert!(ended.stderr.contains("nothing in"), "{ended:?}");

    emulator.add_fault(Fault::on("CopyObject").key("z/a").respond(404, "NoSuchKey").always());
    let ended = cp(&emulator, &["-r", "oss://demo/x/", "oss://other/z/", "--json"]).await;
    assert_eq!((ended.code, &ended.summary()["done"], &ended.summary()["failed"]), (Some(2), &4.into(), &1.into()));
    let ended =
        cp(&emulator, &["-r", "oss://demo/x/", "oss://other/z/", "--json", "--jobs", "1", "--max-errors", "1"]).await;
    assert!(ended.summary()["done"].as_u64().unwrap() < 4, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_copied_onto_or_into_itself() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["x/a", "x/y/b"]).await;
    emulator.clear_history();
    for (arguments, code) in [
        (&["oss://demo/x/a", "oss://demo/x/a"][..], 3),
        (&["oss://demo/x/a", "oss://demo/x/"], 3),
        (&["-r", "oss://demo/x", "oss://demo/x/"], 3),
        (&["-r", "oss://demo/x", "oss://demo/x/y"], 3),
        (&["-r", "oss://demo/x/y", "oss://demo/x"], 3),
        (&["-r", "oss://demo", "oss://demo/all/"], 3),
        (&["oss://demo", "oss://demo/y"], 64),
        (&["oss://demo/x/a", "oss://demo/y", "-P"], 64),
        (&["oss://demo/x/a", "oss://demo/y", "--metadata-directive", "KEEP"], 64),
        (&["oss://demo/x/a", "oss://demo/y", "--tagging-directive", "x"], 64),
        (&["oss://demo/x/a", "oss://demo/y", "--copy-props", "all"], 64),
        (&["oss://demo/x/a", "oss://demo/y", "--metadata-directive", "COPY", "--metadata", "a=b"], 64),
        (&["-r", "oss://demo/x", "oss://demo/y", "--version-id", "v"], 64),
    ] {
        let ended = cp(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
    }
    assert_eq!((writes(&emulator), keys(&emulator).len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_in_another_region_is_copied_through_this_machine() {
    let scratch = Scratch::new();
    let _ = &scratch;
    let elsewhere = emulator().start().await.unwrap();
    store(&elsewhere, "film").await;
    let (id, secret) = elsewhere.credentials();
    let refuses = |operation| {
        Fault::on(operation).key("film").always().respond(403, "AccessDenied").element("Endpoint", elsewhere.endpoint())
    };
    let here = emulator().credentials(id, secret).fault(refuses("HeadObject")).fault(refuses("CopyObject"));
    let here = here.start().await.unwrap();
    let ended = cp(&here, &["oss://demo/film", "oss://demo/copy", "--json"]).await.succeeded();
    let line = ended.json();
    assert_eq!((&line["op"], &line["verified"], &line["sent_bytes"]), (&"copy".into(), &"crc64".into(), &7.into()));
    assert!(ended.stderr.contains("in another region"), "{ended:?}");
    assert_eq!(here.content("demo", "copy").unwrap().unwrap(), b"content");
    assert_eq!(properties(&here, "copy").await, "text/x-a red of=source");
}
