use std::time::Duration;

/// When, and how often, a straggling part is transferred a second time.
#[derive(Debug)]
pub struct Hedging {
    left: usize,
    durations: Vec<Duration>,
}

impl Hedging {
    /// No part is known yet.
    pub fn new() -> Self {
        Self { left: BUDGET, durations: Vec::new() }
    }

    /// A part took so long.
    pub fn add(&mut self, took: Duration) {
        if self.durations.len() < SAMPLES {
            self.durations.push(took);
        } else if let Some(slot) = self.durations.get_mut(self.left % SAMPLES) {
            *slot = took;
        }
    }

    /// How long a part may take before it counts as straggling: three times the median, at least 2 s. `None` before
    /// enough parts are known, and once as many were hedged as may be.
    pub fn patience(&self) -> Option<Duration> {
        let mut sorted = self.durations.clone();
        sorted.sort_unstable();
        let enough = self.left > 0 && sorted.len() >= MIN_SAMPLES;
        let median = sorted.get(sorted.len() / 2).filter(|_| enough)?;
        Some(median.saturating_mul(FACTOR).max(MIN_AGE))
    }

    /// A straggling part is transferred a second time.
    pub fn spend(&mut self) {
        self.left = self.left.saturating_sub(1);
    }
}

impl Default for Hedging {
    fn default() -> Self {
        Self::new()
    }
}

/// Parts of one transfer that may be transferred a second time.
const BUDGET: usize = 2;
const SAMPLES: usize = 32;
const MIN_SAMPLES: usize = 4;
const FACTOR: u32 = 3;
const MIN_AGE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_thrice_the_median_until_the_budget_is_spent() {
        let mut hedging = Hedging::new();
        for seconds in [9, 2, 3] {
            hedging.add(Duration::from_secs(seconds));
            assert_eq!(hedging.patience(), None, "too few are known");
        }
        hedging.add(Duration::from_secs(4));
        assert_eq!(hedging.patience(), Some(Duration::from_secs(12)));
        for _ in 0..BUDGET {
            hedging.spend();
        }
        assert_eq!(hedging.patience(), None);
    }

    #[test]
    fn short_parts_are_not_hurried() {
        let mut hedging = Hedging::new();
        (0..100).for_each(|_| hedging.add(Duration::from_millis(5)));
        assert_eq!(hedging.patience(), Some(MIN_AGE));
    }
}
