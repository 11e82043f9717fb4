//! `ossup stat` from end to end.

use oss_emulator::Emulator;
use ossup::{Metadata, ObjectAcl, PutObjectRequest, Tagging};

use crate::support::{Ended, Login, client, count, emulator, keep_versions, put, run};

async fn stat(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["stat", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_described_as_oss_describes_it() {
    let emulator = emulator().start().await.unwrap();
    let mut metadata = Metadata::new();
    metadata.insert("colour", "green");
    let mut request = PutObjectRequest::new("demo", "a/b").body("123456789").content_type("text/x");
    request.metadata = Some(metadata);
    request.acl = Some(ObjectAcl::PublicRead);
    request.tagging = Some(Tagging::from_encoded("k=v%201").unwrap());
    client(&emulator).put_object(request).await.unwrap();

    let ended = stat(&emulator, &["oss://demo/a/b", "--json"]).await.succeeded();
    let line = ended.json();
    // The check value of this CRC64.
    assert_eq!((&line["size"], &line["crc64"]), (&9.into(), &"11051210869376104954".into()), "{ended:?}");
    let headers = &line["headers"];
    assert_eq!((&headers["content-type"], &headers["x-oss-meta-colour"]), (&"text/x".into(), &"green".into()));
    assert!(line.get("tags").is_none() && line.get("acl").is_none() && headers.get("date").is_none(), "{ended:?}");
    assert_eq!((count(&emulator, "GetObjectTagging"), count(&emulator, "GetObjectAcl")), (0, 0));

    let ended = stat(&emulator, &["oss://demo/a/b", "--tags", "--acl", "-q"]).await.succeeded();
    let row = |name: &str| {
        let row = ended.stdout.lines().find_map(|row| row.trim_start().strip_prefix(name));
        row.unwrap_or_else(|| panic!("{name} in {ended:?}")).trim().to_owned()
    };
    assert!(ended.stdout.starts_with("oss://demo/a/b\n"), "{ended:?}");
    assert_eq!(
        (row("Content-Length"), row("x-oss-hash-crc64ecma")),
        ("9".to_owned(), "11051210869376104954".to_owned())
    );
    assert_eq!((row("ACL"), row("Tag k")), ("public-read".to_owned(), "v 1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_described_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let first = client.put_object(PutObjectRequest::new("demo", "a").body("older")).await.unwrap();
    put(&client, &["a"]).await;
    let id = first.version_id.unwrap();
    let ended = stat(&emulator, &["oss://demo/a", "--version-id", &id, "--json"]).await.succeeded();
    assert_eq!((&ended.json()["size"], &ended.json()["version_id"]), (&5.into(), &id.into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_described() {
    let emulator = emulator().start().await.unwrap();
    keep_versions(&client(&emulator)).await;
    let ended = stat(&emulator, &["oss://demo"]).await.succeeded();
    assert!(ended.stdout.starts_with("oss://demo\n") && ended.stdout.contains("oss-cn-hangzhou"), "{ended:?}");
    assert!(ended.stdout.lines().any(|row| row.split_whitespace().eq(["Versioning", "Enabled"])), "{ended:?}");
    let ended = stat(&emulator, &["oss://demo/", "--json"]).await.succeeded();
    assert_eq!((&ended.json()["kind"], &ended.json()["info"]["name"]), (&"bucket".into(), &"demo".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_failure_and_what_is_wrong_one_line() {
    let emulator = emulator().start().await.unwrap();
    for (arguments, code, says) in [
        (&["oss://demo/missing"][..], 1, "oss://demo/missing"),
        (&["oss://missing"], 1, "NoSuchBucket"),
        (&["oss://demo", "--tags"], 64, "name one, oss://BUCKET/KEY"),
        (&["oss://demo/a", "--version-id", ""], 64, "--version-id"),
        (&["a"], 64, "write oss://BUCKET/KEY"),
    ] {
        let ended = stat(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    let ended = stat(&emulator, &["oss://demo/missing", "--json"]).await;
    assert_eq!((&ended.json()["error"]["status"], &ended.summary()["exit"]), (&404.into(), &1.into()), "{ended:?}");
}
