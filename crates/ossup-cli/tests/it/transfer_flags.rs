//! Flags of `cp` and `mv`, each with a test that fails if it is parsed and ignored.

use std::time::{Duration, SystemTime};

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::PutObjectRequest;

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, keys, ossup, put, run, tree, until};

async fn cp(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["cp", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_folder_itself_is_transferred_when_asked_for() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path("in/sub")).unwrap();
    scratch.file("in/a", b"1");
    scratch.file("in/sub/b", b"2");
    let (source, target) = (scratch.text("in"), scratch.text("out"));
    // A rule that forgets the ones before it does not bring the folders below back.
    cp(&emulator, &["-r", "-d", &source, "oss://demo/up/", "--filter", "!"]).await.succeeded();
    assert_eq!(keys(&emulator), ["up/a"]);
    put(&client(&emulator), &["up/sub/", "up/sub/b"]).await;
    cp(&emulator, &["-r", "--dirs", "oss://demo/up/", &target]).await.succeeded();
    assert_eq!(tree(target.as_ref()).into_keys().collect::<Vec<_>>(), ["a"]);
    cp(&emulator, &["-r", "--dirs", "oss://demo/up/", "oss://other/"]).await.succeeded();
    assert_eq!(emulator.objects("other").unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_limited_number_are_transferred() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    for name in ["a", "b", "c", "d"] {
        scratch.file(&format!("in/{name}"), b"1");
    }
    let (source, target) = (scratch.text("in"), scratch.text("out"));
    let ended = cp(&emulator, &["-r", &source, "oss://demo/", "--limited-num", "3", "--json"]).await.succeeded();
    assert_eq!((keys(&emulator).len(), &ended.summary()["skipped"]), (3, &0.into()), "{ended:?}");
    cp(&emulator, &["-r", "oss://demo/", &target, "--limited-num", "2"]).await.succeeded();
    assert_eq!(tree(target.as_ref()).len(), 2);
    cp(&emulator, &["-r", "oss://demo/", "oss://other/", "--limited-num", "2"]).await.succeeded();
    assert_eq!(emulator.objects("other").unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_in_both_directions() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (file, down) = (scratch.file("file", &bytes(1, 48 << 10)), scratch.text("down"));
    for arguments in [[&file, "oss://demo/a"], ["oss://demo/a", &down]] {
        for flag in ["--rate", "--bandwidth-limit"] {
            let ended = cp(&emulator, &[&arguments[..], &[flag, "64K", "--json"]].concat()).await.succeeded();
            // 48 KiB at 64 KiB a second; the first piece leaves at once.
            assert!(ended.summary()["ms"].as_u64().unwrap() >= 300, "{arguments:?}: {ended:?}");
        }
    }
    let ended = cp(&emulator, &[&file, "oss://demo/a", "--rate", "1000"]).await;
    assert!(ended.code == Some(64) && ended.stderr.contains("1 KiB a second"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_verified_is_what_was_asked_for() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let scratch = Scratch::new();
    let (file, down) = (scratch.file("file", b"content"), scratch.text("down"));
    for (effect, verify, code, verified) in [
        (FaultEffect::MissingCrc, None, 0, "none"),
        (FaultEffect::MissingCrc, Some("crc64"), 1, ""),
        (FaultEffect::WrongCrc, None, 1, ""),
    ] {
        for (arguments, operation) in [([&file, "oss://demo/up"], "PutObject"), (["oss://demo/a", &down], "GetObject")]
        {
            emulator.clear_faults();
            emulator.add_fault(Fault::on(operation).effect(effect.clone()).always());
            emulator.add_fault(Fault::on("HeadObject").effect(effect.clone()).always());
            let flags = verify.map(|verify| ["--verify", verify]);
            let flags = flags.as_ref().map(|flags| &flags[..]).unwrap_or_default();
            let ended = cp(&emulator, &[&arguments[..], flags, &["--json", "--part-attempts", "1"]].concat()).await;
            assert_eq!(ended.code, Some(code), "{effect:?} {verify:?} {operation}: {ended:?}");
            if code == 0 {
                assert_eq!(ended.json()["verified"], verified, "{effect:?} {verify:?} {operation}: {ended:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_and_the_mode_of_files_come_back() {
    use std::os::unix::fs::PermissionsExt as _;
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    let file = scratch.file("in/a", b"1");
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_000_000);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o750)).unwrap();
    let source = scratch.text("in");
    cp(&emulator, &["-r", &source, "oss://demo/", "--preserve", "mtime,mode"]).await.succeeded();
    cp(&emulator, &[&file, "oss://demo/b", "--preserve", "mtime", "--metadata", "other=kept"]).await.succeeded();
    let stat = |key: &'static str| run_stat(&emulator, key);
    let (both, one) = (stat("a").await, stat("b").await);
    assert!(both.contains("1600000000.123000000") && both.contains("0750"), "{both}");
    assert!(one.contains("1600000000.123000000") && one.contains("kept") && !one.contains("ossup-mode"), "{one}");

    let of = |name: &str| {
        let metadata = std::fs::metadata(scratch.path(name)).unwrap();
        (metadata.modified().unwrap() == time, metadata.permissions().mode() & 0o777 == 0o750)
    };
    let (folder, both, plain) = (scratch.text("out"), scratch.text("both"), scratch.text("plain"));
    cp(&emulator, &["-r", "oss://demo/", &folder, "--preserve", "mtime,mode"]).await.succeeded();
    assert_eq!((of("out/a"), of("out/b")), ((true, true), (true, false)));
    cp(&emulator, &["oss://demo/a", &both, "--preserve", "mode"]).await.succeeded();
    cp(&emulator, &["oss://demo/a", &plain]).await.succeeded();
    assert_eq!((of("both"), of("plain")), ((false, true), (false, false)));

    // An object is no reason to let a file run as another user, nor to fail.
    let odd = PutObjectRequest::new("demo", "odd").body("x");
    let metadata: ossup::Metadata = [("ossup-mode", "4750"), ("ossup-mtime", "yesterday")].into_iter().collect();
    client(&emulator).put_object(odd.metadata(metadata)).await.unwrap();
    let target = scratch.text("odd");
    cp(&emulator, &["oss://demo/odd", &target, "--preserve", "mode"]).await.succeeded();
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o7777, 0o750);
    let ended = cp(&emulator, &["oss://demo/odd", &target, "--preserve", "mtime"]).await.succeeded();
    assert!(ended.stderr.contains("yesterday"), "{ended:?}");
}

async fn run_stat(emulator: &Emulator, key: &str) -> String {
    let address = format!("oss://demo/{key}");
    run(&Login::of(emulator), &["stat", &address, "-e", emulator.endpoint()]).await.succeeded().stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_says_what_goes_in_parts() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", &bytes(1, 300 << 10));
    cp(&emulator, &[&file, "oss://demo/a", "--part-size", "100KiB", "--bigfile-threshold", "1M"]).await.succeeded();
    assert_eq!((count(&emulator, "UploadPart"), count(&emulator, "PutObject")), (0, 1));
    cp(&emulator, &[&file, "oss://demo/b", "--bigfile-threshold", "200KiB"]).await.succeeded();
    assert!(count(&emulator, "UploadPart") > 0);
    cp(&emulator, &["oss://demo/a", "oss://demo/c"]).await.succeeded();
    assert_eq!((count(&emulator, "CopyObject"), count(&emulator, "UploadPartCopy")), (1, 0));
    cp(&emulator, &["oss://demo/a", "oss://demo/c", "--bigfile-threshold", "200KiB"]).await.succeeded();
    assert!(count(&emulator, "UploadPartCopy") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_skips_what_has_the_same_content_when_asked_for() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let client = client(&emulator);
    put(&client, &["a", "b"]).await;
    cp(&emulator, &["-r", "oss://demo/", "oss://other/"]).await.succeeded();
    // The same size, and another content.
    client.put_object(PutObjectRequest::new("other", "b").body("x")).await.unwrap();
    let ended = cp(&emulator, &["-r", "oss://demo/", "oss://other/", "--checksum", "--json"]).await.succeeded();
    assert_eq!((&ended.summary()["done"], &ended.summary()["skipped"]), (&1.into(), &1.into()), "{ended:?}");
    assert_eq!(emulator.content("other", "b").unwrap().unwrap(), b"b");
    let ended = cp(&emulator, &["oss://demo/a", "oss://other/a", "--checksum", "--json"]).await.succeeded();
    assert_eq!(ended.json()["reason"], "it exists with the same CRC64", "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_destinations_are_looked_at_at_once_as_asked_for() {
    const FILES: usize = 24;
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    for index in 0..FILES {
        scratch.file(&format!("in/{index}"), b"1");
    }
    let source = scratch.text("in");
    cp(&emulator, &["-r", &source, "oss://demo/"]).await.succeeded();
    emulator.add_fault(Fault::on("HeadObject").effect(FaultEffect::Stall).always());
    for arguments in [["-r", &source, "oss://other/"], ["-r", "oss://demo/", "oss://other/"]] {
        emulator.clear_history();
        let cp = ["cp", "-e", emulator.endpoint(), "-u", "--checkers", "20"];
        let running = ossup(Some(&Login::of(&emulator)), &[&cp[..], &arguments].concat()).spawn().unwrap();
        until("20 at once", || count(&emulator, "HeadObject") == 20).await;
        drop(running);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_of_a_move_are_removed_at_once_as_they_are_copied() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b", "dir/c", "dir/d", "dir/e", "dir/f", "dir/g"]).await;
    emulator.add_fault(Fault::on("DeleteObject").effect(FaultEffect::Stall).always());
    let scratch = Scratch::new();
    let target = scratch.text("out");
    for destination in [target.as_str(), "oss://other/"] {
        emulator.clear_history();
        let mv = ["mv", "-e", emulator.endpoint(), "-r", "oss://demo/dir/", destination, "--jobs", "6"];
        let running = ossup(Some(&Login::of(&emulator)), &mv).spawn().unwrap();
        until("6 at once", || count(&emulator, "DeleteObject") == 6).await;
        drop(running);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_may_be_an_object() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let report = async |arguments: &[&str]| {
        let command = [arguments, &["--report", "oss://demo/report.jsonl", "-e", emulator.endpoint()]].concat();
        run(&Login::of(&emulator), &command).await.succeeded();
        let text = String::from_utf8(emulator.content("demo", "report.jsonl").unwrap().unwrap()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.iter().for_each(crate::schema::assert_line);
        lines.iter().map(|line| line["op"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(report(&["cp", &file, "oss://demo/a"]).await, ["upload", "summary"]);
    assert_eq!(report(&["rm", "oss://demo/a"]).await, ["delete", "summary"]);
    let refused = [
        &["cp", &file, "oss://demo/a", "-n", "--report", "oss://demo/r"][..],
        &["rm", "oss://demo/a", "--report", "-"],
    ];
    for arguments in refused {
        let ended = run(&Login::of(&emulator), &[arguments, &["-e", emulator.endpoint()]].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
    }
    // What was done is done; where the report is, is told.
    emulator.add_fault(Fault::on("PutObject").key("r").respond(403, "AccessDenied").always());
    let command = ["cp", &file, "oss://demo/a", "--report", "oss://demo/r", "-e", emulator.endpoint()];
    let ended = run(&Login::of(&emulator), &command).await.succeeded();
    assert!(ended.stderr.contains("the report is in ") && ended.stderr.contains("AccessDenied"), "{ended:?}");
    let kept = ended.stderr.split("the report is in ").nth(1).unwrap().split(',').next().unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().contains("summary"));
    std::fs::remove_file(kept).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_meaning_for_a_direction_is_refused_in_one_line() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (file, target) = (scratch.file("file", b"x"), scratch.text("target"));
    let (up, down, across) = ([&file, "oss://demo/b"], ["oss://demo/a", &target], ["oss://demo/a", "oss://demo/b"]);
    for (ends, flags, says) in [
        (up, &["--checksum"][..], "ossup check"),
        (down, &["--checksum"], "ossup check"),
        (up, &["--checkers", "4"], "--update"),
        (down, &["-u", "--checkers", "4"], "without a request"),
        (down, &["--bigfile-threshold", "1M"], "--part-size"),
        (down, &["-u", "--preserve", "mtime"], "--size-only"),
        (across, &["--preserve", "mtime"], "metadata of its source"),
        (["-", "oss://demo/b"], &["--preserve", "mtime"], "a stream"),
        (up, &["--dirs"], "--recursive"),
        (up, &["--limited-num", "3"], "--recursive"),
        (up, &["--verify", "md5"], "--verify"),
        (across, &["--verify", "none", "--checksum"], "--checksum compares CRC64"),
        (up, &["--preserve", "owner"], "--preserve"),
        (up, &["--page-size", "10"], "pages"),
        (up, &["--output-dir", "x"], "--report"),
        (up, &["--no-error-report"], "--report"),
        (up, &["--write-buffer-size", "1M"], "--part-size"),
        (up, &["--role-arn", "x"], "config set role-arn"),
        (up, &["--role-session-name", "x"], "config set role-session-name"),
        (up, &["--language", "en"], "English"),
        (up, &["--output-query", "x"], "--json"),
        (up, &["--output-properties", "x"], "--json"),
        (up, &["--cloudbox-id", "x"], "--endpoint"),
        (up, &["--list-format", "x"], "standard input"),
        (up, &["--encoding-type", "url"], "as they are"),
        (up, &["--watch"], "cp replaces"),
        (up, &["--shard", "1/2"], "add -r"),
    ] {
        let ended = cp(&emulator, &[&ends[..], flags].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{flags:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{flags:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty() && !scratch.path("target").exists());
}
