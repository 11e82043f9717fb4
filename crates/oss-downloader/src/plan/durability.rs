use std::time::Duration;

/// When data and record are made durable while a download runs, so that a loss of power costs little.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SyncSchedule {
    bytes: u64,
    last: Duration,
}

impl SyncSchedule {
    /// So many more bytes were recorded. Whether it is time to sync.
    pub(crate) fn on_recorded(&mut self, bytes: u64, now: Duration) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let due = self.bytes >= BYTES || now.saturating_sub(self.last) >= INTERVAL;
        if due {
            *self = Self { bytes: 0, last: now };
        }
        due
    }
}

const BYTES: u64 = 64 << 20;
const INTERVAL: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_after_64_mib_or_two_seconds() {
        let mut schedule = SyncSchedule::default();
        assert!(!schedule.on_recorded(BYTES - 1, Duration::from_millis(1_999)));
        assert!(schedule.on_recorded(1, Duration::from_millis(1_999)));
        assert!(!schedule.on_recorded(1, Duration::from_millis(3_998)));
        assert!(schedule.on_recorded(1, Duration::from_millis(3_999)));
    }
}
