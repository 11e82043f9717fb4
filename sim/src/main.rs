//! `sim --seeds N`: runs our real stack and engine against a simulated OSS, network, disk and clock, one thread a run,
//! and checks what they promise after each. A failing run prints its seed; `sim --seed N` replays it with a trace.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod check;
mod fault;
mod history;
mod operation;
mod pipe;
mod run;
mod scenario;
mod server;
mod store;
mod table;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Parser;

use crate::scenario::Scenario;
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
    let scenario = Scenario::of(seed);
    println!("{scenario:#?}");
    let seen = run::run(&scenario)?;
    println!("{}", seen.history);
    println!("warnings: {:?}\nopen uploads: {:?}\nrecords: {:?}", seen.warnings, seen.open_uploads, seen.records);
    let broken = check::check(&scenario, &seen);
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
                    let scenario = Scenario::of(seed);
                    let broken = match run::run(&scenario) {
                        Ok(seen) => {
                            table.lock().unwrap_or_else(PoisonError::into_inner).add(&seen);
                            check::check(&scenario, &seen)
                        }
                        Err(error) => vec![error.to_string()],
                    };
                    if !broken.is_empty() {
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
    let struck = table.struck();
    println!(
        "{} runs in {:.1} s, {struck} of them struck by a fault; {} broke a promise",
        arguments.seeds,
        began.elapsed().as_secs_f64(),
        failed.len()
    );
    Ok(failed.is_empty())
}
