//! When to fetch new credentials. The rules only: who fetches, and how many at once, is the caller's business.

use std::time::{Duration, SystemTime};

use super::Credentials;

/// What has to be done before a request is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Due {
    /// Nothing: use what is there.
    No,
    /// Fetch new credentials beside the request, one fetch for all; use what is there meanwhile, and also if it fails.
    Soft,
    /// Fetch new credentials first; if that fails, so does the request.
    Hard,
}

/// The state of the credentials in use: replaced with each fetch.
///
/// A fetch is due softly from `min(15 min, lifetime / 3)` before the expiration on, and hard from the expiration on.
/// After a failed soft fetch the next one waits 5 s, then twice as long each time, up to 60 s. Credentials without
/// expiration are fetched once. The service saying that they have expired makes a fetch due hard, whatever the clock
/// says.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use oss_auth::Credentials;
/// use oss_auth::credentials::{Due, Refresh};
///
/// let fetched_at = UNIX_EPOCH + Duration::from_secs(1_000_000);
/// let minutes = |count: u64| fetched_at + Duration::from_secs(60 * count);
/// let credentials = Credentials::new("STS.x", "s").with_security_token("t").with_expiration(minutes(60));
/// let refresh = Refresh::new(&credentials, fetched_at);
/// assert_eq!(refresh.due(minutes(44)), Due::No);
/// assert_eq!(refresh.due(minutes(45)), Due::Soft);
/// assert_eq!(refresh.due(minutes(60)), Due::Hard);
/// ```
#[derive(Clone, Debug)]
pub struct Refresh {
    expiration: Option<SystemTime>,
    window: Duration,
    not_before: Option<SystemTime>,
    failures: u32,
    rejected: bool,
}

impl Refresh {
    /// The state right after a fetch.
    #[must_use]
    pub fn new(credentials: &Credentials, fetched_at: SystemTime) -> Self {
        let expiration = credentials.expiration();
        let lifetime = expiration.and_then(|end| end.duration_since(fetched_at).ok()).unwrap_or_default();
        Self { expiration, window: MAX_WINDOW.min(lifetime / 3), not_before: None, failures: 0, rejected: false }
    }

    /// What is due at `now`.
    #[must_use]
    pub fn due(&self, now: SystemTime) -> Due {
        if self.rejected {
            return Due::Hard;
        }
        let Some(expiration) = self.expiration else { return Due::No };
        if expiration <= now {
            return Due::Hard;
        }
        let is_near = now.checked_add(self.window).is_none_or(|horizon| horizon >= expiration);
        let may_try = self.not_before.is_none_or(|not_before| not_before <= now);
        if is_near && may_try { Due::Soft } else { Due::No }
    }

    /// A soft fetch failed at `now`: put off the next one.
    pub fn on_failure(&mut self, now: SystemTime) {
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(8)).min(MAX_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(wait);
    }

    /// The service says these credentials have expired ([`is_expiry_code`]): the next fetch is hard.
    ///
    /// Check first that the refused request was signed with the credentials still in use
    /// ([`Credentials::is_same_key`]), so that requests in flight do not each force a fetch.
    pub fn on_rejected(&mut self) {
        self.rejected = true;
    }
}

/// Whether an error code of OSS means that new credentials may help.
#[must_use]
pub fn is_expiry_code(code: &str) -> bool {
    matches!(code, "SecurityTokenExpired" | "InvalidSecurityToken")
}

const MAX_WINDOW: Duration = Duration::from_secs(15 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(5);
const MAX_WAIT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::UNIX_EPOCH;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn refresh(lifetime: u64) -> Refresh {
        Refresh::new(&Credentials::new("ak", "sk").with_expiration(at(1000 + lifetime)), at(1000))
    }

    #[test]
    fn the_shortest_session_of_sts_is_not_stale_at_birth() {
        let refresh = refresh(900);
        assert_eq!(refresh.due(at(1000)), Due::No);
        assert_eq!(refresh.due(at(1599)), Due::No);
        assert_eq!(refresh.due(at(1600)), Due::Soft);
    }

    /// Rows: R69.
    #[test]
    fn a_failed_soft_fetch_backs_off_up_to_a_minute() {
        let mut refresh = refresh(3600);
        let mut now = 1000 + 2700;
        for wait in [5, 10, 20, 40, 60, 60] {
            assert_eq!(refresh.due(at(now)), Due::Soft);
            refresh.on_failure(at(now));
            assert_eq!(refresh.due(at(now + wait - 1)), Due::No);
            now += wait;
        }
        assert_eq!(refresh.due(at(1000 + 3600)), Due::Hard);
    }

    #[test]
    fn long_term_keys_are_fetched_once() {
        let refresh = Refresh::new(&Credentials::new("ak", "sk"), at(0));
        assert_eq!(refresh.due(at(4_000_000_000)), Due::No);
    }

    #[test]
    fn a_rejection_counts_more_than_the_clock() {
        let mut refresh = refresh(3600);
        refresh.on_rejected();
        assert_eq!(refresh.due(at(1001)), Due::Hard);
        assert!(is_expiry_code("SecurityTokenExpired") && !is_expiry_code("AccessDenied"));
    }

    proptest! {
        #[test]
        fn what_is_due_only_grows(lifetime in 0..100_000_u64, a in 0..200_000_u64, b in 0..200_000_u64) {
            let rank = |due| match due { Due::No => 0, Due::Soft => 1, Due::Hard => 2 };
            let (early, late) = (a.min(b), a.max(b));
            let refresh = refresh(lifetime);
            prop_assert!(rank(refresh.due(at(1000 + early))) <= rank(refresh.due(at(1000 + late))));
            prop_assert_eq!(refresh.due(at(1000 + lifetime)), Due::Hard);
        }
    }
}
