//! What a transfer takes from the world beside files and its service: the time of day, and chance.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The time of day. Default: the system's.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The time that this function gives.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> SystemTime {
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

/// Random numbers, evenly from 0 (inclusive) to 1 (exclusive). Default: those of this thread.
#[derive(Clone)]
pub struct Entropy(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Entropy {
    /// The numbers that this function gives.
    pub fn new(random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(random))
    }

    /// The next number.
    pub fn random(&self) -> f64 {
        (self.0)()
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
