//! Where credentials, region and endpoint come from, and what reaches the wire of the options about signing and connecting.

use std::os::unix::fs::PermissionsExt as _;

use oss_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::support::{Ended, Login, Scratch, emulator, end, keys, ossup, text};

/// A home without a configuration, or with this one.
fn home(configuration: &str) -> Scratch {
    let scratch = Scratch::new();
    if !configuration.is_empty() {
        scratch.file(".ossutilconfig", configuration.as_bytes());
        std::fs::set_permissions(scratch.path(".ossutilconfig"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    scratch
}

/// The command in this home with these variables and no others.
fn command(home: &Scratch, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = ossup(None, arguments);
    command.env("HOME", home.folder.path()).envs(variables.iter().copied());
    command
}

async fn check(home: &Scratch, emulator: &Emulator, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let arguments = [&["config", "check", "-e", emulator.endpoint()], arguments].concat();
    end(command(home, &arguments, variables).spawn().unwrap()).await
}

/// The source that a check says was used.
#[track_caller]
fn used(ended: &Ended) -> &str {
    let row = ended.stdout.lines().find_map(|row| row.strip_prefix("credentials  "));
    row.unwrap_or_else(|| panic!("{ended:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_source_with_credentials_is_used_and_the_others_say_why() {
    let emulator = emulator().start().await.unwrap();
    let Login { id, secret } = Login::of(&emulator);
    let (id, secret) = (id.as_str(), secret.as_str());
    let oss = [("OSS_ACCESS_KEY_ID", id), ("OSS_ACCESS_KEY_SECRET", secret)];
    let cloud = [("ALIBABA_CLOUD_ACCESS_KEY_ID", id), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)];
    let profile = format!("[default]\naccess-key-id={id}\naccess-key-secret={secret}\n");
    let with_profile = home(&profile);

    let ended = check(&with_profile, &emulator, &[], &[oss, cloud].concat()).await.succeeded();
    assert_eq!(used(&ended), "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET");
    assert!(ended.stdout.contains("not asked    ALIBABA_CLOUD_ACCESS_KEY_ID"), "{ended:?}");
    let ended = check(&with_profile, &emulator, &[], &cloud).await.succeeded();
    assert_eq!(used(&ended), "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    assert!(
        ended.stdout.contains("no source    OSS_ACCESS_KEY_ID") && ended.stdout.contains("is not set"),
        "{ended:?}"
    );
    let ended = check(&with_profile, &emulator, &[], &[]).await.succeeded();
    assert!(used(&ended).starts_with("the profile default of "), "{ended:?}");
    assert!(ended.stdout.contains("clock        as that of the service"), "{ended:?}");

    // What is named is asked alone, also by a variable.
    let wrong = [("OSS_ACCESS_KEY_ID", id), ("OSS_ACCESS_KEY_SECRET", "wrong")];
    let ended = check(&with_profile, &emulator, &["--profile", "default"], &wrong).await.succeeded();
    assert!(used(&ended).starts_with("the profile default of "), "{ended:?}");
    let by_variable = [&wrong[..], &[("OSSUP_PROFILE", "default")]].concat();
    check(&with_profile, &emulator, &[], &by_variable).await.succeeded();
    check(&with_profile, &emulator, &["--ignore-env-var"], &wrong).await.succeeded();
    let ended = check(&with_profile, &emulator, &["--mode", "AK"], &wrong).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("the secret does not match"), "{ended:?}");
    let ended = check(&home(""), &emulator, &["--mode", "ak"], &oss).await.succeeded();
    assert!(used(&ended).starts_with("--mode AK"), "{ended:?}");
    let ended = check(&with_profile, &emulator, &["--mode", "anonymous"], &oss).await;
    assert!(ended.code == Some(1) && used(&ended).starts_with("--mode Anonymous"), "{ended:?}");
    let sent = emulator.history().pop().unwrap();
    assert_eq!(sent.header("authorization"), None);

    emulator.clear_history();
    let ended = check(&home(""), &emulator, &[], &[]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
    assert!(ended.stdout.contains("no source    the role of the ECS instance"), "{ended:?}");
    let ended = end(command(&home(""), &["ls", "-e", emulator.endpoint()], &[]).spawn().unwrap()).await;
    assert!(ended.code == Some(1) && ended.stderr.starts_with("ossup: there are no credentials: set "), "{ended:?}");
    assert!(emulator.history().is_empty());
    let ended = check(&home(""), &emulator, &["--mode", "Nonsense"], &[]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_or_a_url_may_hand_out_the_credentials() {
    let emulator = emulator().start().await.unwrap();
    let Login { id, secret } = Login::of(&emulator);
    let keys = format!(r#"{{"AccessKeyId":"{id}","AccessKeySecret":"{secret}"}}"#);
    let scratch = Scratch::new();
    let script = scratch.file("keys", format!("#!/bin/sh\necho '{keys}'\n").as_bytes());
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    for (configuration, arguments) in [
        (format!("[default]\nmode=Process\ncredential-process={script}\n"), &[][..]),
        (format!("[default]\ncredential-process={script}\n"), &[]),
        (format!("[default]\ncredential-process={script}\n"), &["--mode", "Process"]),
    ] {
        let ended = check(&home(&configuration), &emulator, arguments, &[]).await.succeeded();
        assert!(used(&ended).contains("profile default"), "{ended:?}");
    }

    let far = "2999-01-01T00:00:00Z";
    let (id, secret) = ("URI.id", "a secret of the emulator");
    emulator.add_sts_credentials(id, secret, "t", None);
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", server.local_addr().unwrap());
    let body = format!(
        r#"{{"Code":"Success","AccessKeyId":"{id}","AccessKeySecret":"{secret}","SecurityToken":"t","Expiration":"{far}"}}"#
    );
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = server.accept().await.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    let ended = check(&home(""), &emulator, &[], &[("ALIBABA_CLOUD_CREDENTIALS_URI", &url)]).await.succeeded();
    assert_eq!(used(&ended), "ALIBABA_CLOUD_CREDENTIALS_URI", "{ended:?}");
    let configuration = format!("[default]\nmode=CredentialsUri\ncredential-uri={url}\n");
    assert!(used(&check(&home(&configuration), &emulator, &[], &[]).await).contains("profile default"));
}

/// A proxy that opens no tunnel, and what was asked of it first.
async fn asked_of_proxy(home: &Scratch, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", server.local_addr().unwrap());
    let arguments = [&["ls", "--region", "cn-hangzhou", "--retry-times", "1", "--proxy", &proxy], arguments].concat();
    let child = command(home, &arguments, variables).spawn().unwrap();
    let (mut stream, _) = server.accept().await.unwrap();
    drop(server);
    let mut head = vec![0; 4096];
    let count = stream.read(&mut head).await.unwrap();
    let _ = stream.write_all(b"HTTP/1.1 502 x\r\ncontent-length: 0\r\n\r\n").await;
    drop(stream);
    assert_eq!(end(child).await.code, Some(1));
    String::from_utf8_lossy(&head[..count]).lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_assumed_through_the_same_proxy() {
    let keys = "access-key-id=a\naccess-key-secret=s\nrole-arn=acs:ram::1:role/r\n";
    let configured = home(&format!("[default]\nmode=RamRoleArn\n{keys}sts-region=cn-beijing\n"));
    let asked = asked_of_proxy(&configured, &[], &[]).await;
    assert_eq!(asked, "CONNECT sts.cn-beijing.aliyuncs.com:443 HTTP/1.1");
    // With the keys of another profile, which may take on a role itself.
    let base = "[profile base]\naccess-key-id=of-base\naccess-key-secret=s\n";
    let role = "mode=RamRoleArn\nrole-arn=acs:ram::1:role/r\nsts-region=cn-beijing\n";
    let chained =
        home(&format!("[default]\n{role}source-profile=middle\n[profile middle]\n{role}source-profile=base\n{base}"));
    assert_eq!(asked_of_proxy(&chained, &[], &[]).await, "CONNECT sts.cn-beijing.aliyuncs.com:443 HTTP/1.1");
    for (configuration, says) in [
        (format!("[default]\n{role}source-profile=default\n"), "in a circle: default, default"),
        (format!("[default]\n{role}source-profile=missing\n"), "missing"),
    ] {
        let ls = ["ls", "--profile", "default", "--region", "cn-hangzhou"];
        let ended = end(command(&home(&configuration), &ls, &[]).spawn().unwrap()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
        assert!(ended.stderr.contains(says), "{ended:?}");
    }
    let by_mode = home(&format!("[default]\n{keys}"));
    let asked = asked_of_proxy(&by_mode, &["--mode", "RamRoleArn"], &[]).await;
    assert_eq!(asked, "CONNECT sts.aliyuncs.com:443 HTTP/1.1");
    let scratch = Scratch::new();
    let token = scratch.file("token", b"an.oidc.token");
    let oidc = [
        ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r"),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p"),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &token),
    ];
    for arguments in [&[][..], &["--mode", "OidcRoleArn"]] {
        let asked = asked_of_proxy(&home(""), arguments, &oidc).await;
        assert_eq!(asked, "CONNECT sts.aliyuncs.com:443 HTTP/1.1", "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_may_have_an_endpoint_and_a_region_of_its_own() {
    let emulator = Emulator::builder().bucket("demo").bucket("demo2").region("cn-beijing").start().await.unwrap();
    let Login { id, secret } = Login::of(&emulator);
    let section = |name: &str| format!("[buckets {name}]\nendpoint={}\nregion=cn-beijing\n", emulator.endpoint());
    let configured = home(&format!(
        "[default]\naccess-key-id={id}\naccess-key-secret={secret}\nendpoint=http://127.0.0.1:1\nretry-times=1\n{}",
        ["demo", "demo2", "demo3"].map(section).concat()
    ));
    let scratch = Scratch::new();
    let file = scratch.file("file", b"x");
    for arguments in [
        &["ls", "oss://demo"][..],
        &["du", "oss://demo"],
        &["stat", "oss://demo"],
        &["uploads", "list", "oss://demo"],
        &["config", "check", "oss://demo"],
    ] {
        end(command(&configured, arguments, &[]).spawn().unwrap()).await.succeeded();
    }
    let ended = end(command(&configured, &["cat", "oss://demo/missing"], &[]).spawn().unwrap()).await;
    assert!(ended.stderr.contains("NoSuchKey"), "{ended:?}");
    let ended = end(command(&configured, &["hash", &file, "oss://demo/missing"], &[]).spawn().unwrap()).await;
    assert!(ended.code == Some(2) && ended.stderr.contains("NoSuchKey"), "{ended:?}");
    let ended = end(command(&configured, &["presign", "oss://demo/a"], &[]).spawn().unwrap()).await.succeeded();
    assert!(ended.stdout.starts_with(&format!("{}/demo/a?", emulator.endpoint())), "{ended:?}");
    let new = scratch.text("new");
    for arguments in [
        &["cp", &file, "oss://demo/a"][..],
        &["cp", "oss://demo/a", &new],
        &["cp", "oss://demo/a", "oss://demo/b"],
        &["mv", "oss://demo/b", "oss://demo/c"],
        &["cp", "-r", "oss://demo/", "oss://demo2/"],
        &["check", &text(scratch.folder.path()), "oss://demo2/", "--missing-only", "--include", "a"],
        &["mkdir", "oss://demo/d/"],
        &["rm", "oss://demo/a", "oss://demo2/a"],
        &["rm", "-rf", "oss://demo2/"],
        &["mb", "oss://demo3"],
        &["rb", "oss://demo3"],
    ] {
        let ended = end(command(&configured, arguments, &[]).spawn().unwrap()).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
    assert_eq!(std::fs::read(&new).unwrap(), b"x");
    assert_eq!((keys(&emulator), emulator.objects("demo2").unwrap().len()), (vec!["c".to_owned(), "d/".to_owned()], 0));
    // Another bucket has the endpoint of the profile; a variable comes before the file.
    let ended = end(command(&configured, &["ls", "oss://other"], &[]).spawn().unwrap()).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("127.0.0.1:1"), "{ended:?}");
    let elsewhere = [("OSS_ENDPOINT", "http://127.0.0.1:1")];
    let ended = end(command(&configured, &["ls", "oss://demo"], &elsewhere).spawn().unwrap()).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("127.0.0.1:1"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_option_can_be_set_by_its_variable() {
    let emulator = emulator().start().await.unwrap();
    let Login { id, secret } = Login::of(&emulator);
    let log = text(&Scratch::new().path("log"));
    let login = [("OSS_ACCESS_KEY_ID", id.as_str()), ("OSS_ACCESS_KEY_SECRET", secret.as_str())];
    let variables = [
        &login[..],
        &[
            ("OSSUP_ENDPOINT", emulator.endpoint()),
            ("OSSUP_JSON", "1"),
            ("OSSUP_USER_AGENT", "mine"),
            ("OSSUP_REGION", ""),
        ],
    ]
    .concat();
    let ended = end(command(&home(""), &["ls"], &variables).spawn().unwrap()).await.succeeded();
    assert_eq!(ended.lines().len(), 2);
    let sent = emulator.history().pop().unwrap();
    assert!(sent.header("user-agent").unwrap().ends_with("/mine"), "{sent:?}");
    // An option that is typed comes first.
    let ended = end(command(&home(""), &["ls", "--user-agent", "typed"], &variables).spawn().unwrap()).await;
    ended.succeeded();
    assert!(emulator.history().pop().unwrap().header("user-agent").unwrap().ends_with("/typed"));
    for (name, value) in [("OSSUP_RETRY_TIMES", "many"), ("OSSUP_MODE", "Nonsense"), ("OSSUP_LOG_FILE", &log)] {
        let ended =
            end(command(&home(""), &["ls"], &[&variables[..], &[(name, value)]].concat()).spawn().unwrap()).await;
        assert_eq!(ended.stderr.lines().count(), 1, "{name}: {ended:?}");
        assert!(ended.code == Some(64) || name == "OSSUP_LOG_FILE" && ended.code == Some(1), "{name}: {ended:?}");
    }
    let help = end(command(&home(""), &["--help"], &[]).spawn().unwrap()).await.succeeded();
    assert!(help.stdout.contains("10. the role of the ECS instance"), "{help:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_has_what_was_asked_of_signatures_and_connections() {
    let emulator = emulator().start().await.unwrap();
    let Login { id, secret } = Login::of(&emulator);
    let variables = [("OSS_ACCESS_KEY_ID", id.as_str()), ("OSS_ACCESS_KEY_SECRET", secret.as_str())];
    let scheme = async |configuration: &str, arguments: &[&str]| {
        emulator.clear_history();
        let arguments = [&["ls", "-e", emulator.endpoint()], arguments].concat();
        end(command(&home(configuration), &arguments, &variables).spawn().unwrap()).await.succeeded();
        let sent = emulator.history().pop().unwrap();
        sent.header("authorization").unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(scheme("", &[]).await, "OSS4-HMAC-SHA256");
    assert_eq!(scheme("", &["--sign-version", "v1"]).await, "OSS");
    assert_eq!(scheme("[default]\nsign-version=v1\n", &[]).await, "OSS");
    assert_eq!(scheme("[default]\nsign-version=v1\n", &["--sign-version", "v4"]).await, "OSS4-HMAC-SHA256");

    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    let arguments =
        ["ls", "-e", &endpoint, "--region", "cn-hangzhou", "--retry-times", "1", "--bind-address", "127.0.0.9"];
    let child = command(&home(""), &arguments, &variables).spawn().unwrap();
    let (stream, from) = server.accept().await.unwrap();
    drop((stream, server));
    end(child).await;
    assert_eq!(from.ip().to_string(), "127.0.0.9");

    let scratch = Scratch::new();
    let log = scratch.text("log");
    let arguments = ["ls", "-e", emulator.endpoint(), "--log-file", &log, "--loglevel", "debug"];
    let ended = end(command(&home(""), &arguments, &variables).spawn().unwrap()).await.succeeded();
    let written = std::fs::read_to_string(&log).unwrap();
    assert!(ended.stderr.is_empty() && written.contains("DEBUG") && !written.contains(&secret), "{ended:?}");
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    for (arguments, code) in [
        (&["ls", "--log-file", "/missing/log"][..], 1),
        (&["ls", "--sign-version", "v2"], 64),
        (&["ls", "--bind-address", "here"], 64),
        (&["ls", "--user-agent", "a\nb", "--region", "cn-hangzhou"], 1),
    ] {
        let ended = end(command(&home(""), arguments, &variables).spawn().unwrap()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
    }
}
