//! The most memory the process ever held, by the kernel's account.

use std::time::Duration;

use oss_emulator::{Emulator, EtagMode, SyntheticObjects};
use ossup::PutObjectRequest;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;

use crate::support::{Ended, Login, Scratch, client, emulator, end, ossup};

const MIB: usize = 1 << 20;
const LEN: usize = 256 * MIB;
/// What a file of any size may take beside what a client that does nothing has.
const FILE_LIMIT: usize = 16 * MIB;
/// What the allocator keeps of freed blocks; less than half a part.
const SLACK: usize = 3 * MIB;

/// Follows a process to its end. `VmHWM` only ever grows, so the last look is the peak but for the last moments.
async fn peak(child: Child) -> (Ended, usize) {
    peak_of(child, end).await
}

/// The same, with another way to wait for the end.
async fn peak_of<F: Future<Output = Ended>>(child: Child, end: impl FnOnce(Child) -> F) -> (Ended, usize) {
    let status = format!("/proc/{}/status", child.id().unwrap());
    let mut peak = 0;
    let mut look = || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = kib.map_or(peak, |kib: usize| peak.max(kib * 1024));
    };
    let mut ending = Box::pin(end(child));
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    let ended = loop {
        tokio::select! {
            ended = &mut ending => break ended,
            _ = ticks.tick() => look(),
        }
    };
    (ended, peak)
}

/// A server that hashes as little as it can and keeps nothing.
async fn sink() -> Emulator {
    emulator().etag(EtagMode::Crc).discard_bodies(true).start().await.unwrap()
}

/// A file without a block on disk.
fn sparse(scratch: &Scratch) -> String {
    std::fs::File::create(scratch.path("film")).unwrap().set_len(LEN as u64).unwrap();
    scratch.text("film")
}

/// Rows: R77.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_size_takes_a_fixed_amount_of_memory() {
    let scratch = Scratch::new();
    let small = scratch.file("small", b"1");
    let emulator = sink().await;
    let arguments = ["cp", &small, "oss://demo/small", "--endpoint", emulator.endpoint(), "--json"];
    let (ended, idle) = peak(ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap()).await;
    assert_eq!(ended.succeeded().json()["size"], 1);
    println!("idle: {} KiB", idle / 1024);

    let file = sparse(&scratch);
    for (part_size, parallel, checkpoint) in [("6MiB", "3", true), ("32MiB", "16", false)] {
        let emulator = sink().await;
        let checkpoints = scratch.text("checkpoints");
        let mut arguments = vec!["cp", &file, "oss://demo/film", "--endpoint", emulator.endpoint(), "--json"];
        arguments.extend(["--part-size", part_size, "--parallel-num", parallel]);
        if checkpoint {
            arguments.extend(["--checkpoint-dir", &checkpoints]);
        } else {
            arguments.push("--no-checkpoint");
        }
        let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
        let (ended, peak) = peak(child).await;
        println!("{parallel} x {part_size}: {} KiB", peak / 1024);
        assert_eq!(ended.succeeded().json()["size"], LEN);
        assert!((MIB..idle + FILE_LIMIT).contains(&peak), "{parallel} x {part_size}: {peak} of {idle}");
    }
}

/// Uploads so many bytes through a pipe in parts of this size, two at a time; the peak.
async fn pipe(emulator: &Emulator, len: usize, part_size: usize) -> usize {
    let arguments = ["cp", "-", "oss://demo/pipe", "--endpoint", emulator.endpoint(), "--json"];
    let part_size = part_size.to_string();
    let tuning = ["--part-size", &part_size, "--parallel-num", "2"];
    let mut command = ossup(Some(&Login::of(emulator)), &[&arguments[..], &tuning].concat());
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = tokio::spawn(async move {
        let block = vec![7; MIB];
        for begin in (0..len).step_by(MIB) {
            stdin.write_all(&block[..MIB.min(len - begin)]).await.unwrap();
        }
    });
    let (ended, peak) = peak(child).await;
    feeding.await.unwrap();
    assert_eq!(ended.succeeded().json()["size"], len);
    println!("a pipe in parts of {part_size}: {} KiB", peak / 1024);
    peak
}

/// Rows: R77, W1.
#[tokio::test(flavor = "multi_thread")]
async fn a_fast_pipe_into_a_slow_server_is_held_back() {
    // Far slower than the pipe: both connections together take 32 MiB a second.
    let slow = emulator().etag(EtagMode::Crc).discard_bodies(true).bandwidth_per_connection(16 * MIB as u64);
    let emulator = slow.start().await.unwrap();
    // Program, runtime, connections and the buffer of standard input; the pages of the program itself count too.
    let base = pipe(&emulator, 8 * MIB, 100 * 1024).await;
    let peak = pipe(&emulator, 96 * MIB, 8 * MIB).await;
    let parts = (2 + 1) * 8 * MIB;
    assert!((base..base + parts + SLACK).contains(&peak), "{peak} of {base} + {parts} + {SLACK}");
}

/// The most that a bucket of 100,000 objects may take beside one of 1,000: both lists come in pages.
const LIST_LIMIT: usize = 8 * MIB;

/// Waits longer than other tests: the server takes a while to delete so much.
async fn long_end(child: Child) -> Ended {
    let patience = Duration::from_secs(600);
    tokio::time::timeout(patience, child.wait_with_output()).await.expect("the command hangs").unwrap().into()
}

/// A server with this many small objects, whose history is short.
async fn with_objects(count: usize) -> Emulator {
    let emulator = emulator().etag(EtagMode::Crc).history_limit(10).start().await.unwrap();
    let client = client(&emulator);
    let mut puts = tokio::task::JoinSet::new();
    for worker in 0..16 {
        let client = client.clone();
        puts.spawn(async move {
            for number in (worker..count).step_by(16) {
                let key = format!("folder-{:03}/{number:08}", number % 1000);
                client.put_object(PutObjectRequest::new("demo", key).body("x")).await.unwrap();
            }
        });
    }
    while let Some(done) = puts.join_next().await {
        done.unwrap();
    }
    emulator
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "stores 100,000 objects first, which takes minutes"]
async fn lists_sums_and_deletions_take_memory_for_a_page() {
    let mut peaks = Vec::new();
    let many = std::env::var("OSSUP_TEST_OBJECTS").map_or(100_000, |count| count.parse().unwrap());
    for count in [1_000, many] {
        let emulator = with_objects(count).await;
        for arguments in [
            &["ls", "-r", "oss://demo", "-s"][..],
            &["ls", "-r", "oss://demo", "--json"],
            &["du", "oss://demo", "--depth", "1", "--json"],
            &["rm", "-r", "-f", "oss://demo", "--max-delete", "1000000", "--json"],
        ] {
            let arguments = [arguments, &["--endpoint", emulator.endpoint()]].concat();
            let mut command = ossup(Some(&Login::of(&emulator)), &arguments);
            let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
            let (ended, peak) = peak_of(child, long_end).await;
            ended.succeeded();
            println!("{count} objects, {}: {} KiB", arguments[0], peak / 1024);
            peaks.push(peak);
        }
        assert!(emulator.objects("demo").unwrap().is_empty());
    }
    let (few, many) = peaks.split_at(peaks.len() / 2);
    for (few, many) in few.iter().zip(many) {
        assert!((MIB..few + LIST_LIMIT).contains(many), "{many} of {few}");
    }
}

/// The bucket lists what it does not store, so that what is deleted costs the server nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_takes_memory_for_a_page_however_much_there_is() {
    let (few, many) = (SyntheticObjects::new(1_000), SyntheticObjects::new(20_000).folders(20));
    let emulator = emulator().synthetic_bucket("few", few).synthetic_bucket("many", many).history_limit(10);
    let emulator = emulator.start().await.unwrap();
    let mut peaks = Vec::new();
    for (bucket, count) in [("oss://few", 1_000), ("oss://many", 20_000)] {
        let arguments = ["rm", "-r", "-f", bucket, "--json", "--endpoint", emulator.endpoint()];
        let (ended, peak) = peak_of(ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap(), long_end).await;
        let summary = ended.stdout.lines().last().unwrap().to_owned();
        assert!(summary.contains(&format!(r#""deleted":{count},"#)), "{summary}");
        peaks.push(peak);
    }
    assert!((MIB..peaks[0] + LIST_LIMIT).contains(&peaks[1]), "{peaks:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "lists a million objects several times"]
async fn a_million_objects_are_listed_in_the_memory_of_a_few_pages() {
    let few = SyntheticObjects::new(1_000).folders(1_000);
    let many = SyntheticObjects::new(1_000_000).folders(1_000);
    let emulator = emulator().synthetic_bucket("few", few).synthetic_bucket("many", many).history_limit(10);
    let emulator = emulator.start().await.unwrap();
    for arguments in [
        &["ls", "-r", "-s"][..],
        &["ls", "-r", "--json"],
        &["ls", "-r", "-s", "--sort", "none"],
        &["du"],
        &["du", "--depth", "1"],
    ] {
        let mut peaks = Vec::new();
        for bucket in ["oss://few", "oss://many"] {
            let arguments = [arguments, &[bucket, "--endpoint", emulator.endpoint()]].concat();
            let mut command = ossup(Some(&Login::of(&emulator)), &arguments);
            let began = std::time::Instant::now();
            let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
            let (ended, peak) = peak_of(child, long_end).await;
            ended.succeeded();
            println!("{}: {} KiB, {:.1} s", arguments.join(" "), peak / 1024, began.elapsed().as_secs_f64());
            peaks.push(peak);
        }
        assert!((MIB..peaks[0] + LIST_LIMIT).contains(&peaks[1]), "{arguments:?}: {peaks:?}");
    }
}

/// What a sync may take, however many objects there are: `cargo xtask bench --only sync` has ten million.
const SYNC_LIMIT: usize = 64 * MIB;
/// What the walk of a folder and the merge may take, the program included.
const WALK_LIMIT: usize = 32 * MIB;

/// However long it takes.
async fn to_the_end(child: Child) -> Ended {
    child.wait_with_output().await.unwrap().into()
}

/// Two equal buckets of so many objects: the list requests, and the most memory.
async fn sync_equal_buckets(count: u64, flags: &[&str]) -> (usize, usize) {
    let objects = SyntheticObjects::new(count).folders(100);
    // The history of millions of requests is not what is measured.
    let emulator = emulator().synthetic_bucket("one", objects).synthetic_bucket("two", objects).start().await.unwrap();
    let arguments = ["sync", "--endpoint", emulator.endpoint(), "oss://one", "oss://two", "--delete", "-f", "--json"];
    let child = ossup(Some(&Login::of(&emulator)), &[&arguments[..], flags].concat()).spawn().unwrap();
    let (ended, peak) = peak_of(child, to_the_end).await;
    let summary = ended.succeeded().summary();
    assert_eq!((summary["skipped"].as_u64(), summary["deleted"].as_u64()), (Some(count), Some(0)));
    (usize::try_from(summary["requests"]["list"].as_u64().unwrap()).unwrap(), peak)
}

/// Two lists of so many thousands of objects; by several requests at once, pages that come early go to disk.
async fn sync_equal_buckets_of(thousands: u64, thousands_at_once: u64) {
    let (lists, peak) = sync_equal_buckets(thousands * 1_000, &[]).await;
    assert_eq!(lists as u64, 2 * thousands);
    assert!(peak < SYNC_LIMIT, "{peak} bytes");
    let (_, peak) = sync_equal_buckets(thousands_at_once * 1_000, &["--list-jobs", "8"]).await;
    assert!(peak < SYNC_LIMIT, "{peak} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_buckets_cost_their_lists_and_little_memory() {
    sync_equal_buckets_of(5, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute of processor time: `cargo xtask audit big` runs it"]
async fn equal_buckets_take_a_page_of_each_in_memory() {
    sync_equal_buckets_of(40, 100).await;
}

/// A folder with so many files, walked beside a bucket with the same names.
async fn walk_a_wide_folder(files: u64) -> usize {
    let scratch = Scratch::new();
    for number in 0..files {
        std::fs::File::create(scratch.path(&format!("{number:010}"))).unwrap();
    }
    let emulator = emulator().synthetic_bucket("one", SyntheticObjects::new(files)).start().await.unwrap();
    let folder = scratch.text(".");
    let arguments = ["check", "--endpoint", emulator.endpoint(), &folder, "oss://one", "--missing-only"];
    let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    let (ended, peak) = peak_of(child, to_the_end).await;
    assert_eq!(ended.succeeded().stdout.trim(), "0 differences, 0 not compared");
    peak
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes 120,000 files: `cargo xtask audit big` runs it"]
async fn a_wide_folder_is_walked_in_fixed_memory() {
    let peak = walk_a_wide_folder(120_000).await;
    assert!(peak <= WALK_LIMIT, "{peak} bytes");
}
