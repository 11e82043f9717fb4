//! `ossup presign` from end to end.

use oss_emulator::Emulator;
use ossup::{PutObjectRequest, http};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Ended, Login, client, emulator, keep_versions, put, run};

async fn presign(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["presign", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// What the server responds to a URL.
async fn send(method: &str, url: &str, headers: &str, body: &str) -> String {
    let uri: http::Uri = url.parse().unwrap();
    let authority = uri.authority().unwrap().as_str();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let (target, len) = (uri.path_and_query().unwrap(), body.len());
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {len}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[track_caller]
fn url(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stdout.lines().count(), ended.stderr.as_str()), (Some(0), 1, ""), "{ended:?}");
    ended.stdout.trim_end()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_works_without_credentials_for_what_it_is_made_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let first = client.put_object(PutObjectRequest::new("demo", "a b&c").body("older")).await.unwrap();
    put(&client, &["a b&c"]).await;
    emulator.clear_history();
    let get = presign(&emulator, &["oss://demo/a b&c"]).await;
    assert!(emulator.history().is_empty(), "nothing is sent");
    let response = send("GET", url(&get), "", "").await;
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("\r\n\r\na b&c"), "{response}");
    assert!(send("DELETE", url(&get), "", "").await.starts_with("HTTP/1.1 403"));

    let id = first.version_id.unwrap();
    let older = presign(&emulator, &["oss://demo/a b&c", "--version-id", &id]).await;
    assert!(send("GET", url(&older), "", "").await.ends_with("\r\n\r\nolder"));
    let head = presign(&emulator, &["oss://demo/a b&c", "--method", "HEAD"]).await;
    assert!(send("HEAD", url(&head), "", "").await.starts_with("HTTP/1.1 200"));
    let put = presign(&emulator, &["oss://demo/new", "--method", "put", "--header", "x-oss-meta-a: b"]).await;
    assert_eq!(put.stderr, "ossup: to be sent with the URL: x-oss-meta-a: b\n");
    let put = Ended { stderr: String::new(), ..put };
    assert!(send("PUT", url(&put), "", "content").await.starts_with("HTTP/1.1 403"), "the header was signed");
    assert!(send("PUT", url(&put), "x-oss-meta-a: b\r\n", "content").await.starts_with("HTTP/1.1 200"));
    assert_eq!(emulator.content("demo", "new").unwrap().unwrap(), b"content");
    let delete = presign(&emulator, &["oss://demo/new", "--method", "delete"]).await;
    assert!(send("DELETE", url(&delete), "", "").await.starts_with("HTTP/1.1 204"));
    let with = presign(&emulator, &["oss://demo/a b&c", "--query-param", "response-content-type=text/x"]).await;
    assert!(send("GET", url(&with), "", "").await.contains("text/x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_ends_when_it_is_to_end() {
    let emulator = emulator().start().await.unwrap();
    let seconds = |ended: &Ended| {
        let url = url(ended).to_owned();
        let at = url.find("x-oss-expires=").unwrap();
        url[at..].trim_start_matches("x-oss-expires=").split('&').next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(seconds(&presign(&emulator, &["oss://demo/a"]).await), 900);
    assert_eq!(seconds(&presign(&emulator, &["oss://demo/a", "--expires-duration", "1h30m"]).await), 5400);
    let date = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2)).to_string();
    let left = seconds(&presign(&emulator, &["oss://demo/a", "--expires-date", &date]).await);
    assert!((7000..=7200).contains(&left), "{left}");
    let ended =
        run(&Login::of(&emulator), &["sign", "oss://demo/a", "--json", "-e", emulator.endpoint()]).await.succeeded();
    let line = ended.json();
    assert_eq!((&line["op"], &line["method"], &line["key"]), (&"presign".into(), &"GET".into(), &"a".into()));
    assert!(line["expires"].is_string() && line["url"].is_string(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_of_a_folder_is_signed_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b/c", "dir2"]).await;
    for folder in ["oss://demo/dir", "oss://demo/dir/"] {
        let ended = presign(&emulator, &[folder, "-r", "--json"]).await.succeeded();
        let lines = ended.lines();
        let keys: Vec<_> = lines.iter().filter_map(|line| line["key"].as_str()).collect();
        assert_eq!(keys, ["dir/a", "dir/b/c"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line() {
    let emulator = emulator().start().await.unwrap();
    for (arguments, says) in [
        (&["oss://demo"][..], "add -r"),
        (&["oss://demo/a/"], "add -r"),
        (&["oss://demo/a", "--expires-duration", "8d"], "at most 7 days"),
        (&["oss://demo/a", "--expires-duration", "0"], "at least 1 s"),
        (&["oss://demo/a", "--expires-date", "2001-01-01T00:00:00Z"], "at least 1 s"),
        (&["oss://demo/a", "--expires-date", "tomorrow"], "write it as 2026-11-28"),
        (&["oss://demo/a", "--expires-date", "2001-01-01"], "at least 1 s"),
        (&["oss://demo/a", "--method", "patch"], "--method"),
        (&["oss://demo/a", "--method", "put", "--version-id", "x"], "--version-id"),
        (&["oss://demo/a", "oss://demo/b", "--version-id", "x"], "--version-id"),
        (&["oss://demo/a", "--query-param", "x"], "--query-param"),
        (&["oss://demo/a", "--header", "x"], "--header"),
    ] {
        let ended = presign(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_may_be_one_of_the_public_endpoint() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let sign = async |arguments: &[&str]| run(&login, &[&["presign", "oss://demo/a"], arguments].concat()).await;
    let internal = ["-e", "oss-cn-beijing-internal.aliyuncs.com"];
    assert!(url(&sign(&internal).await).starts_with("https://demo.oss-cn-beijing-internal.aliyuncs.com/a?"));
    let public = sign(&[&internal[..], &["--public-endpoint"]].concat()).await;
    assert!(url(&public).starts_with("https://demo.oss-cn-beijing.aliyuncs.com/a?"), "{public:?}");
    let ended = sign(&["--public-endpoint"]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
}

/// What the server responds to a form, with a file behind its fields.
async fn submit(form: &serde_json::Value, key: &str, file: &str) -> String {
    let mut body = String::new();
    let boundary = "b0undary";
    for (name, value) in form["fields"].as_object().unwrap() {
        let value = if name == "key" { key } else { value.as_str().unwrap() };
        body += &format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{file}\r\n--{boundary}--\r\n"
    );
    let headers = format!("content-type: multipart/form-data; boundary={boundary}\r\n");
    send("POST", form["url"].as_str().unwrap(), &headers, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_uploads_what_its_policy_allows_and_nothing_else() {
    let emulator = emulator().start().await.unwrap();
    let form = async |arguments: &[&str]| {
        let ended = presign(&emulator, &[arguments, &["--post-policy"]].concat()).await.succeeded();
        serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap()
    };
    let one = form(&["oss://demo/a"]).await;
    assert!(emulator.history().is_empty(), "nothing is sent");
    assert!(submit(&one, "b", "content").await.starts_with("HTTP/1.1 403"));
    assert!(submit(&one, "a", "content").await.starts_with("HTTP/1.1 204"));
    assert_eq!(emulator.content("demo", "a").unwrap().unwrap(), b"content");
    let folder = form(&["oss://demo/dir/", "--max-size", "4", "--header", "x-oss-object-acl: private"]).await;
    assert_eq!(folder["fields"]["key"], "dir/${filename}");
    assert!(submit(&folder, "elsewhere", "1234").await.starts_with("HTTP/1.1 403"));
    assert!(submit(&folder, "dir/c", "12345").await.starts_with("HTTP/1.1 400"));
    assert!(submit(&folder, "dir/c", "1234").await.starts_with("HTTP/1.1 204"));
    assert_eq!(folder["fields"]["x-oss-object-acl"], "private");
    let older = form(&["oss://demo/d", "--sign-version", "v1"]).await;
    assert!(older["fields"]["OSSAccessKeyId"].is_string(), "{older}");
    assert!(submit(&older, "d", "content").await.starts_with("HTTP/1.1 204"));
    let ended = presign(&emulator, &["oss://demo/a*", "--post-policy", "--json"]).await.succeeded();
    assert_eq!((&ended.json()["op"], &ended.json()["key"]), (&"post_policy".into(), &"a${filename}".into()));
    for arguments in [
        &["oss://demo/a", "--post-policy", "-r"][..],
        &["oss://demo/a", "--post-policy", "--method", "put"],
        &["oss://demo/a", "--post-policy", "--version-id", "v"],
        &["oss://demo/a", "--max-size", "4"],
        &["oss://demo/a", "--post-policy", "--expires-duration", "8d"],
    ] {
        let ended = presign(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
    }
}
