//! What only ours is asked for: even cost whatever the size and number of uploads, memory on a slow network, resuming.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use oss_models::Crc64;

use crate::Bench;
use crate::case::{Case, Input, MIB, Targets, Work};
use crate::client::Client;
use crate::placement::Placement;
use crate::process::Cost;
use crate::statistics::Spread;
use crate::verdict::Verdict;
use xtask::step;

const PART: u64 = 6 * MIB;
/// Runs of each short measurement; the median counts.
const RUNS: usize = 3;

/// The name of all of them together.
pub(crate) const ALONE: &str = "alone";

/// One measurement of ours.
pub(crate) struct Alone {
    pub(crate) name: &'static str,
    /// Takes ours and the limit.
    pub(crate) measure: fn(&Bench, &Client, &Client) -> Result<Vec<Verdict>>,
}

/// All of them.
pub(crate) const ALL: &[Alone] = &[
    Alone { name: "slow-network", measure: slow_network },
    Alone { name: "many-uploads", measure: many_uploads },
    Alone { name: "many-files", measure: many_files },
    Alone { name: "two-threads", measure: two_threads },
    Alone { name: "huge-file", measure: huge_file },
    Alone { name: "resume", measure: resume },
    Alone { name: "plan", measure: plan },
];

fn case(work: Work) -> Case {
    Case {
        name: "alone",
        title: String::new(),
        work,
        part_size: PART,
        parallel: 3,
        tls: false,
        targets: Targets::default(),
    }
}

/// A pipe is full of data while the network takes 10 MiB a second on each connection.
fn slow_network(bench: &Bench, ours: &Client, _: &Client) -> Result<Vec<Verdict>> {
    let case = case(Work::Pipe { bytes: 128 * MIB });
    let input = case.make_input(&bench.programs, &bench.temporary)?;
    let cost = bench.once(ours, &case, &input, &[format!("bandwidth={}", 10 * MIB)])?;
    Ok(vec![Verdict::at_most("standard input on a slow network, peak memory in MiB", cost.peak_mib(), 32.0)])
}

/// 32 files of 64 MiB, one after the other and all at once.
fn many_uploads(bench: &Bench, ours: &Client, _: &Client) -> Result<Vec<Verdict>> {
    const FILES: u64 = 32;
    const SIZE: u64 = 64 * MIB;
    let path = bench.temporary.join("large");
    let mut make = bench.programs.limit();
    step::output(make.arg("make-folder").arg(&path).args([FILES.to_string(), SIZE.to_string()]))?;
    let crc = step::output(bench.programs.limit().arg("crc").arg(&path))?.trim().parse()?;
    let input = Input { path, objects: FILES, bytes: FILES * SIZE, crc, target: None };
    let case = case(Work::Folder { files: FILES });
    let run = |uploads: u64| -> Result<f64> {
        let settings = ours.server_settings(&case);
        let mut server = bench.server(&settings)?;
        let mut command = ours.command(&bench.programs, &case, &input, &server.access)?;
        command.env("OSS_UPLOADS", uploads.to_string());
        Ok(case.cpu(&bench.measure(&mut server, &command, &case, &input)?))
    };
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        one.push(run(1)?);
        all.push(run(FILES)?);
    }
    std::fs::remove_dir_all(&input.path)?;
    Ok(vec![Verdict::at_most("CPU of 32 uploads at once against one after the other", median(all) / median(one), 1.05)])
}

/// 200,000 small files against 5,000, by themselves and against the limit: what the system has of 200,000 files is in no
/// cache of the processor.
fn many_files(bench: &Bench, ours: &Client, limit: &Client) -> Result<Vec<Verdict>> {
    const FEW: u64 = 5_000;
    const MANY: u64 = 200_000;
    let run = |files: u64| -> Result<Files> {
        let case = Case { parallel: 16, ..case(Work::Folder { files }) };
        let folder = bench.temporary.join(format!("files-{files}"));
        let input = case.make_input(&bench.programs, &folder)?;
        let (mut cpu, mut bare, mut peak) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let cost = bench.once(ours, &case, &input, &[])?;
            cpu.push(case.cpu(&cost));
            peak.push(cost.peak_mib());
            bare.push(case.cpu(&bench.once(limit, &case, &input, &[])?));
        }
        std::fs::remove_dir_all(folder)?;
        let files = Files { cpu: median(cpu), limit: median(bare), peak: median(peak) };
        println!("{} files: {:.4} {}, the limit {:.4}", input.objects, files.cpu, case.unit(), files.limit);
        Ok(files)
    };
    let (few, many) = (run(FEW)?, run(MANY)?);
    let (cpu, bare) = (many.cpu / few.cpu, many.limit / few.limit);
    Ok(vec![
        Verdict::at_most("CPU a file of 200,000 small files against 5,000", cpu, 1.05),
        Verdict::at_most("the same, both as multiples of the limit", cpu / bare, 1.05),
        Verdict::at_most("peak memory of 200,000 small files above 5,000's in MiB", many.peak - few.peak, 2.0),
    ])
}

/// Small files, by the medians of some runs.
struct Files {
    cpu: f64,
    limit: f64,
    peak: f64,
}

/// A file on two runtime threads against one, wherever the system puts them.
fn two_threads(bench: &Bench, ours: &Client, _: &Client) -> Result<Vec<Verdict>> {
    let bench = bench.at(Placement::Free)?;
    let case = case(Work::File { bytes: 2048 * MIB });
    let input = case.make_input(&bench.programs, &bench.temporary)?;
    let run = |threads: u64| -> Result<f64> {
        let mut server = bench.server(&ours.server_settings(&case))?;
        let mut command = ours.command(&bench.programs, &case, &input, &server.access)?;
        command.env("OSS_THREADS", threads.to_string());
        Ok(case.cpu(&bench.measure(&mut server, &command, &case, &input)?))
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        one.push(run(1)?);
        two.push(run(2)?);
    }
    Ok(vec![Verdict::at_most("CPU per GiB of two threads against one", median(two) / median(one), 1.1)])
}

/// 64 GiB against 1 GiB, each against the limit: a hole that was never read before costs the system more for each byte
/// the less memory is free, and 64 GiB fill it.
fn huge_file(bench: &Bench, ours: &Client, limit: &Client) -> Result<Vec<Verdict>> {
    let run = |client: &Client, gib: u64| -> Result<f64> {
        let case = case(Work::File { bytes: gib * 1024 * MIB });
        let input = sparse(bench, gib)?;
        let cost = bench.once(client, &case, &input, &[])?;
        std::fs::remove_file(&input.path)?;
        Ok(case.cpu(&cost))
    };
    let ratio = |gib: u64| -> Result<f64> {
        let (ours, limit) = (run(ours, gib)?, run(limit, gib)?);
        println!("{gib} GiB: {ours:.3} CPU s/GiB, the limit {limit:.3}");
        Ok(ours / limit)
    };
    let (mut small, mut huge) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        for _ in 0..RUNS {
            small.push(ratio(1)?);
        }
        huge.push(ratio(64)?);
    }
    println!("as multiples of the limit: 1 GiB {small:.2?}, 64 GiB {huge:.2?}");
    Ok(vec![Verdict::at_most(
        "CPU per GiB of 64 GiB against 1 GiB, both as multiples of the limit",
        median(huge) / median(small),
        1.05,
    )])
}

/// A file of 10 GiB of which all but three parts are stored, against reading it and computing its CRC64.
fn resume(bench: &Bench, ours: &Client, _: &Client) -> Result<Vec<Verdict>> {
    const GIB: u64 = 10;
    let case = case(Work::File { bytes: GIB * 1024 * MIB });
    let input = sparse(bench, GIB)?;
    let parts = input.bytes.div_ceil(PART);
    let read = || -> Result<f64> {
        let start = Instant::now();
        step::output(bench.programs.limit().arg("crc").arg(&input.path))?;
        Ok(start.elapsed().as_secs_f64())
    };
    // The first reading brings the file into memory.
    read()?;
    let (mut reading, mut resuming) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        reading.push(read()?);
        resuming.push(resume_once(bench, ours, &case, &input, parts - 3)?.wall);
    }
    std::fs::remove_file(&input.path)?;
    Ok(vec![Verdict::at_least(
        "speed of resuming 10 GiB with 3 parts missing, against reading and CRC64",
        median(reading) / median(resuming),
        0.8,
    )])
}

fn resume_once(bench: &Bench, ours: &Client, case: &Case, input: &Input, parts: u64) -> Result<Cost> {
    let mut settings = ours.server_settings(case);
    settings.push(format!("parts={parts}"));
    let mut server = bench.server(&settings)?;
    let checkpoints = bench.temporary.join("checkpoints");
    let mut command = ours.command(&bench.programs, case, input, &server.access)?;
    command.env("OSS_CHECKPOINTS", &checkpoints).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ensure!(!command.status()?.success(), "the upload should have been interrupted");
    let stored = server.accept()?;
    ensure!(stored.unfinished == 1, "the interrupted upload was not kept: {stored:?}");
    let cost = bench.measure(&mut server, &command, case, input)?;
    std::fs::remove_dir_all(checkpoints)?;
    Ok(cost)
}

/// The plan of 10,000 parts followed to its end, and their CRC64s folded into that of the object. Both are inside a
/// crate, so a test of it is the stopwatch.
fn plan(_: &Bench, _: &Client, _: &Client) -> Result<Vec<Verdict>> {
    const TEST: &str = "speed::most_parts_planned_and_folded";
    let mut test = step::cargo();
    test.args(["test", "--release", "--quiet", "--package", "oss-uploader", "--lib", "--"]);
    let printed = step::output(test.args(["--nocapture", "--ignored", "--exact", TEST]))?;
    let micros = printed.split_once("planned and folded in ").and_then(|(_, rest)| rest.split_once(" us"));
    let (micros, _) = micros.context("the test did not say how long it took")?;
    Ok(vec![Verdict::at_most(
        "planning 10,000 parts and folding their CRC64s, in ms",
        micros.parse::<f64>()? / 1000.0,
        50.0,
    )])
}

/// A file that is one hole.
fn sparse(bench: &Bench, gib: u64) -> Result<Input> {
    let path: PathBuf = bench.temporary.join(format!("sparse-{gib}"));
    let bytes = gib * 1024 * MIB;
    step::output(bench.programs.limit().arg("make").arg(&path).args([&bytes.to_string(), "sparse"]))?;
    Ok(Input { path, objects: 1, bytes, crc: zeros(gib)?, target: None })
}

/// CRC64 of so many GiB of zeros.
fn zeros(gib: u64) -> Result<u64> {
    let mebibyte = Crc64::of(&vec![0; usize::try_from(MIB)?]);
    let gibibyte = (0..10).fold(mebibyte, |half, doubled| half.combine(half, MIB << doubled));
    Ok((0..gib).fold(Crc64::EMPTY, |whole, _| whole.combine(gibibyte, MIB << 10)).to_u64())
}

fn median(values: Vec<f64>) -> f64 {
    Spread::of(values.into_iter()).map_or(f64::NAN, |spread| spread.median)
}
