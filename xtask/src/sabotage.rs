//! Deliberate bugs, each of which a test or the simulation must find: `sabotage/*.toml` has them, `docs/sabotage.md` why and
//! how.
//!
//! The code is a copy below the target folder. One bug after the other is put in, what must find it is built and run, and the
//! bug is taken out again.

mod bug;
mod gate;
mod page;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use xtask::workspace;

use crate::copy;
use crate::promises::Bugs;
use bug::Bug;
use gate::{Found, Gate, Verdict};

/// Which bugs are tried.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Options {
    /// Names of bugs, or beginnings of names; all without.
    names: Vec<String>,
    /// List the bugs instead of trying them, and write the page about them.
    #[arg(long)]
    list: bool,
}

/// Tries the bugs, and prints what found each.
///
/// # Errors
/// If one is not found, does not compile, or does not fit the code any more; if what must find it fails without it too.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root();
    let bugs = bug::read_all(&root.join("sabotage"))?;
    if options.list {
        bugs.iter().for_each(|bug| println!("{:<34} {}", bug.name, bug.gate));
        return page::write(&bugs);
    }
    let is_chosen =
        |bug: &&Bug| options.names.is_empty() || options.names.iter().any(|name| bug.name.starts_with(name));
    let chosen: Vec<_> = bugs.iter().filter(is_chosen).collect();
    ensure!(!chosen.is_empty(), "no bug has such a name");
    let folder = workspace::target()?.join("sabotage");
    std::fs::create_dir_all(&folder)?;
    // Two runs in one tree would find each other's bugs.
    let lock = std::fs::File::create(folder.join("lock"))?;
    lock.lock()?;
    let tree = copy::of_workspace("sabotage/tree")?;
    let not_green = not_green_without_bugs(&tree, &chosen)?;
    let (mut table, mut failed) = (String::new(), 0);
    for bug in &chosen {
        let began = Instant::now();
        let verdict = match not_green.contains(&bug.gate.without_bug()) {
            true => Verdict::NotGreenWithout,
            false => bug.try_in(&tree)?,
        };
        let line = format!("{:<34} {verdict}", bug.name);
        println!("{line}  ({:.0} s)", began.elapsed().as_secs_f64());
        failed += usize::from(!verdict.is_red());
        table.push_str(&line);
        table.push('\n');
    }
    println!("\n{table}\n{} bugs, {} found, {failed} not", chosen.len(), chosen.len() - failed);
    if failed > 0 {
        bail!("{failed} bugs were not found");
    }
    if options.names.is_empty() { page::write(&bugs) } else { Ok(()) }
}

/// How many bugs break each promise, by the name of its page.
///
/// # Errors
/// If a file of bugs cannot be read.
pub(crate) fn by_promise() -> Result<BTreeMap<String, Bugs>> {
    let mut promises = BTreeMap::<String, Bugs>::new();
    for bug in bug::read_all(&workspace::root().join("sabotage"))? {
        let bugs = promises.entry(bug.breaks).or_default();
        match bug.gate {
            Gate::Simulation { .. } => bugs.by_simulation += 1,
            Gate::Test { .. } => bugs.by_test += 1,
        }
    }
    Ok(promises)
}

/// What must turn red has to be green without the bugs; gives what is not.
fn not_green_without_bugs(tree: &Path, bugs: &[&Bug]) -> Result<Vec<Gate>> {
    let mut gates: Vec<Gate> = bugs.iter().map(|bug| bug.gate.without_bug()).collect();
    gates.sort();
    gates.dedup();
    let mut not_green = Vec::new();
    for gate in gates {
        match gate.run(tree)? {
            Verdict::Found(Found::Nothing) => {}
            other => {
                println!("{gate} without any bug: {other}");
                not_green.push(gate);
            }
        }
    }
    Ok(not_green)
}

impl Bug {
    /// Puts the bug into the tree, runs what must find it, and takes the bug out.
    fn try_in(&self, tree: &Path) -> Result<Verdict> {
        let files = match self.applied(tree) {
            Ok(files) => files,
            Err(error) => return Ok(Verdict::DoesNotApply(format!("{error:#}"))),
        };
        for file in &files {
            std::fs::write(tree.join(&file.path), &file.after)?;
        }
        let verdict = self.gate.run(tree);
        for file in &files {
            std::fs::write(tree.join(&file.path), &file.before)?;
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trying all of them takes hours; that one no longer fits is seen here at once.
    #[test]
    fn every_bug_fits_the_code() {
        let root = workspace::root();
        let bugs = bug::read_all(&root.join("sabotage")).unwrap();
        let failed = bugs.iter().filter_map(|bug| Some(format!("{}: {:#}", bug.name, bug.applied(root).err()?)));
        let failed: Vec<_> = failed.collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
