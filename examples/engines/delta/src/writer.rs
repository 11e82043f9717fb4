//! One of those who append to the table.

use std::sync::Arc;

use anyhow::{Context, Result};
use deltalake_core::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use deltalake_core::kernel::Action;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::writer::{DeltaWriter as _, RecordBatchWriter};
use serde_json::json;
use tokio::sync::Barrier;

use crate::storage;

/// A commit that delta-rs reported as done.
pub(crate) struct Commit {
    pub(crate) writer: u32,
    pub(crate) round: u32,
    pub(crate) version: u64,
    /// How often another commit took the version first.
    pub(crate) retries: u64,
}

/// The columns of the table, in order, all of 64 bits.
pub(crate) fn columns() -> [&'static str; 4] {
    ["writer", "round", "row", "value"]
}

/// The value in a row, so that a row of the wrong commit shows.
pub(crate) fn value(writer: u32, round: u32, row: u32) -> i64 {
    (i64::from(writer) * 31 + i64::from(round)) * 1_000_003 + i64::from(row)
}

/// Appends `rows` rows in each of `rounds` commits, each started together with the other writer.
pub(crate) async fn run(writer: u32, rounds: u32, rows: u32, barrier: Arc<Barrier>) -> Result<Vec<Commit>> {
    let mut table = storage::open().await?;
    let mut commits = Vec::new();
    for round in 0..rounds {
        table.update_state().await?;
        let mut data = RecordBatchWriter::for_table(&table)?;
        data.write(batch(writer, round, rows)?).await?;
        let actions = data.flush().await?.into_iter().map(Action::Add).collect();
        let marks = [("writer".to_owned(), json!(writer)), ("round".to_owned(), json!(round))];
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        barrier.wait().await;
        let done = CommitBuilder::from(CommitProperties::default().with_metadata(marks))
            .with_actions(actions)
            .build(Some(table.snapshot()?), table.log_store(), operation)
            .await
            .with_context(|| format!("writer {writer}, round {round}"))?;
        commits.push(Commit { writer, round, version: done.version(), retries: done.metrics.num_retries });
    }
    Ok(commits)
}

fn batch(writer: u32, round: u32, rows: u32) -> Result<RecordBatch> {
    let column = |of: &dyn Fn(u32) -> i64| Arc::new((0..rows).map(of).collect::<Int64Array>()) as ArrayRef;
    let values = [
        column(&|_| i64::from(writer)),
        column(&|_| i64::from(round)),
        column(&|row| i64::from(row)),
        column(&|row| value(writer, round, row)),
    ];
    Ok(RecordBatch::try_from_iter(columns().into_iter().zip(values))?)
}
