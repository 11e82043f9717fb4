//! `bench-measure CPUS SECONDS RESULT PROGRAM ARGUMENT ...`: runs a program and writes what it cost, as JSON.
//!
//! CPU time and peak memory are the operating system's own account of the finished process, and so is the number of its
//! reads and writes (`syscr` and `syscw` of `/proc/PID/io`): calls of the families of `read` and `write` on whatever they
//! are called, but not `send`, `recv`, `epoll_wait` or `futex`. The peak that Linux keeps
//! begins with that of the process that starts the program, which is why this one is small and does nothing else.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wait4::Wait4;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let mut next = |name| arguments.next().with_context(|| format!("missing argument: {name}"));
    let cpus = next("CPUS")?.into_string().unwrap_or_default();
    let limit: u64 = next("SECONDS")?.to_string_lossy().parse()?;
    let (result, program) = (next("RESULT")?, next("PROGRAM")?);
    bench_tools::pin(&cpus)?;
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
    let calls = calls_once_ended(pid);
    let wall = start.elapsed();
    let used = child.wait4()?;
    drop(ended);
    let _ = guard.join();
    let cost = serde_json::json!({
        "success": ExitStatus::success(&used.status),
        "user": used.rusage.utime.as_secs_f64(),
        "system": used.rusage.stime.as_secs_f64(),
        "wall": wall.as_secs_f64(),
        "peak": used.rusage.maxrss,
        "calls": calls,
    });
    std::fs::write(result, cost.to_string())?;
    Ok(())
}

/// Waits for the process to end, without taking its account away, and reads how often it has read and written.
#[cfg(target_os = "linux")]
fn calls_once_ended(pid: u32) -> Option<u64> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).ok()?;
    let text = std::fs::read_to_string(format!("/proc/{}/io", pid.as_raw_nonzero())).ok()?;
    let count =
        |name: &str| -> Option<u64> { text.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok() };
    Some(count("syscr:")? + count("syscw:")?)
}

#[cfg(not(target_os = "linux"))]
fn calls_once_ended(_: u32) -> Option<u64> {
    None
}
