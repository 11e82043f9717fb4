//! A limit for each test of a run: one that hangs is named and ended, and the run with it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a test may go on after the harness said that it has been running for a minute. The slowest takes less than two
/// minutes on a machine with two cores that does other things too.
pub const LIMIT: Duration = Duration::from_secs(9 * 60);

/// Runs `cargo test` with its output shown. A test that is not done within `limit` after it was called slow ends the run, and
/// is named. `on_built` is called when the first of the programs runs: cargo builds nothing any more.
///
/// # Errors
/// If a test fails or hangs.
pub fn run(name: &str, command: &mut Command, limit: Duration, mut on_built: impl FnMut()) -> Result<()> {
    println!("\n== {name}");
    let start = Instant::now();
    let mut child = in_a_group_of_its_own(command).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("the output of the tests")?;
    let (lines, written) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if !line.is_ok_and(|line| lines.send(line).is_ok()) {
                return;
            }
        }
    });
    let mut slow = SlowTests::default();
    loop {
        match written.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                slow.on_line(&line, Instant::now());
                if line.starts_with("running ") {
                    on_built();
                }
                writeln!(std::io::stdout(), "{line}")?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let hung = slow.longer_than(limit, Instant::now());
        if !hung.is_empty() {
            end(&mut child);
            bail!("{name}: not done after {} s: {}", 60 + limit.as_secs(), hung.join(", "));
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    println!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs `command`, and gives whether it succeeded and all that it printed; `None` if it was not done within `limit`, and was
/// ended.
///
/// # Errors
/// If it cannot be started.
pub fn output(command: &mut Command, limit: Duration) -> Result<Option<(bool, String)>> {
    let command = in_a_group_of_its_own(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (texts, read) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    for mut stream in streams.into_iter().flatten() {
        let texts = texts.clone();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before it broke is what there is.
            let _ = stream.read_to_end(&mut text);
            let _ = texts.send(String::from_utf8_lossy(&text).into_owned());
        });
    }
    drop(texts);
    let start = Instant::now();
    let mut printed = String::new();
    loop {
        match read.recv_timeout(limit.saturating_sub(start.elapsed())) {
            Ok(text) => printed.push_str(&text),
            Err(RecvTimeoutError::Disconnected) => return Ok(Some((child.wait()?.success(), printed))),
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Ok(None);
            }
        }
    }
}

/// The tests that the harness called slow and that are not done, each since when.
#[derive(Debug, Default)]
struct SlowTests(BTreeMap<String, Instant>);

impl SlowTests {
    fn on_line(&mut self, line: &str, now: Instant) {
        let Some(rest) = line.strip_prefix("test ") else { return };
        if let Some((name, _)) = rest.split_once(" has been running for over ") {
            self.0.entry(name.to_owned()).or_insert(now);
        } else if let Some((name, _)) = rest.split_once(" ... ") {
            self.0.remove(name);
        }
    }

    fn longer_than(&self, limit: Duration, now: Instant) -> Vec<&str> {
        let slow = self.0.iter().filter(|(_, since)| now.saturating_duration_since(**since) >= limit);
        slow.map(|(name, _)| name.as_str()).collect()
    }
}

/// Cargo and the programs that it starts, so that all can be ended.
fn in_a_group_of_its_own(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

fn end(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_slow_from_the_warning_of_the_harness_to_its_end() {
        let (mut slow, start) = (SlowTests::default(), Instant::now());
        let later = |seconds| start + Duration::from_secs(seconds);
        slow.on_line("test a::one has been running for over 60 seconds", start);
        slow.on_line("test a::two has been running for over 60 seconds", later(5));
        slow.on_line("running 2 tests", later(6));
        let limit = Duration::from_secs(10);
        assert!(slow.longer_than(limit, later(9)).is_empty());
        assert_eq!(slow.longer_than(limit, later(15)), ["a::one", "a::two"]);
        slow.on_line("test a::one ... ok", later(16));
        assert_eq!(slow.longer_than(limit, later(16)), ["a::two"]);
        slow.on_line("test a::two ... FAILED", later(17));
        assert!(slow.longer_than(limit, later(99)).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_run_with_a_test_that_hangs_ends_and_names_it() {
        let script = "echo 'test a::b has been running for over 60 seconds'; sleep 3600 & sleep 3600";
        let error = run("tests", Command::new("sh").args(["-c", script]), Duration::ZERO, || {}).unwrap_err();
        assert_eq!(error.to_string(), "tests: not done after 60 s: a::b");
    }

    #[cfg(unix)]
    #[test]
    fn the_output_of_a_program_is_given_unless_it_takes_too_long() {
        let sh = |script| output(Command::new("sh").args(["-c", script]), LIMIT).unwrap();
        assert_eq!(sh("echo one; exit 3"), Some((false, "one\n".to_owned())));
        assert_eq!(sh("echo two >&2"), Some((true, "two\n".to_owned())));
        let hangs = output(Command::new("sh").args(["-c", "sleep 3600 & sleep 3600"]), Duration::ZERO).unwrap();
        assert_eq!(hangs, None);
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_ends_by_itself_passes_or_fails_by_its_status() {
        let script = "echo 'running 1 test'; echo 'test a has been running for over 60 seconds'; echo 'test a ... ok'";
        let mut programs = 0;
        run("tests", Command::new("sh").args(["-c", script]), LIMIT, || programs += 1).unwrap();
        assert_eq!(programs, 1);
        let error = run("tests", Command::new("sh").args(["-c", "exit 3"]), LIMIT, || {}).unwrap_err();
        assert!(error.to_string().contains("failed"), "{error}");
    }
}
