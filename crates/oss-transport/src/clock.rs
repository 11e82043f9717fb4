//! What a transport takes from the world beside the network: the time of day, and random numbers.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The time of day.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Random numbers, evenly from 0 (inclusive) to 1 (exclusive).
#[derive(Clone)]
pub(crate) struct Entropy(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Entropy {
    pub(crate) fn new(random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(random))
    }

    /// A number out of range counts as 0.
    pub(crate) fn random(&self) -> f64 {
        Some((self.0)()).filter(|random| (0.0..1.0).contains(random)).unwrap_or_default()
    }
}

impl Default for Entropy {
    fn default() -> Self {
        Self::new(fastrand::f64)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
