//! `sim --seeds N`: runs our real stack and engine against a simulated OSS, network, disk and clock, one thread a run,
//! and checks what they promise after each. A failing run prints its seed; `sim --seed N` replays it with a trace.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod check;
mod fault;
mod history;
mod log;
mod operation;
mod pipe;
mod run;
mod sabotage;
mod scenario;
mod server;
mod store;
mod table;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Parser;

use crate::table::Table;

/// Runs uploads against a simulated OSS and checks what they promise.
#[derive(Parser)]
struct Arguments {
    /// How many runs, by the seeds from `--from` on.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Replays one seed and prints what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Ends at the first run that breaks a promise.
    #[arg(long)]
    until_broken: bool,
    /// Threads; each run has one.
    #[arg(long, default_value_t = std::thread::available_parallelism().map_or(1, std::num::NonZero::get))]
    threads: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.seed {
        Some(seed) => replay(seed),
        None => sweep(&arguments),
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

fn replay(seed: u64) -> std::io::Result<bool> {
    let (scenario, seen) = run::run_seed(seed)?;
    println!("{scenario:#?}");
    println!("{}", seen.history);
    println!(
        "warnings: {:?}\nlog: {:#?}\nopen uploads: {:?}\nrecords: {:?}",
        seen.warnings, seen.log, seen.open_uploads, seen.records
    );
    let broken = check::check(&seen);
    for promise in &broken {
        println!("BROKEN: {promise}");
    }
    Ok(broken.is_empty())
}

fn sweep(arguments: &Arguments) -> std::io::Result<bool> {
    let began = Instant::now();
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let (table, failed) = (Mutex::new(Table::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let broken = match run::run_seed(seed) {
                        Ok((_, seen)) => {
                            table.lock().unwrap_or_else(PoisonError::into_inner).add(&seen);
                            check::check(&seen)
                        }
                        Err(error) => vec![error.to_string()],
                    };
                    if !broken.is_empty() {
                        if arguments.until_broken {
                            next.store(end, Ordering::Relaxed);
                        }
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push((seed, broken));
                    }
                }
            });
        }
    });
    let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort();
    println!("{table}");
    for (seed, broken) in failed.iter().take(50) {
        println!("seed {seed}: {}", broken.join("; "));
    }
    // A seed for each operation and fault comes within the first hundred.
    let empty = if arguments.seeds >= 100 && (failed.is_empty() || !arguments.until_broken) {
        table.empty_cells()
    } else {
        Vec::new()
    };
    for cell in &empty {
        println!("no run had {cell}");
    }
    println!(
        "{} runs, each struck by a fault, in {:.1} s; {} broke a promise",
        arguments.seeds,
        began.elapsed().as_secs_f64(),
        failed.len()
    );
    Ok(failed.is_empty() && empty.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sabotage::Sabotage;
    use crate::scenario::Scenario;

    #[test]
    fn the_same_seed_is_the_same_run() {
        for seed in 0..20 {
            let trace = || run::run_seed(seed).unwrap().1.history.to_string();
            assert_eq!(trace(), trace(), "seed {seed}");
        }
    }

    #[test]
    fn every_deliberate_bug_is_found_and_without_one_nothing_is() {
        let clean = |seed| check::check(&run::run_seed(seed).unwrap().1);
        assert_eq!((0..75).flat_map(clean).collect::<Vec<_>>(), Vec::<String>::new());
        for (sabotage, found) in Sabotage::ALL.into_iter().zip([
            "says that nothing is stored",
            "there is no object",
            "says that nothing is stored",
            "nothing names it",
            "bytes of bodies",
        ]) {
            let finds = |seed| {
                let seen = run::run(&Scenario::of(seed, 0), Some(sabotage)).unwrap();
                check::check(&seen).iter().any(|promise| promise.contains(found))
            };
            assert!((0..300).any(finds), "{sabotage:?}");
        }
    }
}
