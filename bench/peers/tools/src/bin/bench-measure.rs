//! `bench-measure CPUS SECONDS RESULT PROGRAM ARGUMENT ...`: runs a program and writes what it cost, as JSON.
//!
//! CPU time and peak memory are the operating system's own account of the finished process. The peak that Linux keeps
//! begins with that of the process that starts the program, which is why this one is small and does nothing else.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};
use wait4::Wait4;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let mut next = |name| arguments.next().with_context(|| format!("missing argument: {name}"));
    let cpus = next("CPUS")?.into_string().unwrap_or_default();
    let limit: u64 = next("SECONDS")?.to_string_lossy().parse()?;
    let (result, program) = (next("RESULT")?, next("PROGRAM")?);
    if !cpus.is_empty() {
        let mut set = CpuSet::new();
        for cpu in cpus.split(',') {
            set.set(cpu.parse()?);
        }
        sched_setaffinity(None, &set).context("pinning")?;
    }
    let start = Instant::now();
    let mut child = Command::new(&program).args(arguments).spawn().with_context(|| format!("starting {program:?}"))?;
    let pid = child.id();
    let (ended, watch) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if watch
            .recv_timeout(Duration::from_secs(limit))
            .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
            && let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)
        {
            eprintln!("killed after {limit} s");
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    });
    let used = child.wait4()?;
    let wall = start.elapsed();
    drop(ended);
    let _ = guard.join();
    let cost = serde_json::json!({
        "success": ExitStatus::success(&used.status),
        "user": used.rusage.utime.as_secs_f64(),
        "system": used.rusage.stime.as_secs_f64(),
        "wall": wall.as_secs_f64(),
        "peak": used.rusage.maxrss,
    });
    std::fs::write(result, cost.to_string())?;
    Ok(())
}
