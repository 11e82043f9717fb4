//! The difference between this machine's clock and the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// The time that requests are signed with: this machine's clock, corrected by what the server last said of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// Server's time minus this machine's, in milliseconds.
    offset: Arc<AtomicI64>,
}

/// A clock further off than this is not corrected: a server that says so is more likely to be wrong, or no OSS.
const MAX_OFFSET: Duration = Duration::from_secs(24 * 60 * 60);

impl Clock {
    /// The corrected time.
    pub(crate) fn now(&self) -> SystemTime {
        let offset = self.offset.load(Relaxed);
        let amount = Duration::from_millis(offset.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if offset < 0 { now.checked_sub(amount) } else { now.checked_add(amount) };
        corrected.unwrap_or(now)
    }

    /// Sets the clock by the server's time, given the local time at which it was read. `false` if that is out of bounds.
    pub(crate) fn correct(&self, server: SystemTime, local: SystemTime) -> bool {
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
        let clock = Clock::default();
        let local = SystemTime::now();
        for hours in [2, 5] {
            let server = local + Duration::from_secs(hours * 3600);
            assert!(clock.correct(server, local));
            assert!(clock.now() >= server && clock.now() < server + Duration::from_secs(60));
        }
        assert!(!clock.correct(local + MAX_OFFSET + Duration::from_secs(1), local));
        assert!(!clock.correct(SystemTime::UNIX_EPOCH, local));
        assert!(clock.now() >= local + Duration::from_secs(5 * 3600), "a refused correction changes nothing");
        assert!(clock.correct(local - Duration::from_secs(3600), local));
        assert!(clock.now() < local);
    }
}
