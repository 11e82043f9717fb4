//! `ossup cp -r` downwards, from end to end.

use std::time::{Duration, SystemTime};

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::PutObjectRequest;
use rustix::process::Signal;

use crate::support::{
    Ended, Login, Scratch, client, count, emulator, end, identities, keys, ossup, put, run, run_with_input, send, tree,
    until, writes,
};

async fn cp(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["cp", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_goes_up_and_down_again_and_is_the_same() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    for folder in ["in", "in/a", "in/a/b", "in/d e"] {
        std::fs::create_dir(scratch.path(folder)).unwrap();
    }
    for (name, content) in [("x", &b"1"[..]), ("a/x", b""), ("a/b/y & <z>", b"22"), ("d e/\u{1f600}", b"333")] {
        scratch.file(&format!("in/{name}"), content);
    }
    let (source, target) = (scratch.text("in"), scratch.text("out"));
    cp(&emulator, &["-r", &source, "oss://demo/dir/"]).await.succeeded();
    // Neither the object of that name nor a longer one is in the folder.
    put(&client(&emulator), &["dir", "dir2/x"]).await;
    let ended = cp(&emulator, &["-r", "oss://demo/dir", &target]).await.succeeded();
    assert_eq!(tree(target.as_ref()), tree(source.as_ref()));
    assert!(ended.stdout.contains("4 files downloaded (6 B), 0 failed"), "{ended:?}");
    // The list tells of every object; only an empty one is asked for once more, since it has no range.
    assert!(count(&emulator, "HeadObject") <= 1, "{}", count(&emulator, "HeadObject"));

    let bucket = scratch.text("bucket");
    let ended = cp(&emulator, &["-r", "oss://demo", &bucket, "--json"]).await;
    // `dir` is a file or a folder, and cannot be both.
    assert_eq!((ended.code, &ended.summary()["done"], &ended.summary()["failed"]), (Some(2), &2.into(), &4.into()));
    assert_eq!(tree(bucket.as_ref()).into_keys().collect::<Vec<_>>(), ["dir", "dir2/", "dir2/x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_without_a_safe_path_are_refused_by_name_and_the_others_arrive() {
    let emulator = emulator().start().await.unwrap();
    let unsafe_keys = ["dir/../out", "dir//etc/passwd", "dir/a/../../b", "dir/./c", "dir/taken/below"];
    let good = ["dir/ok", "dir/folder/", "dir/taken", "dir/e/f"];
    let client = client(&emulator);
    put(&client, &unsafe_keys).await;
    put(&client, &["dir/ok", "dir/taken", "dir/e/f"]).await;
    client.put_object(PutObjectRequest::new("demo", "dir/folder/").body("")).await.unwrap();
    let scratch = Scratch::new();
    let target = scratch.text("target");
    let ended = cp(&emulator, &["-r", "oss://demo/dir/", &target, "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let failed: Vec<_> = ended.lines().into_iter().filter(|line| line["status"] == "failed").collect();
    let mut names: Vec<_> = failed.iter().map(|line| line["key"].as_str().unwrap()).collect();
    names.sort_unstable();
    let mut expected = unsafe_keys;
    expected.sort_unstable();
    assert_eq!(names, expected);
    for key in unsafe_keys {
        assert!(ended.stderr.contains(key), "{key}: {ended:?}");
    }
    assert_eq!(failed[0]["error"]["kind"], "target");
    let found: Vec<_> = tree(target.as_ref()).into_keys().collect();
    assert_eq!(found, ["e/", "e/f", "folder/", "ok", "taken"]);
    assert_eq!(keys(&emulator).len(), unsafe_keys.len() + good.len());
    assert!(!scratch.path("out").exists() && !scratch.path("b").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_through_a_link_that_leads_out_of_the_folder() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/link/x", "dir/y"]).await;
    let scratch = Scratch::new();
    for folder in ["target", "elsewhere"] {
        std::fs::create_dir(scratch.path(folder)).unwrap();
    }
    std::os::unix::fs::symlink("../elsewhere", scratch.path("target/link")).unwrap();
    let ended = cp(&emulator, &["-r", "oss://demo/dir/", &scratch.text("target")]).await;
    assert_eq!((ended.code, ended.stderr.contains("dir/link/x")), (Some(2), true), "{ended:?}");
    assert!(tree(&scratch.path("elsewhere")).is_empty() && scratch.path("target/y").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_that_fails_does_not_stop_the_others_unless_asked_to() {
    let all = ["dir/a", "dir/b", "dir/c", "dir/d"];
    let scratch = Scratch::new();
    for (flags, arrived) in [(&[][..], 2), (&["--max-errors", "1"], 0)] {
        let emulator = emulator().start().await.unwrap();
        put(&client(&emulator), &all).await;
        for key in ["dir/a", "dir/c"] {
            emulator.add_fault(Fault::on("GetObject").key(key).respond(404, "NoSuchKey").always());
        }
        let target = scratch.text(&format!("target-{arrived}"));
        let arguments = ["-r", "oss://demo/dir/", &target, "--json", "--jobs", "1"];
        let ended = cp(&emulator, &[&arguments, flags].concat()).await;
        assert_eq!(ended.summary()["done"], arrived, "{ended:?}");
        assert_eq!(ended.code, Some(if arrived == 0 { 1 } else { 2 }));
        assert_eq!(ended.summary()["failed"], if arrived == 0 { 1 } else { 2 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exists_is_left_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/older", "dir/newer", "dir/size"]).await;
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("target")).unwrap();
    let target = scratch.text("target");
    let prepare = || {
        for (name, content, age) in [("older", &b"x"[..], 3600), ("newer", b"x", 0), ("size", b"12345678", 3600)] {
            scratch.file(&format!("target/{name}"), content);
            let file = std::fs::File::options().write(true).open(scratch.path(&format!("target/{name}"))).unwrap();
            let now = SystemTime::now() + Duration::from_secs(60);
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
    };
    for (flags, kept) in [
        (&[][..], &[][..]),
        (&["--force"], &[]),
        (&["--update"], &["newer"]),
        (&["-u"], &["newer"]),
        (&["--size-only"], &["size"]),
        (&["--update", "--size-only"], &["newer", "size"]),
        (&["--ignore-existing"], &["newer", "older", "size"]),
    ] {
        // As a folder, and one by one.
        prepare();
        let ended = cp(&emulator, &[&["-r", "oss://demo/dir/", &target, "--json"], flags].concat()).await.succeeded();
        let is_kept = |name: &str| {
            std::fs::read(scratch.path(&format!("target/{name}"))).unwrap() != format!("dir/{name}").into_bytes()
        };
        let left = || ["newer", "older", "size"].into_iter().filter(|name| is_kept(name)).collect::<Vec<_>>();
        assert_eq!(left(), kept, "{flags:?}: {ended:?}");
        assert_eq!(ended.summary()["skipped"], kept.len(), "{flags:?}");
        prepare();
        for name in ["newer", "older", "size"] {
            cp(&emulator, &[&[&format!("oss://demo/dir/{name}"), target.as_str()], flags].concat()).await.succeeded();
        }
        assert_eq!(left(), kept, "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b/c"]).await;
    client(&emulator).put_object(PutObjectRequest::new("demo", "dir/marker/").body("")).await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    scratch.file("in/x", b"content");
    let (source, file, target) = (scratch.text("in"), scratch.text("in/x"), scratch.text("target"));
    for arguments in [
        &["-r", "oss://demo/dir/", &target][..],
        &["oss://demo/dir/a", &target],
        &["-r", &source, "oss://other/in/"],
        &[&file, "oss://other/y"],
        &["-r", "oss://demo/dir/", "oss://other/dir/"],
        &["oss://demo/dir/a", "oss://other/a"],
    ] {
        emulator.clear_history();
        let planned = cp(&emulator, &[&["-n", "--json"], arguments].concat()).await.succeeded();
        assert_eq!((writes(&emulator), scratch.path("target").exists()), (0, false), "{arguments:?}: {planned:?}");
        assert!(planned.lines().iter().all(|line| line["op"] == "summary" || line["status"] == "planned"));
        let people = cp(&emulator, &[&["-n"], arguments].concat()).await.succeeded();
        assert!(people.stdout.contains("would "), "{people:?}");
        let done = cp(&emulator, &[&["--json"], arguments].concat()).await.succeeded();
        assert_eq!(identities(&planned), identities(&done), "{arguments:?}");
        assert_eq!(planned.summary()["planned"], done.summary()["done"]);
        let _ = std::fs::remove_dir_all(&target).or_else(|_| std::fs::remove_file(&target));
    }
    let missing = cp(&emulator, &["-n", "oss://demo/missing", &target]).await;
    assert_eq!(missing.code, Some(1), "{missing:?}");
    let missing = cp(&emulator, &["-n", &scratch.text("missing"), "oss://demo/x"]).await;
    assert_eq!(missing.code, Some(1), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_a_line_for_each_object_whatever_is_printed() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/../b"]).await;
    let scratch = Scratch::new();
    let (target, report) = (scratch.text("target"), scratch.text("report"));
    let ended = cp(&emulator, &["-r", "oss://demo/dir/", &target, "-q", "--report", &report]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    let lines = std::fs::read_to_string(&report).unwrap();
    let read = Ended { code: Some(2), stdout: lines, stderr: String::new() };
    assert_eq!(identities(&read).len(), 2);
    let report = scratch.text("no/report");
    let ended = cp(&emulator, &["-r", "oss://demo/dir/", &scratch.text("new"), "--report", &report]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
    assert!(!scratch.path("new").exists() && ended.stderr.contains(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_objects_are_under_way_as_jobs_allow() {
    let emulator = emulator().start().await.unwrap();
    let all: Vec<String> = (0..24).map(|number| format!("dir/{number:02}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    put(&client(&emulator), &all).await;
    let scratch = Scratch::new();
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::Delay(20)).always());
    let mut times = Vec::new();
    for jobs in ["1", "24"] {
        let target = scratch.text(jobs);
        let ended = cp(&emulator, &["-r", "oss://demo/dir/", &target, "--job", jobs, "--json"]).await.succeeded();
        assert_eq!(ended.summary()["done"], 24);
        times.push(ended.summary()["ms"].as_u64().unwrap());
    }
    // One after the other, the delays alone take this long.
    assert!(times[0] >= 24 * 20, "{times:?}");
    assert!(times[1] < times[0], "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sources_go_to_a_folder() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["a", "x/b", "dir/c", "dir/d/e"]).await;
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    let (one, two) = (scratch.file("one", b"1"), scratch.file("in/two", b"2"));
    cp(&emulator, &[&one, &two, "oss://other/flat/"]).await.succeeded();
    cp(&emulator, &["-r", &one, &scratch.text("in"), "oss://other/deep/"]).await.succeeded();
    let target = scratch.text("target/");
    let down = ["oss://demo/a", "oss://demo/x/b", &target];
    cp(&emulator, &down).await.succeeded();
    cp(&emulator, &["-r", "oss://demo/dir/", "oss://demo/x", &target]).await.succeeded();
    cp(&emulator, &["oss://demo/a", "oss://demo/x/b", "oss://other/copies/"]).await.succeeded();
    let other: Vec<_> = emulator.objects("other").unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!(other, ["copies/a", "copies/b", "deep/in/two", "deep/one", "flat/one", "flat/two"]);
    let found: Vec<_> = tree(target.as_ref()).into_keys().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(found, ["a", "b", "dir/c", "dir/d/e", "x/b"]);

    // One that fails does not stop the others.
    let ended = cp(&emulator, &[&scratch.text("missing"), &one, "oss://other/after/", "--json"]).await;
    assert_eq!((ended.code, &ended.summary()["done"], &ended.summary()["failed"]), (Some(2), &1.into(), &1.into()));
    emulator.clear_history();
    for (arguments, says) in [
        (&[&one, &two, "oss://other/file"][..], "write oss://other/file/"),
        (&["oss://demo/a", "oss://demo/x/b", &one], "several sources need a folder"),
        (&[&one, "oss://demo/a", "oss://other/"], ""),
        (&[&one, "-", "oss://other/"], "- has no name"),
        (&[&one, &scratch.text("elsewhere/one"), "oss://other/"], "several sources are called one"),
    ] {
        let ended = cp(&emulator, arguments).await;
        if !says.is_empty() {
            assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_leaves_what_exists_when_asked_to() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    for (name, content, age) in [("older", &b"x"[..], 3600), ("newer", b"x", 0), ("size", b"12345678", 0)] {
        scratch.file(&format!("in/{name}"), content);
        let file = std::fs::File::options().write(true).open(scratch.path(&format!("in/{name}"))).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(60) - Duration::from_secs(age)).unwrap();
    }
    let source = scratch.text("in");
    for (flags, kept) in [
        (&[][..], &[][..]),
        (&["--update"], &["dir/older"]),
        (&["--size-only"], &["dir/size"]),
        (&["--ignore-existing"], &["dir/newer", "dir/older", "dir/size"]),
    ] {
        for one_by_one in [false, true] {
            let emulator = emulator().start().await.unwrap();
            put(&client(&emulator), &["dir/older", "dir/newer", "dir/size"]).await;
            if one_by_one {
                for name in ["older", "newer", "size"] {
                    let file = scratch.text(&format!("in/{name}"));
                    cp(&emulator, &[&[file.as_str(), "oss://demo/dir/"], flags].concat()).await.succeeded();
                }
            } else {
                let ended = cp(&emulator, &[&["-r", &source, "oss://demo/dir/", "--json"], flags].concat()).await;
                assert_eq!(ended.succeeded().summary()["skipped"], kept.len());
            }
            let is_kept = |key: &String| emulator.content("demo", key).unwrap().unwrap() == key.as_bytes();
            assert_eq!(keys(&emulator).into_iter().filter(is_kept).collect::<Vec<_>>(), kept, "{flags:?}");
        }
    }
    // What cannot be looked at is no reason to replace it.
    let emulator = emulator().start().await.unwrap();
    emulator.add_fault(Fault::on("HeadObject").respond(403, "AccessDenied").always());
    let ended = cp(&emulator, &["-r", &source, "oss://demo/dir/", "--update", "--json"]).await;
    assert_eq!((ended.code, writes(&emulator), &ended.summary()["failed"]), (Some(1), 0, &3.into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_old_files_as_they_were_and_prints_the_command_to_go_on() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b", "dir/c"]).await;
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("target")).unwrap();
    scratch.file("target/b", b"old");
    let target = scratch.text("target");
    emulator.add_fault(Fault::on("GetObject").key("dir/b").effect(FaultEffect::Stall).always());
    emulator.add_fault(Fault::on("CopyObject").key("b").effect(FaultEffect::Stall).always());
    for (destination, operation, verb) in
        [(target.as_str(), "GetObject", "download"), ("oss://other/", "CopyObject", "copy")]
    {
        for command in ["cp", "mv"] {
            emulator.clear_history();
            let arguments = [command, "-r", "oss://demo/dir/", destination, "-e", emulator.endpoint(), "--jobs", "1"];
            let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
            let of_b =
                |request: &oss_emulator::RequestRecord| request.operation == operation && request.key.ends_with('b');
            until("the second object", || emulator.history().iter().any(of_b)).await;
            send(&child, Signal::INT);
            let ended = end(child).await;
            assert_eq!(ended.code, Some(130), "{ended:?}");
            let again = format!("to {verb} the rest too: ossup {command} -r oss://demo/dir/");
            assert!(ended.stderr.contains(&again), "{ended:?}");
            assert_eq!(std::fs::read(scratch.path("target/b")).unwrap(), b"old");
            // What was under way is not removed, nor what was not begun.
            assert!(keys(&emulator).ends_with(&["dir/b".to_owned(), "dir/c".to_owned()]), "{:?}", keys(&emulator));
            put(&client(&emulator), &["dir/a"]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ten thousand files take minutes in a debug build"]
async fn ten_thousand_small_files_go_up_and_down_again() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    for number in 0..10_000 {
        let folder = format!("in/{}", number % 100);
        std::fs::create_dir_all(scratch.path(&folder)).unwrap();
        scratch.file(&format!("{folder}/{number}"), number.to_string().as_bytes());
    }
    let (source, target) = (scratch.text("in"), scratch.text("out"));
    let patiently = async |arguments: [&str; 6]| {
        let arguments = [&["cp"], &arguments[..], &["-e", emulator.endpoint(), "--json"]].concat();
        let output = ossup(Some(&Login::of(&emulator)), &arguments).output().await.unwrap();
        let ended = Ended::from(output).succeeded();
        assert_eq!(ended.summary()["done"], 10_000);
    };
    patiently(["-r", &source, "oss://demo/dir/", "--jobs", "32", "-q"]).await;
    patiently(["-r", "oss://demo/dir/", &target, "--jobs", "32", "-q"]).await;
    assert!(tree(target.as_ref()) == tree(source.as_ref()));
}

/// What `tar` writes comes back.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_goes_through_pipes_and_comes_back() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    scratch.file("in/a", &crate::support::bytes(9, 300_000));
    scratch.file("in/b", b"b");
    let script = format!(
        "set -o pipefail; tar c -C {0} in | {1} cp - oss://demo/x -e {2} -q && {1} cat oss://demo/x -e {2} | tar t",
        scratch.folder.path().display(),
        env!("CARGO_BIN_EXE_ossup"),
        emulator.endpoint()
    );
    let mut shell = tokio::process::Command::new("bash");
    shell.args(["-c", &script]).env("OSS_ACCESS_KEY_ID", &login.id).env("OSS_ACCESS_KEY_SECRET", &login.secret);
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).kill_on_drop(true);
    let ended = crate::support::end(shell.spawn().unwrap()).await.succeeded();
    let mut names: Vec<_> = ended.stdout.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["in/", "in/a", "in/b"]);
    let ended = run_with_input(&login, &["cp", "-", "oss://demo/d/", "-e", emulator.endpoint()], &[b"x"]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
}
