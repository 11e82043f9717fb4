//! Bytes per second over the last seconds.

use std::collections::VecDeque;
use std::time::Duration;

/// How far back it looks.
const WINDOW: Duration = Duration::from_secs(5);

/// What had moved at the moments of the window.
#[derive(Debug, Default)]
pub(super) struct Rate(VecDeque<(Duration, u64)>);

impl Rate {
    /// The rate, with this many bytes at this moment. Moments come in order.
    pub(super) fn add(&mut self, at: Duration, bytes: u64) -> f64 {
        self.0.push_back((at, bytes));
        // The last one outside of the window is where it begins.
        while self.0.get(1).is_some_and(|(second, _)| at.saturating_sub(*second) >= WINDOW) {
            self.0.pop_front();
        }
        let Some((first, had)) = self.0.front() else { return 0.0 };
        let seconds = at.saturating_sub(*first).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown, not counted")]
        let moved = bytes.saturating_sub(*had) as f64;
        if seconds > 0.0 { moved / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let mut rate = Rate::default();
        let shown: Vec<u64> = [(0, 0), (1, 100), (2, 200), (7, 200), (8, 200), (9, 1200)]
            .into_iter()
            .map(|(at, bytes)| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole numbers are compared"
                )]
                let rate = rate.add(Duration::from_secs(at), bytes) as u64;
                rate
            })
            .collect();
        assert_eq!(shown, [0, 100, 100, 0, 0, 142]);
        assert!(rate.0.len() <= 4, "what is over is forgotten");
    }
}
