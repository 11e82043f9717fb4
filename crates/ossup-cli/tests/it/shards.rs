//! `--shard`: every command divides by the same rule, CRC64 of the path below its folder, and takes its own part alone.

use std::collections::BTreeSet;

use oss_emulator::Emulator;
use ossup::Crc64;

use crate::support::{Ended, Login, Scratch, client, emulator, keys, put, run, tree};

const COUNT: u64 = 3;

/// Paths of several depths.
fn paths() -> Vec<String> {
    (0..30).map(|number| ["", "d/", "d/e/"][number % 3].to_owned() + &format!("{number:02}")).collect()
}

/// Those of one shard.
fn part(index: u64) -> BTreeSet<String> {
    paths().into_iter().filter(|path| Crc64::of(path.as_bytes()).to_u64() % COUNT == index).collect()
}

/// A bucket with all of them below `x/`, and one object beside.
async fn bucket() -> Emulator {
    let emulator = emulator().start().await.unwrap();
    let keys: Vec<_> = paths().iter().map(|path| format!("x/{path}")).collect();
    put(&client(&emulator), &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    put(&client(&emulator), &["x2/00"]).await;
    emulator
}

/// A folder with all of them, with the same content.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path("d/e")).unwrap();
    for path in paths() {
        scratch.file(&path, format!("x/{path}").as_bytes());
    }
    scratch
}

/// Runs a command for one shard.
async fn shard(emulator: &Emulator, index: u64, arguments: &[&str]) -> Ended {
    let shard = format!("{index}/{COUNT}");
    let more = ["--endpoint", emulator.endpoint(), "--json", "--shard", &shard];
    run(&Login::of(emulator), &[arguments, &more].concat()).await.succeeded()
}

/// What the lines of a run are about, below the folder `x/`.
fn told(ended: &Ended, field: &str) -> BTreeSet<String> {
    let lines = ended.lines();
    let items = lines.iter().filter(|line| line["op"] != "summary" && line["op"] != "event");
    items
        .map(|line| line[field].as_str().unwrap())
        .map(|key| key.strip_prefix("x/").unwrap_or(key).to_owned())
        .collect()
}

/// What is below a folder on disk, folders left out.
fn below(scratch: &Scratch, name: &str) -> BTreeSet<String> {
    tree(&scratch.path(name)).into_keys().filter(|path| !path.ends_with('/')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cp_takes_its_own_part_up_and_down() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), folder());
    let source = scratch.text(".");
    let mut stored = BTreeSet::new();
    for index in 0..COUNT {
        let ended = shard(&emulator, index, &["cp", "-r", &source, "oss://demo/x/"]).await;
        assert_eq!(told(&ended, "key"), part(index));
        stored.extend(part(index));
        assert_eq!(keys(&emulator), stored.iter().map(|path| format!("x/{path}")).collect::<Vec<_>>());
    }
    let target = Scratch::new();
    for index in 0..COUNT {
        let name = index.to_string();
        shard(&emulator, index, &["cp", "-r", "oss://demo/x/", &target.text(&name)]).await;
        assert_eq!(below(&target, &name), part(index));
        shard(&emulator, index, &["cp", "-r", "oss://demo/x/", "oss://demo/y/"]).await;
    }
    assert_eq!(keys(&emulator).iter().filter(|key| key.starts_with("y/")).count(), paths().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn check_compares_its_own_part_on_both_sides() {
    let (emulator, scratch) = (bucket().await, folder());
    let source = scratch.text(".");
    for index in 0..COUNT {
        let ended = shard(&emulator, index, &["check", &source, "oss://demo/x/"]).await;
        assert_eq!(told(&ended, "path"), part(index));
    }
    // What is missing on either side is so in one shard alone.
    let (here, there) = (part(0).pop_first().unwrap(), part(1).pop_first().unwrap());
    std::fs::remove_file(scratch.path(&here)).unwrap();
    client(&emulator).delete_object(ossup::DeleteObjectRequest::new("demo", format!("x/{there}"))).await.unwrap();
    for (index, code) in [(0, 4), (1, 4), (2, 0)] {
        let shard = format!("{index}/{COUNT}");
        let arguments = ["check", "--endpoint", emulator.endpoint(), &source, "oss://demo/x/", "--shard", &shard];
        assert_eq!(run(&Login::of(&emulator), &arguments).await.code, Some(code), "{index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rm_deletes_its_own_part_and_no_other() {
    let emulator = bucket().await;
    let mut left: BTreeSet<_> = paths().into_iter().collect();
    for index in 0..COUNT {
        let ended = shard(&emulator, index, &["rm", "-r", "-f", "oss://demo/x/"]).await;
        assert_eq!(told(&ended, "key"), part(index));
        left.retain(|path| !part(index).contains(path));
        let mut expected: Vec<_> = left.iter().map(|path| format!("x/{path}")).collect();
        expected.push("x2/00".to_owned());
        assert_eq!(keys(&emulator), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ls_lists_its_own_part() {
    let emulator = bucket().await;
    for index in 0..COUNT {
        for sort in ["key", "none"] {
            let ended = shard(&emulator, index, &["ls", "-r", "oss://demo/x/", "--sort", sort]).await;
            assert_eq!(told(&ended, "key"), part(index), "{sort}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_no_shard_is_refused_by_each_command() {
    let (emulator, scratch) = (bucket().await, folder());
    let source = scratch.text(".");
    emulator.clear_history();
    for arguments in [
        &["cp", "-r", &*source, "oss://demo/x/"][..],
        &["check", &source, "oss://demo/x/"],
        &["rm", "-r", "-f", "oss://demo/x/"],
        &["ls", "-r", "oss://demo/x/"],
    ] {
        for shard in ["3/3", "auto", "-1/3", "1/0"] {
            let more = ["--endpoint", emulator.endpoint(), "--shard", shard];
            let ended = run(&Login::of(&emulator), &[arguments, &more].concat()).await;
            assert_eq!(ended.code, Some(64), "{arguments:?} {shard}: {ended:?}");
        }
    }
    assert_eq!(emulator.history().len(), 0);
}
