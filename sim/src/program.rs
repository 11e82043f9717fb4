//! The program `sim`: which runs there are, and how they are told.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::cut;
use crate::run::{Ran, run_seed};
use crate::sweep::Sweep;

/// Runs uploads, copies, downloads and syncs against a simulated OSS and checks what they promise.
#[derive(Parser)]
struct Arguments {
    /// How many runs, by the seeds from `--from` on. Default: 20,000, with `--nightly` 100,000.
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many faults a run has, all of which strike. Default: as the seed says, at least one.
    #[arg(long)]
    faults: Option<usize>,
    /// The size for a night: 100,000 seeds, 25,000 runs with two faults and 10,000 with three, all of which strike, and
    /// connections that are cut at each byte of the requests and responses that decide what is stored: PutObject, CopyObject,
    /// CompleteMultipartUpload and DeleteMultipleObjects, once or always, while the caller waits, cancels or drops and the source
    /// changes or not. Without it a whole sweep cuts them at the ends of heads and bodies.
    #[arg(long)]
    nightly: bool,
    /// Replays one seed and prints what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Replays one cut and prints what happens.
    #[arg(long)]
    cut: Option<usize>,
    /// Writes what the sweep came to into this file, if it is a whole one: the seeds of the default, to their end.
    #[arg(long)]
    figures: Option<PathBuf>,
    /// Ends at the first run that breaks a promise.
    #[arg(long)]
    until_broken: bool,
    /// Threads; each run has one.
    #[arg(long, default_value_t = std::thread::available_parallelism().map_or(1, std::num::NonZero::get))]
    threads: usize,
}

/// Runs of a whole sweep, and of one of the nightly size.
const WHOLE: u64 = 20_000;
const NIGHTLY: u64 = 100_000;
/// Runs of two and of three faults of the nightly size.
const PAIRS: u64 = 25_000;
const TRIPLES: u64 = 10_000;

/// Does what the command line asks for.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (arguments.seed, arguments.cut) {
        (Some(seed), _) => run_seed(seed, arguments.faults).map(|ran| replay(&ran)),
        (None, Some(number)) => run_cut(number).map(|ran| replay(&ran)),
        (None, None) => sweep(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_cut(number: usize) -> io::Result<Ran> {
    let cuts = cut::all(true)?;
    cuts.get(number).ok_or_else(|| io::Error::other(format!("there are {} cuts", cuts.len())))?.run()
}

fn replay(ran: &Ran) -> bool {
    println!("{:#?}", ran.scenario);
    println!("{}", ran.history);
    println!("{:#?}", ran.seen);
    for promise in &ran.broken {
        println!("BROKEN: {promise}");
    }
    ran.broken.is_empty()
}

fn sweep(arguments: &Arguments) -> io::Result<bool> {
    let mut sweep = Sweep::new(arguments.threads, arguments.until_broken);
    let whole = if arguments.nightly { NIGHTLY } else { WHOLE };
    let seeds = arguments.seeds.unwrap_or(whole);
    let is_whole = seeds == whole && arguments.from == 0 && arguments.faults.is_none() && !arguments.until_broken;
    sweep.kept_seeds();
    if is_whole || arguments.nightly {
        sweep.run_cuts(arguments.nightly)?;
    }
    sweep.run(arguments.from..arguments.from.saturating_add(seeds), arguments.faults);
    if arguments.nightly {
        sweep.run(0..PAIRS, Some(2));
        sweep.run(0..TRIPLES, Some(3));
    }
    if let Some(file) = arguments.figures.as_ref().filter(|_| is_whole) {
        std::fs::write(file, sweep.figures())?;
    }
    Ok(sweep.report())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::run::{Draw, in_simulated_time};
    use crate::sabotage::Sabotage;
    use crate::scenario::Scenario;
    use crate::work::{Cell, Work};

    #[test]
    fn the_same_seed_is_the_same_run() {
        for seed in (0..400).step_by(9) {
            let trace = || run_seed(seed, None).unwrap().history.to_string();
            assert_eq!(trace(), trace(), "seed {seed}");
        }
    }

    /// Each is a bug between the engine and the stack.
    #[test]
    fn every_deliberate_bug_is_found() {
        for (sabotage, found) in Sabotage::ALL.into_iter().zip([
            "says that nothing is stored",
            "there is no object",
            "says that nothing is stored",
            "nothing names it",
            "bytes of bodies",
            "bytes of memory",
        ]) {
            let finds = |(seed, cell): (u64, &Cell)| {
                let scenario = Scenario::of(Draw { cell: *cell, seed, number: 0, faults: None, aim: None });
                let lived = in_simulated_time(seed, crate::upload::run(&scenario, Some(sabotage))).unwrap();
                check::check(&crate::upload::Observation { held: lived.held, ..lived.seen })
                    .iter()
                    .any(|promise| promise.contains(found))
            };
            let uploads = Cell::all().iter().filter(|cell| cell.work == Work::Upload).cycle();
            assert!((0..400).zip(uploads).any(finds), "{sabotage:?}");
        }
    }
}
