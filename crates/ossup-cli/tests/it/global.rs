//! The options that every command has.

use oss_emulator::{Emulator, Fault, FaultEffect};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::support::{Ended, Login, PATIENCE, Scratch, client, count, emulator, end, ossup, put, run};

#[track_caller]
fn assert_refused(ended: &Ended, says: &str) {
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{says}: {ended:?}");
    assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{says}: {ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_stand_before_or_behind_the_command() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    for arguments in [["-e", emulator.endpoint(), "ls", "--json"], ["--json", "ls", "-e", emulator.endpoint()]] {
        assert_eq!(run(&login, &arguments).await.succeeded().lines().len(), 2);
    }
    let ended = run(&login, &["ls", "-e", emulator.endpoint(), "--output-format", "json"]).await.succeeded();
    assert_eq!(ended.lines().len(), 2);
    let ended = run(&login, &["ls", "-e", emulator.endpoint(), "--output-format", "raw"]).await.succeeded();
    assert!(ended.stdout.starts_with("CreationTime"), "{ended:?}");
    assert_refused(&run(&login, &["ls", "--output-format", "yaml"]).await, "--output-format");
    let ended = run(&login, &["ls", "--output-format=json", "--nonsense"]).await;
    assert_eq!((ended.code, &ended.json()["error"]["kind"]), (Some(64), &"usage".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_and_region_come_from_the_environment_too() {
    let emulator = Emulator::builder().bucket("demo").region("cn-beijing").start().await.unwrap();
    let login = Login::of(&emulator);
    let ls = async |region: Option<&str>| {
        let mut command = ossup(Some(&login), &[&["ls"], region.as_slice()].concat());
        command.env("OSS_ENDPOINT", emulator.endpoint()).env("OSS_REGION", "cn-beijing");
        end(command.spawn().unwrap()).await
    };
    ls(None).await.succeeded();
    // A flag comes first, and this one is signed for another region.
    let ended = ls(Some("--region=cn-hangzhou")).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("The region of the credential is not that of the bucket"), "{ended:?}");
    let ended = end(ossup(Some(&login), &["ls"]).spawn().unwrap()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_unchecked_certificates_are_refused_with_what_to_do() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    for (flag, says) in [
        (&["-i", "my-key-id"][..], "OSS_ACCESS_KEY_ID"),
        (&["-k", "my-secret"], "OSS_ACCESS_KEY_SECRET"),
        (&["--sts-token", "my-token"], "OSS_SESSION_TOKEN"),
        (&["--skip-verify-cert"], "--ca-file"),
        (&["--proxy", "http://me:my-secret@proxy"], "HTTPS_PROXY"),
        (&["--proxy", "proxy"], "--proxy"),
        (&["--connect-timeout", "0"], "--connect-timeout"),
        (&["--read-timeout", "0s"], "--read-timeout"),
        (&["--retry-times", "0"], "--retry-times"),
        (&["--addressing-style", "sideways"], "virtual, path, cname"),
        (&["--request-payer=me"], "requester"),
        (&["--loglevel", "loud"], "debug"),
    ] {
        let ended = run(&login, &[&["ls", "-e", emulator.endpoint()], flag].concat()).await;
        assert_refused(&ended, says);
        assert!(!ended.stderr.contains("my-"), "{ended:?}");
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_here_is_refused_with_what_to_do_instead() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    for command in ["revert", "probe", "update", "api"] {
        let ended = run(&login, &[command, "a", "oss://demo/", "--delete", "-e", emulator.endpoint()]).await;
        assert_refused(&ended, &format!("there is no {command}: "));
    }
    for arguments in [&["import", "aliyun-cli"][..], &["credential", "--help-me", "x"]] {
        let ended = run(&login, &[&["config"], arguments, &["-e", emulator.endpoint()]].concat()).await;
        assert_refused(&ended, &format!("there is no config {}: config set", arguments[0]));
    }
    for flag in ["--plan=f", "--inventory=x", "--metadata-filter=x", "--encrypt=p", "--atomic", "--watch"] {
        let ended = run(&login, &["cp", "a", "oss://demo/a", flag, "-e", emulator.endpoint()]).await;
        assert_refused(&ended, &format!("there is no {}: ", flag.split('=').next().unwrap()));
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_pays_when_asked_to() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let down = scratch.text("down");
    for (arguments, operation) in [
        (&["ls", "oss://demo"][..], "ListObjectsV2"),
        (&["ls", "oss://demo", "--all-versions"], "ListObjectVersions"),
        (&["ls", "oss://demo", "-m"], "ListMultipartUploads"),
        (&["du", "oss://demo"], "ListObjectsV2"),
        (&["du", "oss://demo", "--all-versions"], "ListObjectVersions"),
        (&["stat", "oss://demo/a", "--tags"], "GetObjectTagging"),
        (&["stat", "oss://demo/a", "--acl"], "GetObjectAcl"),
        (&["stat", "oss://demo/a"], "HeadObject"),
        (&["cat", "oss://demo/a"], "GetObject"),
        (&["cp", "oss://demo/a", &down], "GetObject"),
        (&["cp", &file, "oss://demo/b"], "PutObject"),
    ] {
        for (flag, pays) in [
            (None, None),
            (Some("--request-payer"), Some("requester")),
            (Some("--request-payer=requester"), Some("requester")),
            // As ossutil has it.
            (Some("--request-payer requester"), Some("requester")),
        ] {
            emulator.clear_history();
            let flag: Vec<&str> = flag.iter().flat_map(|flag: &&str| flag.split(' ')).collect();
            let arguments = [arguments, &["-e", emulator.endpoint()], &flag].concat();
            run(&Login::of(&emulator), &arguments).await.succeeded();
            let history = emulator.history();
            let request = history.iter().find(|request| request.operation == operation).unwrap();
            assert_eq!(request.header("x-oss-request-payer"), pays, "{arguments:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_tried_as_often_as_asked() {
    let emulator =
        emulator().fault(Fault::on("ListBuckets").always().respond(503, "ServiceUnavailable")).start().await.unwrap();
    for (more, attempts) in [(&[][..], 3), (&["--retry-times", "1"], 1), (&["--retry-times", "4"], 4)] {
        emulator.clear_history();
        let ended = run(&Login::of(&emulator), &[&["ls", "-e", emulator.endpoint()], more].concat()).await;
        assert_eq!((ended.code, count(&emulator, "ListBuckets")), (Some(1), attempts), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_time_are_kept() {
    let emulator = emulator()
        .fault(Fault::on("ListBuckets").always().effect(FaultEffect::StallMidResponse(1)))
        .start()
        .await
        .unwrap();
    let more = ["--read-timeout", "50ms", "--retry-times", "1"];
    let ended = run(&Login::of(&emulator), &[&["ls", "-e", emulator.endpoint()], &more[..]].concat()).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("read_write_timeout"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_carries_the_requests() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let arguments = |proxy| ["ls", "--region", "cn-hangzhou", "--retry-times", "1", "--proxy", proxy];
    for from_environment in [false, true] {
        let mut command = ossup(Some(&login), &arguments(if from_environment { "env" } else { &url }));
        let child = command.env("HTTPS_PROXY", &url).spawn().unwrap();
        let (connection, _) = tokio::time::timeout(PATIENCE, proxy.accept()).await.unwrap().unwrap();
        drop(connection);
        assert_eq!(end(child).await.code, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_addressed_as_asked() {
    // A proxy for plain HTTP is told the whole address.
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let endpoint =
        ["-e", "http://oss.example.invalid", "--region", "cn-hangzhou", "--retry-times", "1", "--proxy", &url];
    let address = async |style: &[&str]| {
        let child = ossup(Some(&login), &[&["ls", "oss://demo"], &endpoint[..], style].concat()).spawn().unwrap();
        let (mut connection, _) = tokio::time::timeout(PATIENCE, proxy.accept()).await.unwrap().unwrap();
        let mut head = vec![0; 200];
        connection.read_exact(&mut head).await.unwrap();
        drop(connection);
        end(child).await;
        let head = String::from_utf8(head).unwrap();
        head.strip_prefix("GET ").and_then(|rest| rest.split('?').next()).unwrap().to_owned()
    };
    assert_eq!(address(&[]).await, "http://demo.oss.example.invalid/");
    assert_eq!(address(&["--addressing-style", "virtual"]).await, "http://demo.oss.example.invalid/");
    assert_eq!(address(&["--addressing-style", "path"]).await, "http://oss.example.invalid/demo/");
    assert_eq!(address(&["--addressing-style", "cname"]).await, "http://oss.example.invalid/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_written_when_asked_for_and_a_quiet_run_says_nothing() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let mb = async |bucket: &str, more: &[&str]| {
        run(&login, &[&["mb", bucket, "-e", emulator.endpoint()], more].concat()).await.succeeded()
    };
    assert_eq!(mb("oss://one", &[]).await.stdout, "created oss://one\n");
    let quiet = mb("oss://two", &["-q"]).await;
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert!(mb("oss://three", &["--loglevel", "debug"]).await.stderr.contains("DEBUG"));
    let mut command = ossup(Some(&login), &["ls", "-e", emulator.endpoint(), "--loglevel", "off"]);
    assert_eq!(end(command.env("OSSUP_LOG", "debug").spawn().unwrap()).await.succeeded().stderr, "");
    let version = run(&login, &["version"]).await.succeeded();
    assert_eq!(version.stdout, format!("ossup {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(&login, &["version", "--json"]).await.json()["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_made_as_asked() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let arguments = ["mb", "oss://one", "-e", emulator.endpoint(), "--acl", "public-read", "--storage-class", "IA"];
    run(&login, &[&arguments[..], &["--redundancy-type", "ZRS"]].concat()).await.succeeded();
    let ended = run(&login, &["stat", "oss://one", "-e", emulator.endpoint(), "--json"]).await.succeeded();
    let info = &ended.json()["info"];
    assert_eq!((&info["acl"], &info["storage_class"]), (&"public-read".into(), &"IA".into()), "{ended:?}");
    assert_eq!(info["data_redundancy_type"], "ZRS", "{ended:?}");
}
