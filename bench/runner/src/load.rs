//! What else uses the machine: whether a figure can be trusted.
//!
//! The kernel counts the time of all processes together (`/proc/stat`) and of each. What neither the measured processes
//! nor this one have used, others have; and what a host machine took away (`steal`) counts with it. Interrupts are left
//! out: those of the loopback device are the measurement's own.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Share of one processor that others may use during a run before it counts as disturbed.
const TOLERATED: f64 = 0.05;
/// The kernel counts in ticks of this many seconds on each of several processors.
const ROUGHNESS: f64 = 0.04;
/// How long the machine is looked at before a measurement.
const LOOK: Duration = Duration::from_secs(2);

/// Seconds of processor time since the machine started.
#[derive(Clone, Copy, Debug)]
struct Used {
    everyone: f64,
    us: f64,
    at: Instant,
}

/// A look at the machine before something is measured.
#[derive(Debug)]
pub(crate) struct Load {
    before: Option<Used>,
    server: u32,
}

/// What others used while something was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Others {
    /// Processors: 0.1 is a tenth of one. `None`: this system does not tell.
    pub(crate) processors: Option<f64>,
    disturbed: bool,
}

impl Load {
    /// Begins to look. `server` is a process that belongs to the measurement and has not ended by its end.
    pub(crate) fn before(server: u32) -> Self {
        Self { before: used(server), server }
    }

    /// What others have used since.
    pub(crate) fn others(&self) -> Others {
        match (self.before, used(self.server)) {
            (Some(before), Some(after)) => {
                let wall = after.at.duration_since(before.at).as_secs_f64();
                Others::of(after.everyone - before.everyone, after.us - before.us, wall)
            }
            _ => Others { processors: None, disturbed: false },
        }
    }
}

impl Others {
    fn of(everyone: f64, us: f64, wall: f64) -> Self {
        let others = (everyone - us).max(0.0);
        Self { processors: Some(others / wall), disturbed: others > TOLERATED * wall + ROUGHNESS }
    }

    /// Whether they have used so much that a figure says little.
    pub(crate) fn disturbed(self) -> bool {
        self.disturbed
    }
}

impl std::fmt::Display for Others {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.processors {
            Some(share) => write!(f, "others {:.0} %", share * 100.0),
            None => f.write_str("others unknown"),
        }
    }
}

/// Waits until nothing else uses the machine.
///
/// # Errors
/// If something still does after `patience`.
pub(crate) fn wait_until_quiet(patience: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        let load = Load::before(std::process::id());
        std::thread::sleep(LOOK);
        let others = load.others();
        if !others.disturbed() {
            return Ok(());
        }
        if start.elapsed() > patience {
            bail!("something else uses this machine ({others} of a processor): nothing is measured beside it");
        }
        println!("waiting: {others} of a processor");
    }
}

/// `None` on systems without these tables.
fn used(server: u32) -> Option<Used> {
    // Fields of `stat` of a process behind its name: 11 and 12 are its own user and system time, 13 and 14 that of the
    // processes that it has waited for.
    let own = process("self", &[11, 12, 13, 14])?;
    let server = if server == std::process::id() { 0 } else { process(&server.to_string(), &[11, 12])? };
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let everyone = everyone(text.lines().next()?)?;
    let seconds = |ticks: u64| ticks as f64 / ticks_per_second();
    Some(Used { everyone: seconds(everyone), us: seconds(own + server), at: Instant::now() })
}

/// Of the line of all processors: user, nice, system and steal.
fn everyone(line: &str) -> Option<u64> {
    let fields: Vec<u64> =
        line.strip_prefix("cpu ")?.split_whitespace().map_while(|field| field.parse().ok()).collect();
    [0, 1, 2, 7].iter().map(|field| fields.get(*field)).sum()
}

fn process(pid: &str, fields: &[usize]) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind_name) = text.rsplit_once(") ")?;
    let all: Vec<&str> = behind_name.split_whitespace().collect();
    fields.iter().map(|field| all.get(*field)?.parse::<u64>().ok()).sum()
}

/// Linux shows times in hundredths of a second on every architecture that it still runs on.
fn ticks_per_second() -> f64 {
    100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_beside_a_build_is_disturbed_and_one_alone_is_not() {
        assert!(Others::of(3.0, 2.0, 1.5).disturbed());
        assert!(!Others::of(2.02, 2.0, 1.5).disturbed());
        assert_eq!(Others::of(1.9, 2.0, 1.0).processors, Some(0.0));
    }

    #[test]
    fn idle_time_and_interrupts_belong_to_no_process() {
        assert_eq!(everyone("cpu  1 2 4 1000 1000 1000 1000 8 0 0"), Some(15));
        assert_eq!(everyone("cpu0 1 2 4 1000 1000 1000 1000 8 0 0"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn our_own_work_is_not_that_of_others() {
        // On a busy machine it takes longer until the kernel has counted some ticks of it.
        let worked = |load: &Load| used(load.server).unwrap().us - load.before.unwrap().us;
        let load = Load::before(std::process::id());
        while worked(&load) < 0.05 {
            std::hint::spin_loop();
        }
        let Used { everyone, us, .. } = used(load.server).unwrap();
        assert!(everyone - load.before.unwrap().everyone >= us - load.before.unwrap().us - ROUGHNESS);
    }
}
