//! What several calls do to credentials that are kept, in many orders of their steps.
//!
//! The file under test is mounted here a second time, with the locks and tasks of shuttle: at each of their steps it chooses the
//! thread that takes the next one. No limit of time ends a fetch here.
#![cfg(test)]

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_auth::Credentials;
use shuttle::future::{block_on, spawn, yield_now};
use shuttle::scheduler::RandomScheduler;
use shuttle::sync::{self, Arc};
use shuttle::{Config, Runner, thread};

use self::cache::Cache;
use crate::clock::Clock;

#[path = "refreshing/cache.rs"]
#[expect(dead_code, clippy::duplicate_mod, reason = "on purpose; the provider alone asks for its name")]
mod cache;

/// Time as the file under test takes it: each look at it is later than the one before.
mod time {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::time::Duration;

    #[derive(Clone, Copy, PartialEq, PartialOrd)]
    pub(super) struct Instant(u64);

    impl Instant {
        pub(super) fn now() -> Self {
            static LOOKS: AtomicU64 = AtomicU64::new(0);
            Self(LOOKS.fetch_add(1, SeqCst))
        }
    }

    /// What no future here ends with.
    pub(super) struct Elapsed;

    pub(super) async fn timeout<F: Future>(_: Duration, future: F) -> Result<F::Output, Elapsed> {
        Ok(future.await)
    }
}

/// So many orders, the same ones in each run of the tests: all of them would take hours.
fn in_many_orders(run: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new_from_seed(19, 500), config).run(run);
}

/// A source whose fetches are numbered, and give credentials for an hour; so many of the first ones fail.
#[derive(Clone)]
struct Source(Arc<Counts>);

struct Counts {
    failing: u64,
    fetches: AtomicU64,
    under_way: AtomicU64,
    /// Time of day, in seconds.
    now: AtomicU64,
}

const HOUR: u64 = 3_600;

impl Source {
    fn failing(failing: u64) -> Self {
        let zero = || AtomicU64::new(0);
        Self(Arc::new(Counts { failing, fetches: zero(), under_way: zero(), now: zero() }))
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.now.load(SeqCst))
    }

    fn cache(&self) -> Cache {
        let (source, clock) = (self.clone(), self.clone());
        let fetch = move || -> crate::BoxFuture<'static, _> {
            let source = source.clone();
            Box::pin(async move {
                let number = source.0.fetches.fetch_add(1, SeqCst);
                let under_way = UnderWay::of(&source);
                yield_now().await;
                drop(under_way);
                if number < source.0.failing {
                    return Err("no".into());
                }
                let expiration = source.now() + Duration::from_secs(HOUR);
                Ok(Credentials::new(number.to_string(), "s").with_expiration(expiration))
            })
        };
        let mut cache = Cache::new("test".into(), Box::new(fetch), Duration::from_secs(60));
        cache.clock = Clock::new(move || clock.now());
        cache
    }

    fn fetches(&self) -> u64 {
        self.0.fetches.load(SeqCst)
    }
}

/// A fetch, until it ends or is dropped.
struct UnderWay(Source);

impl UnderWay {
    fn of(source: &Source) -> Self {
        assert_eq!(source.0.under_way.fetch_add(1, SeqCst), 0, "two fetches at a time");
        Self(source.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.under_way.fetch_sub(1, SeqCst);
    }
}

fn id(cache: &Cache) -> String {
    block_on(cache.get()).map_or_else(|error| error.to_string(), |credentials| credentials.access_key_id().to_owned())
}

/// The ids that so many calls get, made at once.
fn ids(cache: &Cache, calls: usize) -> Vec<String> {
    let calls: Vec<_> = (0..calls).map(|_| cache.clone()).map(|cache| thread::spawn(move || id(&cache))).collect();
    calls.into_iter().map(|call| call.join().unwrap()).collect()
}

/// Rows: R69.
#[test]
fn calls_share_one_fetch_in_whatever_order_they_come() {
    in_many_orders(|| {
        let source = Source::failing(0);
        assert_eq!(ids(&source.cache(), 3), ["0"; 3]);
        assert_eq!(source.fetches(), 1);
    });
}

/// Rows: R69.
#[test]
fn a_fetch_that_fails_is_not_repeated_by_those_who_waited_for_it() {
    in_many_orders(|| {
        let source = Source::failing(1);
        let ids = ids(&source.cache(), 3);
        // Who comes after the failure may ask once more, for all others that do.
        let failed = ids.iter().filter(|id| *id == "no").count();
        assert!(failed >= 1 && ids.iter().all(|id| id == "no" || id == "1"), "{ids:?}");
        assert_eq!(source.fetches(), if failed == 3 { 1 } else { 2 });
    });
}

/// Rows: R68.
#[test]
fn refused_credentials_are_handed_to_no_later_call_and_replaced_once() {
    in_many_orders(|| {
        let source = Source::failing(0);
        let cache = source.cache();
        let first = block_on(cache.get()).unwrap();
        let refused = [(); 2].map(|()| (cache.clone(), first.clone())).map(|(cache, first)| {
            thread::spawn(move || {
                cache.reject(&first);
                id(&cache)
            })
        });
        let meanwhile = id(&cache);
        assert!(meanwhile == "0" || meanwhile == "1", "{meanwhile}");
        assert_eq!(refused.map(|call| call.join().unwrap()), ["1", "1"]);
        assert_eq!(source.fetches(), 2);
    });
}

/// Rows: R69.
#[test]
fn near_the_end_no_call_waits_and_one_fetch_serves_all() {
    in_many_orders(|| {
        let source = Source::failing(0);
        let cache = source.cache();
        assert_eq!(id(&cache), "0");
        source.0.now.store(HOUR - 800, SeqCst);
        let ids = ids(&cache, 3);
        assert!(ids.iter().all(|id| id == "0" || id == "1"), "{ids:?}");
        // What runs beside the calls ends some time.
        while id(&cache) != "1" {
            thread::yield_now();
        }
        assert_eq!(source.fetches(), 2);
    });
}

/// A call may be cancelled while it fetches, or while it waits for the one that does.
///
/// Rows: R69.
#[test]
fn a_call_that_is_given_up_at_any_moment_stops_no_other() {
    in_many_orders(|| {
        let source = Source::failing(0);
        let cache = source.cache();
        let given_up = spawn({
            let cache = cache.clone();
            async move { cache.get().await.is_ok() }
        });
        let other = thread::spawn({
            let cache = cache.clone();
            move || id(&cache)
        });
        given_up.abort();
        assert!(["0", "1"].contains(&other.join().unwrap().as_str()));
    });
}
