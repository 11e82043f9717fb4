use std::time::Duration;

/// Minimum throughput of a body: one that brings less than 16 KiB/s over 20 s is given up, since a new connection is
/// likely to be faster.
///
/// Only time in which the server was waited for counts; what a slow disk, a slow consumer or a limit of the bandwidth
/// takes does not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Throughput {
    /// Time waited for the server, and bytes, since the window began.
    waited: Duration,
    bytes: u64,
}

impl Throughput {
    /// So many bytes came after a wait. Whether the body is too slow.
    pub(crate) fn on_bytes(&mut self, bytes: u64, waited: Duration) -> bool {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < WINDOW {
            return false;
        }
        let too_slow = u128::from(self.bytes) * 1000 < u128::from(MIN_RATE) * self.waited.as_millis();
        *self = Self::default();
        too_slow
    }

    /// How long to wait for the next bytes at most before the body is too slow.
    pub(crate) fn patience(&self) -> Duration {
        WINDOW.saturating_sub(self.waited)
    }
}

/// Why a body was given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the body came slower than {} KiB/s for {} s", MIN_RATE >> 10, WINDOW.as_secs())]
pub(crate) struct TooSlow;

/// Bytes per second.
const MIN_RATE: u64 = 16 << 10;
const WINDOW: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    fn run(bytes: u64, every: Duration, times: u32) -> Option<u32> {
        let mut throughput = Throughput::default();
        (1..=times).find(|_| throughput.on_bytes(bytes, every))
    }

    #[test]
    fn a_slow_body_is_given_up_after_its_window_and_a_fast_one_never() {
        let second = Duration::from_secs(1);
        assert_eq!(run((16 << 10) - 1, second, 100), Some(20));
        assert_eq!(run(16 << 10, second, 1_000), None);
        assert_eq!(run(0, Duration::from_secs(30), 1), Some(1));
    }

    #[test]
    fn each_window_is_judged_by_itself() {
        let mut throughput = Throughput::default();
        assert!(!throughput.on_bytes(1 << 30, Duration::from_secs(20)));
        assert!(!throughput.on_bytes(1, Duration::from_secs(19)));
        assert_eq!(throughput.patience(), Duration::from_secs(1));
        assert!(throughput.on_bytes(1, Duration::from_secs(1)));
    }
}
