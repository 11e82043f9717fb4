//! What the table holds in the end, read through another client.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use deltalake_core::arrow::array::AsArray as _;
use deltalake_core::arrow::datatypes::Int64Type;
use deltalake_core::logstore::object_store::ObjectStoreExt as _;
use deltalake_core::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use futures::TryStreamExt as _;

use crate::writer::{Commit, columns, value};
use crate::{Options, storage};

pub(crate) struct Table {
    pub(crate) versions: u64,
    pub(crate) rows: u64,
    pub(crate) sum: i64,
}

/// Reads log and rows.
///
/// # Errors
/// If a commit or a row is missing or there twice, or the log names another commit than the writer was told.
pub(crate) async fn read(options: &Options, writers: u32, commits: &[Commit]) -> Result<Table> {
    let table = storage::open().await?;
    let last = table.version().context("the table has no version")?;
    ensure!(last == u64::from(options.rounds * writers), "version {last} after {} commits", commits.len());

    let told: BTreeSet<u64> = commits.iter().map(|commit| commit.version).collect();
    ensure!(told == (1..=last).collect(), "writers were told of the versions {told:?}");
    // Newest first.
    let history: Vec<_> = table.history(None).try_collect().await?;
    ensure!(history.len() as u64 == last + 1, "{} commits in the log of version {last}", history.len());
    for (version, info) in (0..=last).rev().zip(&history) {
        let Some(commit) = commits.iter().find(|commit| commit.version == version) else { continue };
        let of = |name: &str| info.info.get(name).and_then(serde_json::Value::as_u64);
        ensure!(
            (of("writer"), of("round")) == (Some(commit.writer.into()), Some(commit.round.into())),
            "version {version} is not by writer {}, round {}, who was told so",
            commit.writer,
            commit.round
        );
    }

    let (mut seen, mut sum) = (BTreeSet::new(), 0);
    for path in table.get_files_by_partitions(&[]).await? {
        let content = table.object_store().get(&path).await?.bytes().await?;
        for batch in ParquetRecordBatchReaderBuilder::try_new(content)?.build()? {
            let batch = batch?;
            let column = |name: &str| {
                let column = batch.column_by_name(name).with_context(|| format!("{path} has no column {name}"))?;
                let column = column.as_primitive_opt::<Int64Type>().with_context(|| format!("{name} is no number"))?;
                Ok::<_, anyhow::Error>(column.values())
            };
            let [writer, round, row, values] = columns().map(column);
            for (((writer, round), row), of_row) in writer?.iter().zip(round?).zip(row?).zip(values?) {
                let place = (u32::try_from(*writer)?, u32::try_from(*round)?, u32::try_from(*row)?);
                ensure!(*of_row == value(place.0, place.1, place.2), "{place:?} has the value {of_row}");
                ensure!(seen.insert(place), "{place:?} is in the table twice");
                sum += of_row;
            }
        }
    }
    let expected = u64::from(writers) * u64::from(options.rounds) * u64::from(options.rows);
    ensure!(seen.len() as u64 == expected, "{} rows, not {expected}", seen.len());
    Ok(Table { versions: last + 1, rows: expected, sum })
}
