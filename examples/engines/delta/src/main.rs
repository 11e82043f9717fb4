//! Delta Lake on `oss://`: two writers append to one table, racing on each commit.
//!
//! A commit is an object that must not exist yet (`PutMode::Create`). Both writers wait for each other before each round, so
//! both try to create the same version; one of them loses, finds that out, and takes the next version. The server is slow to
//! store commits, so that every round is a race, and loses every fifth response to one, so that a writer has to find out
//! whether the commit that it knows nothing about is its own. At the end every commit must be in the log once and every row
//! in the table once.

mod check;
mod storage;
mod writer;

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use deltalake_core::kernel::{DataType, PrimitiveType};
use deltalake_core::operations::create::CreateBuilder;
use engines_common::{Requests, start};
use oss_emulator::{Fault, FaultEffect};
use tokio::sync::Barrier;

use crate::storage::TABLE;

/// Lets two writers race on each commit to one Delta table.
#[derive(Debug, Parser)]
struct Options {
    /// Commits of each writer.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Rows of each commit.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rows: u32,
    /// Lose the response to every commit request whose number is a multiple of this; 0 loses none.
    #[arg(long, default_value_t = 5)]
    lose_every: u64,
}

/// Those who append at the same time.
const WRITERS: u32 = 2;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let emulator = Arc::new(start(true).await?);
    storage::register(Arc::clone(&emulator))?;

    CreateBuilder::new()
        .with_location(TABLE)
        .with_columns(writer::columns().map(|name| {
            deltalake_core::kernel::StructField::new(name, DataType::Primitive(PrimitiveType::Long), false)
        }))
        .with_configuration([("delta.checkpointInterval", Some("10"))])
        .await
        .context("the table was not created")?;

    // Created tables are versions too; what follows is about appends.
    Requests::take(&emulator);
    emulator.add_fault(Fault::on("PutObject").key(storage::COMMITS).always().effect(FaultEffect::Delay(20)));
    let last = u64::from(options.rounds * WRITERS) * 4;
    for number in (1..=last).filter(|number| options.lose_every > 0 && number % options.lose_every == 0) {
        let fault = Fault::on("PutObject").key(storage::COMMITS).nth(number);
        emulator.add_fault(fault.effect(FaultEffect::CloseAfterStoring));
    }

    let barrier = Arc::new(Barrier::new(WRITERS as usize));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(writer::run(writer, options.rounds, options.rows, Arc::clone(&barrier))))
        .collect();
    let mut commits = Vec::new();
    for writer in writers {
        commits.extend(writer.await??);
    }
    emulator.clear_faults();
    let log = storage::commit_requests(&emulator);
    let requests = Requests::take(&emulator);

    let table = check::read(&options, WRITERS, &commits).await?;
    let conflicts: u64 = commits.iter().map(|commit| commit.retries).sum();
    println!("{} writers, {} commits of {} rows each", WRITERS, options.rounds, options.rows);
    println!("versions: {} (1 for the table, {} for appends)", table.versions, commits.len());
    println!("conflicts: {conflicts} (commits that lost a race and took a later version)");
    println!("lost responses: {} of {} requests that create a commit", log.lost, log.requests);
    println!("rows: {}, each once; sum of values {}", table.rows, table.sum);
    for (operation, numbers) in engines_common::table(&[&requests]) {
        println!("  {operation:<26}{:>6}", numbers.first().copied().unwrap_or_default());
    }
    ensure!(conflicts > 0, "no race took place");
    ensure!(options.lose_every == 0 || log.lost > 0, "no response was lost");
    Ok(())
}
