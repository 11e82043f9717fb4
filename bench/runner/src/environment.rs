//! What the measurements ran on, without the machine's name.

use std::process::Command;

use xtask::step;

/// Processors that this program may use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Processor, memory, kernel and compiler, in one line.
pub(crate) fn machine() -> String {
    let model = file("/proc/cpuinfo", "model name");
    let memory = file("/proc/meminfo", "MemTotal");
    let gib = memory.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 / 1024.0;
    let kernel = step::output(Command::new("uname").arg("-sr")).unwrap_or_default();
    // Suffixes behind the version name the maker of a build.
    let kernel = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    let compiler = step::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    let compiler = compiler.split(" (").next().unwrap_or_default().trim().to_owned();
    format!("{} × {model}, {gib:.0} GiB, {kernel}, {compiler}", processors())
}

/// Today, as `2026-01-31`.
pub(crate) fn today() -> String {
    step::output(Command::new("date").arg("+%F")).unwrap_or_default().trim().to_owned()
}

/// First value of a field in one of the kernel's tables.
fn file(path: &str, field: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.split_once(':').filter(|(name, _)| name.trim() == field));
    line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
