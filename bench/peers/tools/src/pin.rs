//! Which processors a process may use.

/// Keeps this process, and what it starts, to the processors of a list such as `0,2`. An empty list keeps all of them.
///
/// # Errors
/// If the list names none that there is, or the system has no such call.
#[cfg(target_os = "linux")]
pub fn pin(processors: &str) -> anyhow::Result<()> {
    use anyhow::Context as _;
    if processors.is_empty() {
        return Ok(());
    }
    let mut set = rustix::thread::CpuSet::new();
    for processor in processors.split(',') {
        set.set(processor.parse()?);
    }
    rustix::thread::sched_setaffinity(None, &set).context("keeping to processors")
}

/// As on Linux; there is no such call here.
///
/// # Errors
/// Unless the list is empty.
#[cfg(not(target_os = "linux"))]
pub fn pin(processors: &str) -> anyhow::Result<()> {
    anyhow::ensure!(processors.is_empty(), "this system has no call that keeps a process to processors");
    Ok(())
}
