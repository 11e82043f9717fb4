//! The flags that `cp`, `mv` and `sync` share, each in every one of them.

use std::path::Path;
use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{HeadObjectRequest, PutObjectRequest};

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, keep_versions, keys, ossup, put, run, tree, until,
};

const PART: usize = 100 << 10;
/// Each command as it takes a folder.
const COMMANDS: [&[&str]; 3] = [&["cp", "-r"], &["mv", "-r"], &["sync"]];

/// A folder `in` with a file of some parts, and the same below `oss://demo/in/`; what they are transferred to is empty.
struct Sides {
    emulator: Emulator,
    scratch: Scratch,
    folder: String,
    new: String,
}

impl Sides {
    async fn new(parts: usize) -> Self {
        let (emulator, scratch) = (emulator().bucket("other").start().await.unwrap(), Scratch::new());
        std::fs::create_dir(scratch.path("in")).unwrap();
        scratch.file("in/film", &bytes(1, parts * PART));
        let film = PutObjectRequest::new("demo", "in/film").body(bytes(1, parts * PART));
        client(&emulator).put_object(film).await.unwrap();
        emulator.clear_history();
        let (folder, new) = (scratch.text("in"), scratch.text("new"));
        Self { emulator, scratch, folder, new }
    }

    /// From where to where: up, down and across, and the operation that takes a part.
    fn ways(&self) -> [([&str; 2], &'static str); 3] {
        [
            ([&self.folder, "oss://demo/up/"], "UploadPart"),
            (["oss://demo/in/", &self.new], "GetObject"),
            (["oss://demo/in/", "oss://other/in/"], "UploadPartCopy"),
        ]
    }

    async fn run(&self, command: &[&str], ends: [&str; 2], flags: &[&str]) -> Ended {
        let arguments = [command, &ends, flags, &["-e", self.emulator.endpoint()]].concat();
        run(&Login::of(&self.emulator), &arguments).await
    }

    fn spawn(&self, command: &[&str], ends: [&str; 2], flags: &[&str]) -> tokio::process::Child {
        let arguments = [command, &ends, flags, &["-e", self.emulator.endpoint()]].concat();
        ossup(Some(&Login::of(&self.emulator)), &arguments).spawn().unwrap()
    }

    /// Many small files in the folder in place of the one.
    fn small_files(&self, count: usize) {
        std::fs::remove_file(self.scratch.path("in/film")).unwrap();
        for number in 0..count {
            self.scratch.file(&format!("in/{number:02}"), b"1");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_as_large_as_asked_and_begin_where_asked_in_every_command() {
    for command in COMMANDS {
        for way in 0..3 {
            let sides = Sides::new(3).await;
            let (ends, operation) = sides.ways()[way];
            sides.run(command, ends, &["--part-size", "100K", "--json"]).await.succeeded();
            assert_eq!(count(&sides.emulator, operation), 3, "{command:?} {ends:?}");
            let sides = Sides::new(3).await;
            let (ends, operation) = sides.ways()[way];
            let ended = sides.run(command, ends, &["--part-size", "100K", "--bigfile-threshold", "1M"]).await;
            match operation {
                "GetObject" => assert!(ended.code == Some(64) && ended.stderr.contains("--part-size"), "{ended:?}"),
                _ => assert_eq!(count(&sides.emulator, operation), 0, "{command:?} {ends:?}: {ended:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_parts_are_under_way_as_asked_in_every_command() {
    for command in COMMANDS {
        let sides = Sides::new(8).await;
        for (ends, operation) in sides.ways() {
            for flag in ["--parallel-num", "--parallel"] {
                sides.emulator.clear_history();
                sides.emulator.clear_faults();
                // The first range of a download tells how large the object is.
                let first = if operation == "GetObject" { 2 } else { 1 };
                sides.emulator.add_fault(Fault::on(operation).nth(first).effect(FaultEffect::Stall).always());
                // A record would leave fewer parts to the next run.
                let flags = ["--part-size", "100K", "--no-checkpoint", flag, "7"];
                let mut running = sides.spawn(command, ends, &flags);
                until("7 parts at once", || count(&sides.emulator, operation) >= 7).await;
                // Until it has ended, the next one may find its file locked.
                running.kill().await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_tried_as_often_as_asked_in_every_command() {
    for command in COMMANDS {
        for (attempts, tried) in [("1", 1..=1), ("2", 2..=4)] {
            let sides = Sides::new(2).await;
            let (ends, operation) = sides.ways()[0];
            sides.emulator.add_fault(Fault::on(operation).respond(500, "InternalError").always());
            let flags =
                ["--part-size", "100K", "--parallel-num", "1", "--retry-times", "1", "--part-attempts", attempts];
            let ended = sides.run(command, ends, &flags).await;
            assert!(tried.contains(&count(&sides.emulator, operation)), "{command:?}: {ended:?}");
            assert!(sides.scratch.path("in/film").exists() && ended.code != Some(0), "{command:?}: {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_in_every_command() {
    for command in COMMANDS {
        for flag in ["--rate", "--bandwidth-limit"] {
            let sides = Sides::new(1).await;
            for (ends, operation) in &sides.ways()[..2] {
                let ended = sides.run(command, *ends, &[flag, "200K", "--json"]).await.succeeded();
                // 100 KiB at 200 KiB a second; the first piece goes at once.
                assert!(ended.summary()["ms"].as_u64().unwrap() >= 200, "{command:?} {operation}: {ended:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_verified_can_be_chosen_in_every_command() {
    for command in COMMANDS {
        let is_move = command[0] == "mv";
        let compare: &[&str] = if command[0] == "sync" { &["--compare", "size"] } else { &[] };
        for way in 0..3 {
            let operation = ["PutObject", "GetObject", "CopyObject"][way];
            let of = async |effect: FaultEffect, flags: &[&str]| {
                let sides = Sides::new(1).await;
                for operation in [operation, "HeadObject"] {
                    sides.emulator.add_fault(Fault::on(operation).effect(effect.clone()).always());
                }
                let (ends, _) = sides.ways()[way];
                let flags = [flags, compare, &["--json", "--part-attempts", "1"]].concat();
                sides.run(command, ends, &flags).await
            };
            let verified = |ended: &Ended| {
                let done = ended.lines().into_iter().find(|line| line["verified"].is_string());
                done.map(|line| line["verified"].as_str().unwrap().to_owned())
            };
            let missing = of(FaultEffect::MissingCrc, &["--verify", "crc64"]).await;
            assert!(missing.code != Some(0) && verified(&missing).is_none(), "{command:?} {operation}: {missing:?}");
            let wrong = of(FaultEffect::WrongCrc, &[]).await;
            assert!(operation == "CopyObject" || wrong.code != Some(0), "{command:?} {operation}: {wrong:?}");
            for (what, says) in [("none", "none"), ("size", "size")] {
                let ended = of(FaultEffect::WrongCrc, &["--verify", what]).await;
                if is_move || (what == "size" && command[0] == "sync") {
                    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{command:?}: {ended:?}");
                    continue;
                }
                let ended = ended.succeeded();
                assert_eq!(verified(&ended).as_deref(), Some(says), "{command:?} {operation}: {ended:?}");
                // What was asked for is not warned of.
                assert_eq!(ended.stderr, "", "{command:?} {operation}");
            }
        }
    }
}

/// One HeadObject for each object that is stored.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_another_size_than_what_was_stored_is_a_failure() {
    for recursive in [true, false] {
        for way in [0, 2] {
            let sides = Sides::new(1).await;
            let (ends, _) = sides.ways()[way];
            let one = [format!("{}/film", ends[0].trim_end_matches('/')), format!("{}film", ends[1])];
            let (command, ends) = match recursive {
                true => (&["cp", "-r"][..], ends),
                false => (&["cp"][..], [one[0].as_str(), one[1].as_str()]),
            };
            let ended = sides.run(command, ends, &["--verify", "size", "--json"]).await.succeeded();
            assert_eq!(ended.json()["verified"], "size", "{ended:?}");
            let heads = count(&sides.emulator, "HeadObject");
            assert!(heads >= 1, "{ended:?}");
            // The last look finds nothing.
            let missing = Fault::on("HeadObject").nth(u64::try_from(heads).unwrap()).respond(404, "NoSuchKey");
            sides.emulator.add_fault(missing);
            let ended = sides.run(command, ends, &["--verify", "size", "--json"]).await;
            let line = ended.json();
            assert_eq!((ended.code, &line["stored"]), (Some(1), &"yes".into()), "{ended:?}");
            assert_eq!(line["error"]["kind"], "verification", "{ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_kept_in_every_command() {
    for command in COMMANDS {
        let sides = Sides::new(1).await;
        sides.run(command, sides.ways()[0].0, &["--preserve", "mtime"]).await.succeeded();
        let head = client(&sides.emulator).head_object(HeadObjectRequest::new("demo", "up/film")).await.unwrap();
        assert!(head.metadata.value("ossup-mtime").is_some(), "{command:?}: {head:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_leaves_records_or_parts_where_asked_in_every_command() {
    for command in COMMANDS {
        let sides = Sides::new(2).await;
        let records = sides.scratch.text("records");
        let (ends, _) = sides.ways()[0];
        let fails = Fault::on("CompleteMultipartUpload").respond(503, "ServiceUnavailable").always();
        sides.emulator.add_fault(fails);
        let left = || sides.emulator.uploads("demo").unwrap().len();
        let parts = ["--part-size", "100K", "--part-attempts", "1", "--retry-times", "1"];
        for (flags, uploads, has_records) in
            [(&[][..], 0, false), (&["--leave-parts-on-error"], 1, false), (&["--checkpoint-dir", &records], 2, true)]
        {
            let ended = sides.run(command, ends, &[&parts, flags].concat()).await;
            assert!(ended.code != Some(0), "{command:?} {flags:?}: {ended:?}");
            assert_eq!(left(), uploads, "{command:?} {flags:?}: {ended:?}");
            assert_eq!(Path::new(&records).exists(), has_records, "{command:?} {flags:?}");
        }
        let both = sides.run(command, ends, &["--checkpoint-dir", &records, "--no-checkpoint"]).await;
        assert_eq!((both.code, both.stderr.lines().count()), (Some(64), 1), "{command:?}: {both:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_files_are_under_way_as_asked_in_every_command() {
    for command in COMMANDS {
        for flag in ["--jobs", "--job", "-j"] {
            let sides = Sides::new(1).await;
            sides.small_files(24);
            sides.emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::Stall).always());
            let running = sides.spawn(command, sides.ways()[0].0, &[flag, "20"]);
            until("20 at once", || count(&sides.emulator, "PutObject") == 20).await;
            drop(running);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_begins_after_so_many_errors_in_every_command() {
    for command in COMMANDS {
        let sides = Sides::new(1).await;
        sides.small_files(12);
        sides.emulator.add_fault(Fault::on("PutObject").respond(400, "InvalidArgument").always());
        let report = sides.scratch.text("report");
        let flags = ["--jobs", "1", "--max-errors", "2", "--report", &report, "--json"];
        let ended = sides.run(command, sides.ways()[0].0, &flags).await;
        let tried = count(&sides.emulator, "PutObject");
        assert!((2..=3).contains(&tried) && ended.code != Some(0), "{command:?}: {ended:?}");
        // The report has what standard output has.
        let report = std::fs::read_to_string(report).unwrap();
        let without_events = ended.stdout.lines().filter(|line| !line.contains(r#""op":"event""#));
        assert_eq!(report.lines().count(), without_events.count(), "{command:?}: {report}");
        assert!(report.lines().last().unwrap().contains(r#""op":"summary""#), "{command:?}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_written_for_programs_in_every_command() {
    for command in COMMANDS {
        let sides = Sides::new(1).await;
        sides.emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::Delay(1_300)).always());
        for (flags, is_shown) in [(&["--progress", "json"][..], true), (&["--progress", "none"], false)] {
            std::fs::create_dir_all(sides.scratch.path("in")).unwrap();
            std::fs::write(sides.scratch.path("in/film"), bytes(if is_shown { 2 } else { 3 }, PART)).unwrap();
            let ended = sides.run(command, sides.ways()[0].0, flags).await.succeeded();
            assert_eq!(ended.stderr.contains(r#"{"op":"progress""#), is_shown, "{command:?}: {ended:?}");
        }
    }
}

/// What is skipped is not moved, and stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_leaves_what_exists_when_asked_to() {
    for (flags, across) in [
        (&["--update"][..], false),
        (&["-u"], true),
        (&["--size-only"], false),
        (&["--ignore-existing"], true),
        (&["--checksum"], true),
    ] {
        let sides = Sides::new(1).await;
        let source = if across { "oss://demo/in/film" } else { "in/film" };
        let file = sides.scratch.text("in/film");
        let ends = [if across { source } else { &file }, "oss://other/film"];
        // The copy is newer.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        sides.run(&["cp"], ends, &[]).await.succeeded();
        let ended = sides.run(&["mv"], ends, &[flags, &["--json"]].concat()).await.succeeded();
        assert_eq!(ended.json()["op"], "skip", "{flags:?}: {ended:?}");
        let is_there =
            if across { keys(&sides.emulator).contains(&"in/film".to_owned()) } else { Path::new(&file).exists() };
        assert!(is_there, "{flags:?}");
        let ended = sides.run(&["mv"], ends, &["--force", "--json"]).await.succeeded();
        assert_eq!(ended.summary()["deleted"], 1, "{ended:?}");
        let both = sides.run(&["mv"], ends, &["--force", "--ignore-existing"]).await;
        assert_eq!(both.code, Some(64), "{both:?}");
    }
    let sides = Sides::new(1).await;
    sides.small_files(24);
    sides.emulator.add_fault(Fault::on("HeadObject").effect(FaultEffect::Stall).always());
    let running = sides.spawn(&["mv", "-r"], sides.ways()[0].0, &["-u", "--checkers", "20"]);
    until("20 at once", || count(&sides.emulator, "HeadObject") == 20).await;
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_copy_takes_from_its_source_can_be_chosen_in_every_command() {
    for command in ["cp", "mv"] {
        let sides = Sides::new(1).await;
        for (flags, metadata, tagging) in [
            (&[][..], None, None),
            (&["--metadata-directive", "REPLACE"], Some("REPLACE"), None),
            (&["--tagging-directive", "replace"], None, Some("REPLACE")),
            (&["--copy-props", "metadata"], None, Some("REPLACE")),
            (&["--copy-props", "none"], Some("REPLACE"), Some("REPLACE")),
        ] {
            put(&client(&sides.emulator), &["a"]).await;
            sides.emulator.clear_history();
            sides.run(&[command], ["oss://demo/a", "oss://other/a"], flags).await.succeeded();
            let history = sides.emulator.history();
            let copy = history.iter().find(|request| request.operation == "CopyObject").unwrap();
            let sent = ["x-oss-metadata-directive", "x-oss-tagging-directive"].map(|name| copy.header(name));
            assert_eq!(
                sent.map(|sent| sent.map(str::to_uppercase)),
                [metadata, tagging].map(|sent| sent.map(str::to_owned)),
                "{command} {flags:?}"
            );
        }
        let wrong = ["--if-match", "\"5D41402ABC4B2A76B9719D911017C592\""];
        put(&client(&sides.emulator), &["a"]).await;
        let ended = sides.run(&[command], ["oss://demo/a", "oss://other/new"], &wrong).await;
        assert!(ended.code == Some(1) && keys(&sides.emulator).contains(&"a".to_owned()), "{command}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_takes_a_part_of_a_folder_when_asked_to() {
    for (flags, moved) in
        [(&["--dirs"][..], &["a", "b"][..]), (&["-d"], &["a", "b"]), (&["--limited-num", "1"], &["a"])]
    {
        let sides = Sides::new(1).await;
        std::fs::create_dir(sides.scratch.path("in/sub")).unwrap();
        std::fs::remove_file(sides.scratch.path("in/film")).unwrap();
        for name in ["a", "b", "sub/c"] {
            sides.scratch.file(&format!("in/{name}"), b"1");
        }
        let flags = [flags, &["--jobs", "1"]].concat();
        sides.run(&["mv", "-r"], [&sides.folder, "oss://other/"], &flags).await.succeeded();
        assert_eq!(sides.emulator.objects("other").unwrap().len(), moved.len(), "{flags:?}");
        let left = tree(sides.scratch.path("in").as_ref()).into_keys().filter(|name| !name.ends_with('/')).count();
        assert_eq!(left, 3 - moved.len(), "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_followed_or_refused_by_a_move_too() {
    for command in ["cp", "mv"] {
        let sides = Sides::new(1).await;
        let target = sides.scratch.file("target", b"linked");
        std::os::unix::fs::symlink(&target, sides.scratch.path("in/link")).unwrap();
        std::os::unix::fs::symlink(sides.scratch.path("in"), sides.scratch.path("to-in")).unwrap();
        let linked = sides.scratch.text("to-in");
        for flag in ["--no-dereference", "-P"] {
            let ended = sides.run(&[command, "-r"], [&linked, "oss://other/"], &[flag]).await;
            assert!(ended.code == Some(1) && ended.stderr.contains("symbolic link"), "{command}: {ended:?}");
        }
        for flag in ["--dereference", "-L"] {
            sides.run(&[command, "-r"], [&sides.folder, &format!("oss://other/{flag}/")], &[flag]).await.succeeded();
            assert!(emulator_has(&sides, &format!("{flag}/link")), "{command} {flag}");
            // Of what was moved, only the link is gone.
            assert_eq!(std::fs::read(&target).unwrap(), b"linked");
            std::fs::create_dir_all(sides.scratch.path("in")).unwrap();
            let _ = std::os::unix::fs::symlink(&target, sides.scratch.path("in/link"));
        }
    }
}

fn emulator_has(sides: &Sides, key: &str) -> bool {
    sides.emulator.objects("other").unwrap().iter().any(|object| object.key == key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_can_go_to_the_emulator_inside_of_it() {
    let scratch = Scratch::new();
    let (file, data) = (scratch.file("file", b"content"), scratch.text("data"));
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    run(&login, &["mv", &file, "oss://mine/file", "--local", &data]).await.succeeded();
    assert!(!Path::new(&file).exists());
    run(&login, &["cp", "oss://mine/file", &file, "--local", &data]).await.succeeded();
    assert_eq!(std::fs::read(&file).unwrap(), b"content");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_of_no_version() {
    let sides = Sides::new(1).await;
    keep_versions(&client(&sides.emulator)).await;
    let ended = sides.run(&["mv"], ["oss://demo/in/film", "oss://other/film"], &["--version-id", "v"]).await;
    assert!(ended.code == Some(64) && ended.stderr.contains("rm --version-id"), "{ended:?}");
    assert_eq!(sides.emulator.history().len(), 1, "{ended:?}");
}
