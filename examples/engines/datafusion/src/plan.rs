//! The statements that run on each store, and what they did there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use engines_common::{BUCKET, Requests};
use oss_emulator::Emulator;

/// One statement.
pub(crate) struct Step {
    /// What it does.
    pub(crate) name: &'static str,
    /// What it asked of the server.
    pub(crate) requests: Requests,
    /// How long it took, the server included.
    pub(crate) time: Duration,
    /// What it selected, and what it should have.
    pub(crate) sums: Option<(Sums, Sums)>,
}

/// What the plan did on one store.
pub(crate) struct Run {
    pub(crate) steps: Vec<Step>,
    /// Size and CRC64 of each object, in order of key.
    pub(crate) layout: Vec<(u64, Option<u64>)>,
}

/// `count(*), sum(id), sum(amount)`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sums {
    pub(crate) rows: i64,
    pub(crate) ids: i64,
    pub(crate) amounts: i64,
}

/// Runs the plan in the folder `url` of an empty bucket.
pub(crate) async fn run(
    registry: Arc<dyn ObjectStoreRegistry>,
    url: &str,
    rows: u64,
    emulator: &Emulator,
) -> Result<Run> {
    let runtime = RuntimeEnvBuilder::new().with_object_store_registry(registry).build_arc()?;
    let mut steps = Vec::new();

    let writer = SessionContext::new_with_config_rt(config(1, rows), Arc::clone(&runtime));
    let copy = format!(
        "COPY (SELECT value AS id, value % {CUSTOMERS} AS customer, value * 7919 % 100003 AS amount \
         FROM generate_series(1, {rows})) TO '{url}' STORED AS PARQUET"
    );
    steps.push(step("write: COPY … TO", &writer, &copy, None, emulator).await?);
    let layout: Vec<_> = emulator.objects(BUCKET)?.iter().map(|object| (object.size, object.crc64)).collect();

    // A fixed number of partitions: the plan is the same on every machine.
    let reader = SessionContext::new_with_config_rt(config(4, rows), runtime);
    let create = format!("CREATE EXTERNAL TABLE sales STORED AS PARQUET LOCATION '{url}'");
    steps.push(step("open: CREATE EXTERNAL TABLE", &reader, &create, None, emulator).await?);

    let (from, to) = (rows * 35 / 100, rows * 40 / 100);
    let queries: [(&str, String, Sums); 3] = [
        (
            "read: WHERE id BETWEEN … (5 %)",
            format!("WHERE id BETWEEN {from} AND {to}"),
            Sums::of(rows, |id, _| (from..=to).contains(&id)),
        ),
        ("read: WHERE customer = 7", "WHERE customer = 7".to_owned(), Sums::of(rows, |_, customer| customer == 7)),
        ("read: every row", String::new(), Sums::of(rows, |_, _| true)),
    ];
    for (name, condition, expected) in queries {
        let query = format!("SELECT count(*), sum(id), sum(amount) FROM sales {condition}");
        steps.push(step(name, &reader, &query, Some(expected), emulator).await?);
    }
    Ok(Run { steps, layout })
}

const CUSTOMERS: u64 = 1_000;

/// Four files, written one after the other and without compression, so that each takes a multipart upload; in each eight row groups,
/// so that a predicate on the id leaves most of them out.
fn config(partitions: usize, rows: u64) -> SessionConfig {
    let file = rows.div_ceil(4);
    SessionConfig::new()
        .with_target_partitions(partitions)
        .set_u64("datafusion.execution.minimum_parallel_output_files", 1)
        .set_u64("datafusion.execution.soft_max_rows_per_output_file", file)
        .set_u64("datafusion.execution.parquet.max_row_group_size", file.div_ceil(8))
        .set_str("datafusion.execution.parquet.compression", "uncompressed")
}

async fn step(
    name: &'static str,
    context: &SessionContext,
    statement: &str,
    expected: Option<Sums>,
    emulator: &Emulator,
) -> Result<Step> {
    let start = Instant::now();
    let batches =
        async { context.sql(statement).await?.collect().await }.await.with_context(|| statement.to_owned())?;
    let time = start.elapsed();
    let requests = Requests::take(emulator);
    let sums = expected.map(|expected| Ok::<_, anyhow::Error>((Sums::read(&batches)?, expected))).transpose()?;
    Ok(Step { name, requests, time, sums })
}

impl Sums {
    /// What a query over the rows that `matches` selects, by id and customer, has to give.
    fn of(rows: u64, matches: impl Fn(u64, u64) -> bool) -> Self {
        let mut sums = Self::default();
        for id in (1..=rows).filter(|id| matches(*id, id % CUSTOMERS)) {
            sums.rows += 1;
            sums.ids += id.cast_signed();
            sums.amounts += (id * 7919 % 100_003).cast_signed();
        }
        sums
    }

    fn read(batches: &[RecordBatch]) -> Result<Self> {
        let [batch] = batches else { bail!("{} batches, not one", batches.len()) };
        let value = |column: usize| {
            let column = batch.columns().get(column).context("a column is missing")?;
            let column = column.as_primitive_opt::<Int64Type>().context("a column is no number")?;
            Ok::<_, anyhow::Error>(if column.is_empty() || column.is_null(0) { 0 } else { column.value(0) })
        };
        Ok(Self { rows: value(0)?, ids: value(1)?, amounts: value(2)? })
    }
}
