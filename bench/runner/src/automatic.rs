//! `parallel_num = auto` beside every fixed number, over networks that exist in the clock only.
//!
//! What decides is the code that ships (`oss_transfer::Concurrency`), told of bytes and of finished parts as the engine
//! tells it. Simulated is the rest: a request's bytes leave at the connection's rate or at an equal share of what all
//! connections have together, and its response comes one latency after the last of them. There is no slow start, no loss
//! and no straggler.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result};
use oss_transfer::{Concurrency, MAX_PARALLEL_NUM, PartLayout};

use crate::case::MIB;
use crate::verdict::Verdict;

const PART: u64 = 6 * MIB;
/// The best fixed number needs at least so long.
const LEAST: f64 = 20.0;
/// How much slower than the best fixed number the automatic one may be.
const BOUND: f64 = 1.1;
const FIXED: &[usize] = &[1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

#[derive(Clone, Copy, Debug)]
struct Network {
    /// Seconds.
    latency: f64,
    /// Bytes per second of one connection.
    connection: f64,
    /// Bytes per second of all connections together.
    total: f64,
}

/// A part on its way.
struct Sending {
    len: u64,
    started: f64,
    left: f64,
    /// When its response comes, once all bytes have left.
    response: Option<f64>,
}

/// What the grid shows, as a Markdown table, and the slowest of its cells.
///
/// # Errors
/// If an object has too many parts.
pub(crate) fn grid() -> Result<(String, Verdict)> {
    let mut table = String::from(
        "| latency | a connection | all connections | object | best fixed number | auto | auto / best |\n|---|---|---|---|---|---|---|\n",
    );
    let mut worst: f64 = 0.0;
    for total in [f64::INFINITY, 100.0] {
        for connection in [2.0, 20.0, 200.0] {
            for latency in [1.0, 20.0, 100.0, 300.0] {
                let mib = MIB as f64;
                let network = Network { latency: latency / 1000.0, connection: connection * mib, total: total * mib };
                let (bytes, number, best) = best(network)?;
                let auto = network.upload(bytes, Concurrency::auto(MAX_PARALLEL_NUM.into()))?;
                worst = worst.max(auto / best);
                let together = if total.is_finite() { format!("{total:.0} MiB/s") } else { "unlimited".to_owned() };
                writeln!(
                    table,
                    "| {latency:.0} ms | {connection:.0} MiB/s | {together} | {:.1} GiB | {number}: {best:.1} s | {auto:.1} s | {:.2} |",
                    bytes as f64 / mib / 1024.0,
                    auto / best
                )?;
            }
        }
    }
    Ok((
        table,
        Verdict::at_most("`parallel_num` auto against the best fixed number, the slowest network", worst, BOUND),
    ))
}

/// An object so large that the best fixed number needs long enough, that number, and its seconds.
fn best(network: Network) -> Result<(u64, usize, f64)> {
    let most = FIXED.last().copied().unwrap_or(1) as f64;
    let mut bytes = whole(LEAST * network.total.min(network.connection * most));
    loop {
        let times = FIXED.iter().map(|number| Ok((*number, network.upload(bytes, Concurrency::fixed(*number))?)));
        let times = times.collect::<Result<Vec<_>>>()?;
        let (number, best) =
            times.into_iter().min_by(|(_, a), (_, b)| a.total_cmp(b)).context("there are fixed numbers")?;
        if best >= LEAST {
            return Ok((bytes, number, best));
        }
        bytes += bytes / 4;
    }
}

impl Network {
    /// Seconds that an upload takes.
    fn upload(self, bytes: u64, mut concurrency: Concurrency) -> Result<f64> {
        let layout = PartLayout::new(bytes, PART)?;
        let mut waiting = layout.parts();
        let mut sending: Vec<Sending> = Vec::new();
        let (mut now, mut moved) = (0.0, 0.0);
        loop {
            concurrency.on_moved(whole(moved), sending.len(), Duration::from_secs_f64(now));
            while sending.len() < concurrency.limit() {
                let Some(part) = waiting.next() else { break };
                sending.push(Sending { len: part.len, started: now, left: part.len as f64, response: None });
            }
            let leaving = sending.iter().filter(|part| part.response.is_none()).count();
            if sending.is_empty() {
                return Ok(now);
            }
            let rate = self.connection.min(self.total / leaving.max(1) as f64);
            let at = |part: &Sending| part.response.unwrap_or(now + part.left / rate);
            let sample_at = concurrency.next_sample_at().map_or(f64::INFINITY, |at| at.as_secs_f64());
            // The clock of the samples counts whole milliseconds: one that is due comes by then.
            let next = sending.iter().map(at).fold(sample_at.max(now + 0.001), f64::min);
            for part in sending.iter_mut().filter(|part| part.response.is_none()) {
                let step = ((next - now) * rate).min(part.left);
                moved += step;
                part.left -= step;
                // Less than a byte is what is left of rounding.
                if part.left < 1.0 {
                    part.response = Some(next + self.latency);
                }
            }
            now = next;
            let done = |part: &mut Sending| part.response.is_some_and(|at| at <= now);
            for part in sending.extract_if(.., done) {
                let (took, at) = (Duration::from_secs_f64(now - part.started), Duration::from_secs_f64(now));
                concurrency.on_done(part.len, took, at);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, which are whole and not negative")]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each kind of network one, against a number that is about the best for it.
    #[test]
    fn the_automatic_number_is_nearly_as_good_as_the_best_fixed_one() {
        let mib = MIB as f64;
        for (latency, connection, total, gib, best) in [
            (0.001, 200.0, f64::INFINITY, 1000, 256),
            (0.3, 200.0, f64::INFINITY, 1000, 256),
            (0.1, 20.0, f64::INFINITY, 100, 256),
            (0.02, 2.0, f64::INFINITY, 10, 256),
            (0.001, 200.0, 100.0, 2, 192),
            (0.3, 200.0, 100.0, 2, 192),
            (0.3, 20.0, 100.0, 2, 192),
            (0.3, 2.0, 100.0, 2, 192),
        ] {
            let network = Network { latency, connection: connection * mib, total: total * mib };
            let seconds = |concurrency| network.upload(gib * 1024 * MIB, concurrency).unwrap();
            let (auto, fixed) = (seconds(Concurrency::auto(256)), seconds(Concurrency::fixed(best)));
            assert!(auto <= BOUND * fixed, "{auto} s against {fixed} s: {network:?}");
        }
    }

    #[test]
    fn a_simulated_upload_takes_as_long_as_bytes_and_latency_say() {
        let mib = MIB as f64;
        let network = Network { latency: 0.5, connection: 6.0 * mib, total: 12.0 * mib };
        let seconds = |number| network.upload(24 * MIB, Concurrency::fixed(number)).unwrap();
        // Four parts of a second and a half each, one after the other; two at a time; four at half the rate.
        assert!((seconds(1) - 6.0).abs() < 0.01, "{}", seconds(1));
        assert!((seconds(2) - 3.0).abs() < 0.01, "{}", seconds(2));
        assert!((seconds(4) - 2.5).abs() < 0.01, "{}", seconds(4));
    }
}
