//! The report of `llvm-cov` in the format of lcov.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use xtask::workspace;

/// How often each line that can be run was, by file and line.
///
/// # Errors
/// If the report is not in this format.
pub(super) fn read(report: &str) -> Result<BTreeMap<String, BTreeMap<usize, u64>>> {
    let mut files: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
    let mut file = String::new();
    for text in report.lines() {
        if let Some(path) = text.strip_prefix("SF:") {
            file = workspace::relative(Path::new(path));
        } else if let Some(data) = text.strip_prefix("DA:") {
            let (line, count) = counted(data).with_context(|| text.to_owned())?;
            *files.entry(file.clone()).or_default().entry(line).or_default() += count;
        }
    }
    Ok(files)
}

/// `LINE,COUNT`, and perhaps a checksum.
fn counted(data: &str) -> Option<(usize, u64)> {
    let mut fields = data.split(',');
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_file_has_its_count() {
        let report = "SF:/elsewhere/a.rs\nFN:1,f\nDA:1,3\nDA:2,0\nend_of_record\nSF:b.rs\nDA:9,1\nend_of_record\n";
        let files = read(report).unwrap();
        assert_eq!(files.get("/elsewhere/a.rs"), Some(&BTreeMap::from([(1, 3), (2, 0)])));
        assert_eq!(files.get("b.rs"), Some(&BTreeMap::from([(9, 1)])));
        assert!(read("SF:a.rs\nDA:x,1\n").is_err());
    }
}
