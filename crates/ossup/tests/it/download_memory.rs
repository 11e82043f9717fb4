//! How much memory a download to a file takes, each measured in a process of its own.

use std::process::Command;

use oss_emulator::{Emulator, EtagMode};
use ossup::{Client, Config, Credentials, GetObjectRequest, PutObjectRequest, Verified};

use crate::support::{bytes, emulator, start};

const MIB: usize = 1 << 20;
const LEN: usize = 96 * MIB;
/// What a download takes beside a client that has connected: 24 MiB, less the 8 MiB that a program with nothing to do has.
const LIMIT_KIB: u64 = 16 << 10;
/// What the tasks of 256 ranges take besides in a program that is not optimised: 2 to 3 MiB, and 9 were seen once on a machine with
/// eight times as much to do as it can.
const TASKS_KIB: u64 = 10 << 10;

/// Rows: R77.
#[tokio::test(flavor = "multi_thread")]
async fn a_download_takes_a_fixed_amount_of_memory_at_any_setting() {
    let (emulator, client) = start(emulator().etag(EtagMode::Crc)).await;
    let block = bytes(MIB);
    client.put_object(PutObjectRequest::new("demo", "small").body("x")).await.unwrap();
    let film = block.repeat(LEN / MIB);
    client.put_object(PutObjectRequest::new("demo", "film").body(film)).await.unwrap();
    for (part_size, parallel) in [(6 * MIB, 3), (16 * MIB, 8), (4 * MIB, 16), (MIB, 64), (MIB / 4, 256)] {
        let grown = tokio::task::block_in_place(|| grown(&emulator, part_size, parallel));
        println!("{parallel} x {} KiB: {grown} KiB", part_size / 1024);
        let limit = LIMIT_KIB + if parallel > 64 { TASKS_KIB } else { 0 };
        assert!(grown < limit, "{parallel} x {part_size}: {grown} KiB");
    }
}

/// By how many KiB the memory of a process grew that downloads `demo/film`.
fn grown(emulator: &Emulator, part_size: usize, parallel: usize) -> u64 {
    let (id, secret) = emulator.credentials();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "download_memory::one_download"]);
    let numbers = [part_size, parallel].map(|number| number.to_string());
    let environment =
        [("ENDPOINT", emulator.endpoint()), ("REGION", emulator.region()), ("ID", id), ("SECRET", secret)]
            .into_iter()
            .chain([("PART_SIZE", &*numbers[0]), ("PARALLEL", &*numbers[1])]);
    let output = command.envs(environment.map(|(name, value)| (format!("PEAK_{name}"), value))).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let grown = said.lines().find_map(|line| line.split_once("grown by ")?.1.strip_suffix(" KiB"));
    grown.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr))).parse().unwrap()
}

/// The most that this process ever held, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
#[ignore = "run in a process of its own by the test above"]
async fn one_download() {
    let value = |name: &str| std::env::var(format!("PEAK_{name}")).unwrap();
    let config = Config::default().endpoint(value("ENDPOINT")).region(value("REGION"));
    let client = Client::new(config.credentials(Credentials::new(value("ID"), value("SECRET")))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let download =
        |key: &str| client.downloader().download_file(GetObjectRequest::new("demo", key), folder.path().join(key));
    download("small").await.unwrap();
    let before = peak();
    let film = download("film").part_size(value("PART_SIZE").parse::<u64>().unwrap());
    let result = film.parallel_num(value("PARALLEL").parse::<usize>().unwrap()).await.unwrap();
    assert_eq!((result.verified, result.size), (Verified::Crc64, LEN as u64));
    println!("grown by {} KiB", peak() - before);
}
