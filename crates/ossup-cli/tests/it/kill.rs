//! Uploads whose process ends before they do.

use std::time::{Duration, Instant};

use oss_emulator::{Emulator, Fault};
use ossup::PutObjectRequest;
use serde_json::Value;

use rustix::process::Signal;

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, end, ossup, run, send, until};

const PART: usize = 100 * 1024;
const PARALLEL: usize = 3;
const PARTS: usize = 40;
const KILLS: usize = 120;
/// How long the server takes for one part of each upload, in milliseconds.
const SLOW_PART: u64 = 250;
/// How long Ctrl-C may take until nothing is left; the command has 5 seconds, and the machine may be busy.
const AFTER_INTERRUPT: Duration = Duration::from_secs(6);

fn cp<'a>(file: &'a str, emulator: &'a Emulator, more: &[&'a str]) -> Vec<&'a str> {
    cp_to(file, "oss://demo/film", emulator, more)
}

fn cp_to<'a>(file: &'a str, to: &'a str, emulator: &'a Emulator, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["cp", file, to, "--endpoint", emulator.endpoint(), "--part-size", "100KiB"];
    arguments.extend(["--parallel-num", "3", "--json"]);
    arguments.extend(more);
    arguments
}

/// One process after the other, each killed at a moment of its own, until the upload is done or `kills` is 0.
///
/// `random` has the moments: after a few more requests of any kind, and a little later; now and then before any.
async fn kill_until_done(
    emulator: &Emulator,
    login: &Login,
    arguments: &[&str],
    random: &mut fastrand::Rng,
    kills: &mut usize,
    is_done: impl Fn() -> bool,
) {
    while *kills > 0 && !is_done() {
        let wanted = emulator.history().len() + random.usize(..5);
        let longest = Duration::from_millis(random.u64(..2 * SLOW_PART));
        let begin = Instant::now();
        let mut child = ossup(Some(login), arguments).spawn().unwrap();
        let mut finished = false;
        until("requests", || {
            finished = child.try_wait().unwrap().is_some();
            finished || emulator.history().len() >= wanted || begin.elapsed() >= longest
        })
        .await;
        if !finished {
            let rest = Duration::from_micros(random.u64(..15_000));
            let begin = Instant::now();
            while begin.elapsed() < rest {
                std::hint::spin_loop();
            }
            child.start_kill().unwrap();
        }
        match end(child).await.code {
            None => *kills -= 1,
            // It finished before the signal came.
            Some(code) => assert_eq!(code, 0),
        }
    }
}

/// What is sent again is at most what was in flight.
///
/// Rows: R31, R33, R34, W38.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_finish_after_a_kill_at_any_moment() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let content = bytes(seed, (PARTS - 1) * PART + 123);
    let scratch = Scratch::new();
    let file = scratch.file("film", &content);
    let checkpoints = scratch.text("checkpoints");
    let slow = Fault::on("UploadPart").part(7).always().delay(Duration::from_millis(SLOW_PART));
    let emulator = emulator().latency(Duration::from_millis(5)).fault(slow).start().await.unwrap();
    let login = Login::of(&emulator);
    let records = || {
        let names = std::fs::read_dir(scratch.path("checkpoints")).into_iter().flatten();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.ends_with(".lock")).collect::<Vec<_>>()
    };

    let (mut left, mut uploads) = (KILLS, 0);
    while left > 0 {
        let key = format!("film-{uploads}");
        uploads += 1;
        let to = format!("oss://demo/{key}");
        let arguments = cp_to(&file, &to, &emulator, &["--checkpoint-dir", &checkpoints]);
        let before = left;
        let is_done = || emulator.content("demo", &key).unwrap().is_some() && records().is_empty();
        kill_until_done(&emulator, &login, &arguments, &mut random, &mut left, is_done).await;
        if !is_done() {
            let line = run(&login, &arguments).await.succeeded().json();
            assert_eq!(line["verified"], "crc64");
        }
        let kills = before - left;
        let sent = emulator.history().iter().filter(|r| r.operation == "UploadPart" && r.key == key).count();
        println!("{key}: {kills} kills, {sent} part bodies");
        assert!(emulator.content("demo", &key).unwrap().is_some_and(|stored| stored == content), "{key}");
        assert!(sent <= PARTS + kills * PARALLEL, "{sent} bodies for {PARTS} parts after {kills} kills");
        assert_eq!(records(), [""; 0]);
    }
    // A kill between the response to Initiate and the record may leave an upload, but never one with parts.
    let left = emulator.uploads("demo").unwrap();
    assert!(left.iter().all(|upload| upload.parts.is_empty()), "{left:?}");
    assert!(left.len() <= KILLS);
}

/// Starts an upload of ten parts of which the fifth never ends, waits until the others are stored, and sends a signal.
async fn stopped_by(signal: Signal, emulator: &Emulator, arguments: &[&str]) -> (Ended, Duration) {
    let child = ossup(Some(&Login::of(emulator)), arguments).spawn().unwrap();
    until("nine parts", || emulator.uploads("demo").unwrap().iter().any(|upload| upload.parts.len() == 9)).await;
    let begin = Instant::now();
    send(&child, signal);
    (end(child).await, begin.elapsed())
}

async fn with_a_part_that_never_ends() -> Emulator {
    emulator().fault(Fault::on("UploadPart").part(5).delay(Duration::from_secs(600)).always()).start().await.unwrap()
}

/// Rows: R36, W17.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_without_a_checkpoint_aborts_the_upload() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let emulator = with_a_part_that_never_ends().await;
        let scratch = Scratch::new();
        let file = scratch.file("film", &bytes(1, 10 * PART));
        let (ended, took) = stopped_by(signal, &emulator, &cp(&file, &emulator, &["--no-checkpoint"])).await;

        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(took < AFTER_INTERRUPT, "{took:?}");
        assert!(emulator.uploads("demo").unwrap().is_empty(), "{ended:?}");
        assert!(emulator.objects("demo").unwrap().is_empty());
        assert_eq!(ended.json()["resumable"], false);
        // The first line says that it stops, the last what became of it, once.
        let last = ended.stderr.lines().last().unwrap();
        let says =
            "ossup: interrupted: oss://demo/film is not stored, and nothing is left on the server; to start over: ";
        assert!(last.starts_with(says) && last.contains("ossup cp "), "{last}");
        assert_eq!(
            (ended.stderr.lines().count(), &ended.json()["error"]["kind"]),
            (2, &"interrupted".into()),
            "{ended:?}"
        );
    }
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_with_a_checkpoint_keeps_the_parts_and_says_how_to_resume() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let emulator = with_a_part_that_never_ends().await;
        let scratch = Scratch::new();
        let content = bytes(2, 10 * PART);
        let file = scratch.file("film", &content);
        let checkpoints = scratch.text("checkpoints");
        let arguments = cp(&file, &emulator, &["--checkpoint-dir", &checkpoints]);
        let (ended, took) = stopped_by(signal, &emulator, &arguments).await;

        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(took < AFTER_INTERRUPT, "{took:?}");
        let kept = emulator.uploads("demo").unwrap();
        assert_eq!(kept.iter().map(|upload| upload.parts.len()).collect::<Vec<_>>(), [9]);
        assert_eq!(ended.json()["resumable"], true);
        assert_eq!(ended.json()["upload_id"], Value::from(kept[0].upload_id.as_str()));
        let last = ended.stderr.lines().last().unwrap();
        assert!(last.contains("its parts are kept") && !last.contains("failed"), "{last}");
        let resume = format!("to resume: ossup {}", arguments.join(" "));
        assert!(last.ends_with(&resume), "{last}");

        emulator.clear_faults();
        let line = run(&Login::of(&emulator), &arguments).await.succeeded().json();
        assert_eq!((&line["parts_sent"], &line["parts_reused"]), (&1.into(), &9.into()));
        assert_eq!(line["upload_id"], Value::from(kept[0].upload_id.as_str()));
        assert_eq!(count(&emulator, "InitiateMultipartUpload"), 1);
        assert!(emulator.content("demo", "film").unwrap().is_some_and(|stored| stored == content));
    }
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_at_once_and_names_what_stays_open() {
    for (command, folder) in [(&["cp"][..], false), (&["cp", "-r"], true), (&["sync"], true)] {
        let stuck = Fault::on("AbortMultipartUpload").always().delay(Duration::from_secs(600));
        let fifth = Fault::on("UploadPart").part(5).delay(Duration::from_secs(600));
        let emulator = emulator().fault(fifth).fault(stuck).start().await.unwrap();
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path("in")).unwrap();
        let file = scratch.file("in/film", &bytes(3, 10 * PART));
        let (source, to) = if folder { (scratch.text("in"), "oss://demo/") } else { (file, "oss://demo/film") };
        let arguments = cp_to(&source, to, &emulator, &["--no-checkpoint"]);
        let arguments = [command, &arguments[1..]].concat();
        let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
        until("nine parts", || emulator.uploads("demo").unwrap().iter().any(|upload| upload.parts.len() == 9)).await;
        send(&child, Signal::TERM);
        until("the abort", || count(&emulator, "AbortMultipartUpload") > 0).await;
        send(&child, Signal::INT);
        let ended = end(child).await;
        assert_eq!((ended.code, &ended.summary()["exit"]), (Some(130), &130.into()), "{ended:?}");
        let left = emulator.uploads("demo").unwrap();
        let last = ended.stderr.lines().last().unwrap();
        let named =
            format!("ossup: warning: oss://demo/film: upload id {} may stay open on the server", left[0].upload_id);
        assert_eq!(last, named, "{ended:?}");
    }
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_uploads_of_a_folder_by_their_rules() {
    for (checkpoint, left) in [(false, 0), (true, 2)] {
        let emulator = with_a_part_that_never_ends().await;
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path("in")).unwrap();
        for name in ["a", "b", "c", "d"] {
            scratch.file(&format!("in/{name}"), &bytes(4, 5 * PART));
        }
        let (folder, checkpoints) = (scratch.text("in"), scratch.text("checkpoints"));
        let mut arguments = cp_to(&folder, "oss://demo/", &emulator, &["-r", "--jobs", "2"]);
        if checkpoint {
            arguments.extend(["--checkpoint-dir", &checkpoints]);
        }
        let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
        until("two uploads of four parts", || {
            emulator.uploads("demo").unwrap().iter().filter(|upload| upload.parts.len() == 4).count() == 2
        })
        .await;
        let begin = Instant::now();
        send(&child, Signal::INT);
        let ended = end(child).await;
        assert!(begin.elapsed() < AFTER_INTERRUPT, "{:?}", begin.elapsed());
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert_eq!((emulator.uploads("demo").unwrap().len(), emulator.objects("demo").unwrap().len()), (left, 0));
        let files: Vec<_> = ended.lines().into_iter().filter(|line| line["op"] == "upload").collect();
        assert_eq!(files.iter().filter(|line| line["error"]["kind"] == "interrupted").count(), 2, "{ended:?}");
        assert!(files.iter().all(|line| line["resumable"] == checkpoint), "{ended:?}");
        let again = format!("to upload the rest too: ossup {}", arguments.join(" "));
        assert!(ended.stderr.lines().last().unwrap().ends_with(&again), "{ended:?}");
        assert_eq!((count(&emulator, "InitiateMultipartUpload"), ended.summary()["failed"].as_u64()), (2, Some(2)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_was_switched_off_for_the_program_does_not_end_it() {
    let slow = Fault::on("PutObject").delay(Duration::from_millis(300));
    let emulator = emulator().fault(slow).start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    // As `nohup` does it.
    let mut shell = tokio::process::Command::new("/bin/sh");
    shell.args(["-c", r#"trap "" HUP; exec "$0" "$@""#, env!("CARGO_BIN_EXE_ossup")]);
    shell.args(cp_to(&file, "oss://demo/k", &emulator, &[])).env_clear().kill_on_drop(true);
    let login = Login::of(&emulator);
    shell.env("OSS_ACCESS_KEY_ID", &login.id).env("OSS_ACCESS_KEY_SECRET", &login.secret);
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = shell.spawn().unwrap();
    until("the request", || count(&emulator, "PutObject") > 0).await;
    send(&child, Signal::HUP);
    // Its bytes have left, so it would be waited for in any case: that it was not asked to stop shows in what is said.
    assert_eq!(end(child).await.succeeded().stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_command_that_waits_with_a_summary() {
    let slow = Fault::on("PutBucket").delay(Duration::from_secs(600));
    let emulator = emulator().fault(slow).start().await.unwrap();
    let arguments = ["mb", "oss://second", "--endpoint", emulator.endpoint(), "--json"];
    let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    until("the request", || count(&emulator, "PutBucket") > 0).await;
    send(&child, Signal::TERM);
    let ended = end(child).await;
    assert_eq!((ended.code, &ended.summary()["exit"]), (Some(143), &143.into()), "{ended:?}");
}

/// It is a copy of the object onto itself, in parts, which would stay.
///
/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_aborts_the_change_of_a_large_object() {
    let slow = Fault::on("UploadPartCopy").delay(Duration::from_secs(600));
    let emulator = emulator().max_copy_size(PART as u64).fault(slow).start().await.unwrap();
    client(&emulator).put_object(PutObjectRequest::new("demo", "film").body(bytes(1, 3 * PART))).await.unwrap();
    let arguments = ["set-props", "oss://demo/film", "--storage-class", "IA", "-e", emulator.endpoint(), "--json"];
    let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    until("a part", || count(&emulator, "UploadPartCopy") > 0).await;
    send(&child, Signal::TERM);
    let ended = end(child).await;
    assert_eq!((ended.code, &ended.summary()["exit"]), (Some(143), &143.into()), "{ended:?}");
    assert_eq!((&ended.json()["op"], &ended.json()["error"]["kind"]), (&"set_props".into(), &"interrupted".into()));
    assert!(emulator.uploads("demo").unwrap().is_empty(), "{ended:?}");
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_resumed_upload_as_any_other() {
    let emulator = with_a_part_that_never_ends().await;
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(2, 10 * PART));
    let records = scratch.text("records");
    let (ended, _) = stopped_by(Signal::INT, &emulator, &cp(&file, &emulator, &["--checkpoint-dir", &records])).await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    emulator.clear_faults();
    emulator.add_fault(Fault::on("UploadPart").always().delay(Duration::from_secs(600)));
    emulator.clear_history();
    let resume = ["uploads", "resume", "--all", "--state-dir", &records, "-e", emulator.endpoint(), "--json"];
    let child = ossup(Some(&Login::of(&emulator)), &resume).spawn().unwrap();
    until("the part", || count(&emulator, "UploadPart") > 0).await;
    send(&child, Signal::INT);
    let ended = end(child).await;
    assert_eq!((ended.code, &ended.json()["resumable"]), (Some(130), &true.into()), "{ended:?}");
    assert!(
        ended.stderr.contains("its parts are kept") && ended.stderr.contains("to resume: ossup uploads"),
        "{ended:?}"
    );
    assert_eq!(emulator.uploads("demo").unwrap().len(), 1);
}
