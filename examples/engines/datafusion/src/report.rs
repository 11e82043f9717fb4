//! Both runs beside each other.

use anyhow::{Result, ensure};
use engines_common::table;

use crate::plan::Run;

pub(crate) fn print(rows: u64, ours: &Run, theirs: &Run) {
    let size: u64 = ours.layout.iter().map(|(size, _)| size).sum();
    println!("{rows} rows in {} files, {:.1} MB of Parquet", ours.layout.len(), size as f64 / 1e6);
    println!("\n{:<32} {:<26} {:>8} {:>8}", "step", "operation", "oss://", "S3");
    for (our, their) in ours.steps.iter().zip(&theirs.steps) {
        let mut name = our.name;
        for (operation, numbers) in table(&[&our.requests, &their.requests]) {
            let numbers: String = numbers.iter().map(|number| format!(" {number:>8}")).collect();
            println!("{name:<32} {operation:<26}{numbers}");
            name = "";
        }
        println!("{:<32} {:<26} {:>7.1}s {:>7.1}s", "", "time", our.time.as_secs_f64(), their.time.as_secs_f64());
        if let Some((sums, _)) = our.sums {
            println!("{:<32} count {}, sum(id) {}, sum(amount) {}", "", sums.rows, sums.ids, sums.amounts);
        }
    }
    let [our, their] = [ours, theirs].map(|run| run.steps.iter().map(|step| step.requests.total()).sum::<u64>());
    println!("{:<32} {:<26} {our:>8} {their:>8}", "all", "total");
}

/// # Errors
/// If a sum is wrong, the layouts differ, or a step needs more requests than with the S3 adapter.
pub(crate) fn judge(ours: &Run, theirs: &Run) -> Result<()> {
    for (store, run) in [("oss://", ours), ("the S3 adapter", theirs)] {
        for step in &run.steps {
            if let Some((read, expected)) = step.sums {
                ensure!(read == expected, "{} on {store}: {read:?}, but what was written has {expected:?}", step.name);
            }
        }
    }
    ensure!(ours.layout == theirs.layout, "the files differ in size or CRC64: {:?}, {:?}", ours.layout, theirs.layout);
    for (our, their) in ours.steps.iter().zip(&theirs.steps) {
        let (ours, theirs) = (our.requests.total(), their.requests.total());
        ensure!(ours <= theirs, "{} needs {ours} requests on oss://, {theirs} with the S3 adapter", our.name);
    }
    println!("\nsums are right, the files are the same on both, and no step needs more requests on oss://");
    Ok(())
}
