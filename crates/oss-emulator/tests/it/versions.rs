//! Versioning: enabled, suspended, markers, and lists of versions.

use crate::support::{Raw, Server, check};

async fn set(server: &Server, status: &str) {
    let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    server.ok(&Raw::new("PUT").query("versioning", "").body(body)).await;
}

#[tokio::test]
async fn every_write_is_a_version_and_a_delete_is_a_marker() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("null")).await;
    set(&server, "Enabled").await;
    let first = server.ok(&Raw::put("a").body("1")).await.header("x-oss-version-id").to_owned();
    let second = server.ok(&Raw::put("a").body("2")).await.header("x-oss-version-id").to_owned();
    assert!(first.len() == 64 && first != second);
    let deleted = server.ok(&Raw::delete("a")).await;
    assert_eq!((deleted.status, deleted.header("x-oss-delete-marker")), (204, "true"));
    let marker = deleted.header("x-oss-version-id").to_owned();

    let gone = server.send(&Raw::get("a")).await;
    assert_eq!((gone.code().as_str(), gone.header("x-oss-delete-marker")), ("NoSuchKey", "true"));
    let by_id = server.send(&Raw::get("a").query("versionId", &marker)).await;
    assert_eq!((by_id.status, by_id.header("allow")), (405, "DELETE"));
    for (id, text) in [(first.as_str(), "1"), (second.as_str(), "2"), ("null", "null")] {
        assert_eq!(server.ok(&Raw::get("a").query("versionId", id)).await.text(), text);
    }
    let list = server.ok(&Raw::new("GET").query("versions", "")).await.text();
    assert_eq!((list.matches("<Version>").count(), list.matches("<DeleteMarker>").count()), (3, 1));
    assert_eq!(list.matches("<IsLatest>true</IsLatest>").count(), 1);
    assert_eq!(server.send(&Raw::new("DELETE")).await.code(), "BucketNotEmpty");

    let undeleted = server.ok(&Raw::delete("a").query("versionId", &marker)).await;
    assert_eq!(undeleted.header("x-oss-delete-marker"), "true");
    assert_eq!(server.ok(&Raw::get("a")).await.text(), "2");
    server.ok(&Raw::delete("a").query("versionId", &second)).await;
    assert_eq!(server.ok(&Raw::get("a")).await.text(), "1");
}

#[tokio::test]
async fn a_suspended_bucket_has_one_null_version() {
    let server = Server::new().await;
    set(&server, "Enabled").await;
    let first = server.ok(&Raw::put("a").body("1")).await.header("x-oss-version-id").to_owned();
    set(&server, "Suspended").await;
    for body in ["2", "3"] {
        assert_eq!(server.ok(&Raw::put("a").body(body)).await.header("x-oss-version-id"), "null");
    }
    let deleted = server.ok(&Raw::delete("a")).await;
    assert_eq!((deleted.header("x-oss-version-id"), deleted.header("x-oss-delete-marker")), ("null", "true"));
    let list = server.ok(&Raw::new("GET").query("versions", "")).await.text();
    assert_eq!((list.matches("<Version>").count(), list.matches("<DeleteMarker>").count()), (1, 1));
    assert_eq!(server.ok(&Raw::get("a").query("versionId", &first)).await.text(), "1");
    check(
        &server,
        vec![
            ("forbid-overwrite is ignored", Raw::put("b").body("1").header("x-oss-forbid-overwrite", "true"), "200"),
            (
                "forbid-overwrite is ignored again",
                Raw::put("b").body("2").header("x-oss-forbid-overwrite", "true"),
                "200",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_list_goes_on_after_its_marker_was_deleted() {
    let server = Server::new().await;
    for key in ["a", "b"] {
        server.ok(&Raw::put(key).body("x")).await;
    }
    let next = || Raw::new("GET").query("versions", "").query("key-marker", "a").query("version-id-marker", "null");
    assert_eq!(server.ok(&next()).await.element("Key"), "b");
    server.ok(&Raw::delete("a")).await;
    assert_eq!(server.ok(&next()).await.element("Key"), "b");
}

#[tokio::test]
async fn an_appendable_object_is_the_version_null() {
    let server = Server::new().await;
    set(&server, "Enabled").await;
    let append = |position: &str| Raw::post("log").query("append", "").query("position", position).body("x");
    for position in ["0", "1"] {
        assert_eq!(server.ok(&append(position)).await.header("x-oss-version-id"), "null");
    }
    assert_eq!(server.ok(&Raw::new("GET").query("versions", "")).await.text().matches("<Version>").count(), 1);
    server.ok(&Raw::put("log").body("frozen")).await;
    assert_eq!(server.send(&append("2")).await.code(), "ObjectNotAppendable");
    assert_eq!(server.ok(&Raw::get("log").query("versionId", "null")).await.text(), "xx");
}

#[tokio::test]
async fn versions_are_paged_through_one_key() {
    let server = Server::new().await;
    set(&server, "Enabled").await;
    for key in ["a", "b"] {
        for _ in 0..3 {
            server.ok(&Raw::put(key).body("x")).await;
        }
    }
    let (mut key, mut id, mut seen, mut latest) = (String::new(), String::new(), Vec::new(), 0);
    loop {
        let mut raw = Raw::new("GET").query("versions", "").query("max-keys", "2");
        if !key.is_empty() {
            raw = raw.query("key-marker", &key).query("version-id-marker", &id);
        }
        let response = server.ok(&raw).await;
        let text = response.text();
        seen.extend(text.split("<VersionId>").skip(1).map(|rest| rest[..64].to_owned()));
        latest += text.matches("<IsLatest>true").count();
        if response.element("IsTruncated") == "false" {
            break;
        }
        (key, id) = (response.element("NextKeyMarker"), response.element("NextVersionIdMarker"));
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((all, seen.len(), latest), (6, 6, 2));
}
