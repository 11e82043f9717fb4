//! Uploads whose process ends before they do.

use std::time::{Duration, Instant};

use oss_emulator::{Emulator, Fault};
use serde_json::Value;

use crate::cp::interrupt;
use crate::support::{Ended, Login, Scratch, bytes, count, emulator, end, ossup, run, until};

const PART: usize = 100 * 1024;
const PARALLEL: usize = 3;
const CYCLES: usize = 120;
/// How long Ctrl-C may take until nothing is left; the command has 5 seconds, and the machine may be busy.
const AFTER_INTERRUPT: Duration = Duration::from_secs(6);

fn cp<'a>(file: &'a str, emulator: &'a Emulator, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["cp", file, "oss://demo/film", "--endpoint", emulator.endpoint(), "--part-size", "100KiB"];
    arguments.extend(["--parallel-num", "3", "--json"]);
    arguments.extend(more);
    arguments
}

/// Rows: R31, R34, W38.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moments_an_upload_finishes_and_sends_at_most_what_was_in_flight_again() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let parts = 60;
    let content = bytes(seed, (parts - 1) * PART + 123);
    let scratch = Scratch::new();
    let file = scratch.file("film", &content);
    let checkpoints = scratch.text("checkpoints");
    let slow = Fault::on("UploadPart").part(7).always().delay(Duration::from_secs(2));
    let emulator = emulator().latency(Duration::from_millis(15)).fault(slow).start().await.unwrap();
    let login = Login::of(&emulator);
    let arguments = cp(&file, &emulator, &["--checkpoint-dir", &checkpoints]);

    let mut kills = 0;
    let mut last: Option<Ended> = None;
    while kills < CYCLES && last.is_none() {
        // Now and then before anything was sent, mostly amid the next requests of any kind.
        let seen = emulator.history().len();
        let wanted = seen + random.usize(..5);
        let mut child = ossup(Some(&login), &arguments).spawn().unwrap();
        let mut finished = false;
        until("requests", || {
            finished = child.try_wait().unwrap().is_some();
            finished || emulator.history().len() >= wanted
        })
        .await;
        if !finished {
            let rest = Duration::from_micros(random.u64(..15_000));
            let begin = Instant::now();
            while begin.elapsed() < rest {
                std::hint::spin_loop();
            }
            child.start_kill().unwrap();
            kills += 1;
        }
        let ended = end(child).await;
        if ended.code.is_some() {
            // It finished before the signal came.
            last = Some(ended);
        }
    }
    let last = match last {
        Some(ended) => ended,
        None => run(&login, &arguments).await,
    };
    let line = last.succeeded().json();
    let sent = count(&emulator, "UploadPart");
    println!("{kills} kills, {sent} part bodies, the last run: {line}");

    assert_eq!(line["verified"], true);
    assert!(emulator.content("demo", "film").unwrap().is_some_and(|stored| stored == content));
    assert!(sent <= parts + kills * PARALLEL, "{sent} bodies for {parts} parts after {kills} kills");
    assert!(kills >= 10, "only {kills} kills: the upload is too fast for this test");
    // A kill between the answer to Initiate and the record may leave an upload, but never one with parts.
    let left = emulator.uploads("demo").unwrap();
    assert!(left.iter().all(|upload| upload.parts.is_empty()), "{left:?}");
    assert!(left.len() <= kills);
    let records = std::fs::read_dir(scratch.path("checkpoints")).unwrap().map(|entry| entry.unwrap().file_name());
    let records: Vec<_> = records.filter(|name| !name.to_string_lossy().ends_with(".lock")).collect();
    assert!(records.is_empty(), "{records:?}");
}

/// Starts an upload of ten parts of which the fifth never ends, and waits until the others that can are stored.
async fn interrupted(emulator: &Emulator, arguments: &[&str]) -> (Ended, Duration) {
    let child = ossup(Some(&Login::of(emulator)), arguments).spawn().unwrap();
    until("nine parts", || emulator.uploads("demo").unwrap().iter().any(|upload| upload.parts.len() == 9)).await;
    let begin = Instant::now();
    interrupt(&child);
    (end(child).await, begin.elapsed())
}

async fn with_a_part_that_never_ends() -> Emulator {
    emulator().fault(Fault::on("UploadPart").part(5).delay(Duration::from_secs(600))).start().await.unwrap()
}

/// Rows: R36, W17.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_without_a_checkpoint_aborts_the_upload() {
    let emulator = with_a_part_that_never_ends().await;
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(1, 10 * PART));
    let (ended, took) = interrupted(&emulator, &cp(&file, &emulator, &["--no-checkpoint"])).await;

    assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
    assert!(took < AFTER_INTERRUPT, "{took:?}");
    assert!(emulator.uploads("demo").unwrap().is_empty(), "{ended:?}");
    assert!(emulator.objects("demo").unwrap().is_empty());
    assert_eq!(ended.json()["resumable"], false);
    assert!(ended.stderr.contains("cancelled") && !ended.stderr.contains("run the same command again"), "{ended:?}");
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_with_a_checkpoint_keeps_the_parts_and_says_how_to_go_on() {
    let emulator = with_a_part_that_never_ends().await;
    let scratch = Scratch::new();
    let content = bytes(2, 10 * PART);
    let file = scratch.file("film", &content);
    let checkpoints = scratch.text("checkpoints");
    let arguments = cp(&file, &emulator, &["--checkpoint-dir", &checkpoints]);
    let (ended, took) = interrupted(&emulator, &arguments).await;

    assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
    assert!(took < AFTER_INTERRUPT, "{took:?}");
    let kept = emulator.uploads("demo").unwrap();
    assert_eq!(kept.iter().map(|upload| upload.parts.len()).collect::<Vec<_>>(), [9]);
    assert_eq!(ended.json()["resumable"], true);
    assert_eq!(ended.json()["upload_id"], Value::from(kept[0].upload_id.as_str()));
    assert!(ended.stderr.contains("run the same command again"), "{ended:?}");

    let line = run(&Login::of(&emulator), &arguments).await.succeeded().json();
    assert_eq!((&line["parts_sent"], &line["parts_reused"]), (&1.into(), &9.into()));
    assert_eq!(line["upload_id"], Value::from(kept[0].upload_id.as_str()));
    assert_eq!(count(&emulator, "InitiateMultipartUpload"), 1);
    assert!(emulator.content("demo", "film").unwrap().is_some_and(|stored| stored == content));
}

/// Rows: R36.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_at_once_while_cleaning_up() {
    let stuck = Fault::on("AbortMultipartUpload").always().delay(Duration::from_secs(600));
    let fifth = Fault::on("UploadPart").part(5).delay(Duration::from_secs(600));
    let emulator = emulator().fault(fifth).fault(stuck).start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(3, 10 * PART));
    let arguments = cp(&file, &emulator, &["--no-checkpoint"]);
    let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    until("nine parts", || emulator.uploads("demo").unwrap().iter().any(|upload| upload.parts.len() == 9)).await;
    interrupt(&child);
    until("the abort", || count(&emulator, "AbortMultipartUpload") > 0).await;
    interrupt(&child);
    assert_eq!(end(child).await.code, Some(130));
}
