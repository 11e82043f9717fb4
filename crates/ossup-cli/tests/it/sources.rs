//! Sources that are no ordinary files, and properties that no header can carry: what to write instead.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use oss_emulator::Emulator;

use crate::support::{Ended, Login, Scratch, bytes, emulator, end, ossup, run, run_with_input};

/// A failure that says `hint`, before anything is sent.
#[track_caller]
fn assert_hint(emulator: &Emulator, ended: &Ended, code: i32, hint: &str) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(ended.stderr.starts_with("ossup: ") && ended.stderr.lines().count() == 1, "{ended:?}");
    assert!(ended.stderr.contains(hint), "{hint} in {ended:?}");
    assert!(emulator.history().is_empty(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_by_its_name_is_refused_with_the_command_that_works() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    let fifo = scratch.text("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let endpoint = ["--endpoint", emulator.endpoint()];
    let cp = |source: &str| [&["cp", source, "oss://demo/k"][..], &endpoint].concat().join(" ");

    let ended = run(&login, &cp(&fifo).split(' ').collect::<Vec<_>>()).await;
    assert_hint(
        &emulator,
        &ended,
        1,
        &format!("is a pipe, which can only be read as a stream: write ossup cp - oss://demo/k < {fifo}"),
    );
    for source in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let ended = run_with_input(&login, &cp(source).split(' ').collect::<Vec<_>>(), &[b"content"]).await;
        assert_hint(&emulator, &ended, 1, "write ossup cp - oss://demo/k\n");
    }
    // Process substitution: a pipe at another descriptor.
    let script = format!("exec 9< <(echo content); {} {}", env!("CARGO_BIN_EXE_ossup"), cp("/dev/fd/9"));
    let mut shell = tokio::process::Command::new("bash");
    shell.args(["-c", &script]).env("OSS_ACCESS_KEY_ID", &login.id).env("OSS_ACCESS_KEY_SECRET", &login.secret);
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).kill_on_drop(true);
    let ended = end(shell.spawn().unwrap()).await;
    assert_hint(&emulator, &ended, 1, "write COMMAND | ossup cp - oss://demo/k");
    let ended = run(&login, &cp("/dev/null").split(' ').collect::<Vec<_>>()).await;
    assert_hint(&emulator, &ended, 1, "is a device, which can only be read as a stream");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_size_is_not_that_of_its_content_is_refused() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let cp = async |source: &str| {
        run(&login, &["cp", source, "oss://demo/k", "--endpoint", emulator.endpoint(), "--json"]).await
    };
    for source in ["/proc/self/status", "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/version"] {
        if std::path::Path::new(source).exists() {
            let hint = format!("is not that of its content: write cat {source} | ossup cp - oss://demo/k");
            assert_hint(&emulator, &cp(source).await, 1, &hint);
        }
    }
    // What cannot be read at all is that, and not a hint.
    let ended = cp("/proc/self/mem").await;
    assert_hint(&emulator, &ended, 1, "cannot read /proc/self/mem: Input/output error");
    assert_eq!(ended.json()["error"]["kind"], "source");

    // And the command that is written there works.
    let content = std::fs::read("/proc/version").unwrap();
    let arguments = ["cp", "-", "oss://demo/k", "--endpoint", emulator.endpoint()];
    run_with_input(&login, &arguments, &[&content]).await.succeeded();
    assert_eq!(emulator.content("demo", "k").unwrap().unwrap(), content);
    // So does standard input from such a file, whose size says 0 or one page.
    for source in ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"] {
        if let Ok(file) = std::fs::File::open(source) {
            end(ossup(Some(&login), &arguments).stdin(file).spawn().unwrap()).await.succeeded();
            assert_eq!(emulator.content("demo", "k").unwrap().unwrap(), std::fs::read(source).unwrap(), "{source}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_utf_8_needs_a_key() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let path = scratch.folder.path().join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::write(&path, bytes(1, 10)).unwrap();
    let cp = |to: &str| {
        let mut command = ossup(Some(&Login::of(&emulator)), &["cp"]);
        command.arg(&path).args([to, "--endpoint", emulator.endpoint()]);
        end(command.spawn().unwrap())
    };
    assert_hint(
        &emulator,
        &cp("oss://demo/in/").await,
        1,
        "is not UTF-8, which a key must be: write oss://demo/in/KEY",
    );
    assert_hint(&emulator, &cp("oss://demo").await, 1, "write oss://demo/KEY");
    cp("oss://demo/cafe").await.succeeded();
    assert_eq!(emulator.content("demo", "cafe").unwrap().unwrap(), bytes(1, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_are_stored_and_those_beyond_ascii_get_a_hint() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    let file = scratch.file("page.html", b"<p>");
    let cp = async |more: &[&str]| {
        run(&login, &[&["cp", &file, "oss://demo/k", "--endpoint", emulator.endpoint()], more].concat()).await
    };
    assert_hint(&emulator, &cp(&["--metadata", "city=München"]).await, 64, "percent-encode it");
    let ended = cp(&["--content-disposition", "attachment; filename=\"Übersicht.pdf\""]).await;
    assert_hint(&emulator, &ended, 64, "write the name as filename*=UTF-8''");
    assert_hint(&emulator, &cp(&["--metadata", "city"]).await, 64, "is not of the form NAME=VALUE");
    assert_hint(&emulator, &cp(&["--header", "x-oss-meta-a"]).await, 64, "is not of the form NAME:VALUE");

    let more = ["--metadata", "city=M%C3%BCnchen", "--meta", "x-oss-meta-Team=R=D", "--acl", "public-read"];
    let and = ["--storage-class", "IA", "--cache-control", "no-cache", "--tagging", "a=1&b=x%20y", "--expires", "0"];
    let also = ["--content-type", "text/x", "--content-encoding", "br", "--content-disposition", "inline"];
    let last = ["--server-side-encryption", "AES256", "--header", "x-oss-meta-own: 7", "--request-payer"];
    cp(&[&more[..], &and, &also, &last].concat()).await.succeeded();
    let request = emulator.history().into_iter().find(|request| request.operation == "PutObject").unwrap();
    for (name, value) in [
        ("x-oss-meta-city", "M%C3%BCnchen"),
        ("x-oss-meta-team", "R=D"),
        ("x-oss-meta-own", "7"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-tagging", "a=1&b=x%20y"),
        ("x-oss-server-side-encryption", "AES256"),
        ("x-oss-request-payer", "requester"),
        ("cache-control", "no-cache"),
        ("expires", "0"),
        ("content-type", "text/x"),
        ("content-encoding", "br"),
        ("content-disposition", "inline"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    let refused = cp(&["--if-none-match"]).await;
    assert_eq!((refused.code, refused.stderr.contains("FileAlreadyExists")), (Some(1), true), "{refused:?}");
}
