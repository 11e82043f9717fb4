//! The difference between this machine's clock and the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use crate::clock::Clock;

/// The time that requests are signed with: this machine's clock, corrected by what the server last said of it.
#[derive(Clone, Debug)]
pub(super) struct SkewedClock {
    clock: Clock,
    /// Server's time minus this machine's, in milliseconds.
    offset: Arc<AtomicI64>,
}

/// A clock further off than this is not corrected: a server that says so is more likely to be wrong, or no OSS.
const MAX_OFFSET: Duration = Duration::from_secs(24 * 60 * 60);

impl SkewedClock {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, offset: Arc::default() }
    }

    /// The corrected time.
    pub(super) fn now(&self) -> SystemTime {
        let offset = self.offset.load(Relaxed);
        let amount = Duration::from_millis(offset.unsigned_abs());
        let now = self.clock.now();
        let corrected = if offset < 0 { now.checked_sub(amount) } else { now.checked_add(amount) };
        corrected.unwrap_or(now)
    }

    /// Corrects the clock by the server's time, which is that of this moment. `false` if that is out of bounds.
    pub(super) fn correct(&self, server: SystemTime) -> bool {
        let local = self.clock.now();
        let (sign, amount) = match server.duration_since(local) {
            Ok(ahead) => (1, ahead),
            Err(behind) => (-1, behind.duration()),
        };
        if amount > MAX_OFFSET {
            return false;
        }
        let Ok(millis) = i64::try_from(amount.as_millis()) else { return false };
        self.offset.store(sign * millis, Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: R67.
    #[test]
    fn a_correction_holds_and_is_bounded() {
        let local = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let clock = SkewedClock::new(Clock::new(move || local));
        assert_eq!(clock.now(), local);
        for hours in [2, 5] {
            let server = local + Duration::from_secs(hours * 3600);
            assert!(clock.correct(server));
            assert_eq!(clock.now(), server);
        }
        assert!(!clock.correct(local + MAX_OFFSET + Duration::from_secs(1)));
        assert!(!clock.correct(SystemTime::UNIX_EPOCH));
        assert_eq!(clock.now(), local + Duration::from_secs(5 * 3600), "a refused correction changes nothing");
        assert!(clock.correct(local - Duration::from_secs(3600)));
        assert_eq!(clock.now(), local - Duration::from_secs(3600));
    }
}
