//! Credentials: fetched, refused, refreshed, and what happens when their source fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use oss_auth::Credentials;
use oss_models::{BoxError, CallErrorKind};
use oss_transport::Transport;
use oss_transport::credentials::{FnProvider, RefreshingProvider};
use tokio::time::Instant;

use crate::support::{Log, builder, credentials, memory, ok, put, refusal, scripted, send};

/// Otherwise an object that is not there would be called unknown.
/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_refused_for_its_credentials_is_not_lost() {
    for (first, lost) in [(Ok(refusal(403, "SecurityTokenExpired")), false), (Err("reset"), true)] {
        let service = memory(&Log::default(), move |n, _| match (n, &first) {
            (0, Ok(refused)) => Ok(refused.clone()),
            (0, Err(broke)) => Err((*broke).into()),
            _ => Ok(refusal(501, "NotImplemented")),
        });
        let fetches = AtomicU32::new(0);
        let provider = RefreshingProvider::new("test", move || {
            let number = fetches.fetch_add(1, Relaxed);
            async move { Ok(Credentials::new(format!("id{number}"), "s").with_security_token(format!("t{number}"))) }
        });
        let transport = builder().credentials_provider(provider).http_service(service).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some("NotImplemented"), 2), "{error}");
        assert_eq!((error.outcome_unknown(), error.response_lost()), (true, lost), "{error}");
    }
}

/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn expired_credentials_are_replaced_once_and_at_once() {
    for (status, code) in [
        (403, "SecurityTokenExpired"),
        (403, "InvalidSecurityToken"),
        (403, "InvalidAccessKeyId"),
        (403, "AccessKeyIdAndSecurityTokenNotMatch"),
        (401, ""),
    ] {
        let fetches = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&fetches);
        let provider = RefreshingProvider::new("test", move || {
            let number = count.fetch_add(1, Relaxed);
            async move { Ok(Credentials::new(format!("id{number}"), "s").with_security_token(format!("t{number}"))) }
        });
        let log = Log::default();
        let service = memory(&log, move |_, seen| {
            Ok(if seen.headers["x-oss-security-token"] == "t0" { refusal(status, code) } else { ok() })
        });
        let transport = builder().credentials_provider(provider).http_service(service).build().unwrap();
        let begin = Instant::now();
        assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 2, "{status} {code}");
        assert_eq!((begin.elapsed(), fetches.load(Relaxed)), (Duration::ZERO, 2));
    }
    // Those that never change are not worth another attempt, and those that stay refused are not worth a third.
    let log = Log::default();
    let transport = scripted(&log, vec![refusal(403, "SecurityTokenExpired"); 5]);
    assert_eq!(send(&transport, put("abc")).await.unwrap_err().attempts(), 1);
    let log = Log::default();
    let always = memory(&log, |_, _| Ok(refusal(403, "SecurityTokenExpired")));
    let provider = FnProvider::new(|| async { Ok(credentials()) });
    let transport = builder().max_attempts(9).credentials_provider(provider).http_service(always).build().unwrap();
    assert_eq!(send(&transport, put("abc")).await.unwrap_err().attempts(), 2);
}

/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn temporary_keys_that_are_unknown_are_replaced_once_for_all_calls() {
    let fetches = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetches);
    let provider = RefreshingProvider::new("test", move || {
        let number = count.fetch_add(1, Relaxed);
        async move { Ok(Credentials::new(format!("STS.{number}"), "s").with_security_token("t")) }
    });
    // One key in use by many calls at once, and then its successor, are withdrawn.
    let log = Log::default();
    let withdrawn = |key: &'static str| {
        memory(&log, move |_, seen| {
            let is_signed_by = |key| seen.headers["authorization"].to_str().unwrap().contains(key);
            Ok(if is_signed_by("STS.0/") || is_signed_by(key) { refusal(403, "InvalidAccessKeyId") } else { ok() })
        })
    };
    let config = || builder().shared_credentials_provider(Arc::new(provider.clone()));
    let transport = config().http_service(withdrawn("STS.0/")).build().unwrap();
    let mut tasks: tokio::task::JoinSet<_> = (0..8)
        .map(|_| {
            let transport = transport.clone();
            async move { send(&transport, put("abc")).await.map(|response| response.attempts) }
        })
        .collect();
    while let Some(outcome) = tasks.join_next().await {
        assert!(outcome.unwrap().is_ok_and(|attempts| attempts <= 2));
    }
    assert_eq!(fetches.load(Relaxed), 2);
    let transport = config().http_service(withdrawn("STS.")).max_attempts(9).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert_eq!((error.code(), error.attempts(), fetches.load(Relaxed)), (Some("InvalidAccessKeyId"), 2, 3));
    assert!(error.is_fatal_for_batch(), "others do not fare better");
}

/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn a_key_of_an_account_that_is_unknown_is_wrong() {
    let fetches = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetches);
    let own = RefreshingProvider::new("test", move || {
        count.fetch_add(1, Relaxed);
        async { Ok(Credentials::new("LTAI", "s")) }
    });
    let log = Log::default();
    let unknown = || memory(&log, |_, _| Ok(refusal(403, "InvalidAccessKeyId")));
    let transport = builder().credentials_provider(own).http_service(unknown()).build().unwrap();
    assert_eq!(send(&transport, put("abc")).await.unwrap_err().attempts(), 1);
    assert_eq!(fetches.load(Relaxed), 1);
    // Temporary ones that are all there are: no one has others.
    let transport = builder().http_service(unknown()).build().unwrap();
    assert_eq!(send(&transport, put("abc")).await.unwrap_err().attempts(), 1);
}

/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn every_attempt_is_signed_again() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let provider = FnProvider::new(move || {
        let number = count.fetch_add(1, Relaxed);
        async move { Ok(Credentials::new(format!("id{number}"), "s")) }
    });
    let log = Log::default();
    let service = memory(&log, |n, _| Ok(if n < 2 { refusal(503, "ServiceUnavailable") } else { ok() }));
    let transport = builder().credentials_provider(provider).http_service(service).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    for (number, seen) in log.all().iter().enumerate() {
        let authorization = seen.headers["authorization"].to_str().unwrap();
        assert!(authorization.contains(&format!("Credential=id{number}/")), "{authorization}");
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
    }
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_or_hangs_is_named() {
    let log = Log::default();
    let failing = FnProvider::new(|| async { Err::<Credentials, BoxError>("vault is sealed".into()) });
    let transport =
        builder().credentials_provider(failing).http_service(memory(&log, |_, _| Ok(ok()))).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(crate::support::chain(&error).contains("provider function gave no credentials"), "{error:?}");
    assert_eq!(error.attempts(), 1);

    let hanging = FnProvider::new(std::future::pending::<Result<Credentials, BoxError>>);
    let transport =
        builder().credentials_provider(hanging).http_service(memory(&log, |_, _| Ok(ok()))).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Credentials(_)));
    assert!(crate::support::chain(&error).contains("the `credentials_timeout` of 60 s was reached"), "{error:?}");
    assert_eq!(begin.elapsed(), Duration::from_secs(60));
    let empty = FnProvider::new(|| async { Ok(Credentials::new("", "")) });
    let transport = builder().credentials_provider(empty).http_service(memory(&log, |_, _| Ok(ok()))).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(crate::support::chain(&error).contains("provider function gave no credentials"), "{error:?}");
    assert_eq!(log.len(), 0);
}

/// Seconds since the epoch of a clock that a test sets.
type Seconds = Arc<AtomicU64>;

fn time(clock: &Seconds) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Relaxed))
}

/// A transport whose credentials last an hour; the fetches with these numbers (from 1) never return.
fn hanging(clock: &Seconds, hangs: fn(u32) -> bool) -> (Transport, Arc<AtomicU32>) {
    let fetches = Arc::new(AtomicU32::new(0));
    let (count, issued_by) = (Arc::clone(&fetches), Arc::clone(clock));
    let fetch = move || {
        let number = count.fetch_add(1, Relaxed) + 1;
        let expiration = time(&issued_by) + HOUR;
        async move {
            if hangs(number) {
                std::future::pending::<()>().await;
            }
            Ok(Credentials::new(format!("id{number}"), "s").with_security_token("t").with_expiration(expiration))
        }
    };
    let now = Arc::clone(clock);
    let provider = RefreshingProvider::new("vault", fetch).clock(move || time(&now));
    let service = memory(&Log::default(), |_, _| Ok(ok()));
    (builder().credentials_provider(provider).http_service(service).build().unwrap(), fetches)
}

const HOUR: Duration = Duration::from_secs(3600);

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn a_refresh_beside_the_calls_that_hangs_is_followed_by_another() {
    let clock = Seconds::default();
    let (transport, fetches) = hanging(&clock, |number| number == 2);
    send(&transport, put("abc")).await.unwrap();
    // Near the end the second fetch begins, and hangs.
    clock.store(3000, Relaxed);
    send(&transport, put("abc")).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(fetches.load(Relaxed), 2);
    // It fails at its limit, while the credentials are still valid, and the next call is followed by a third.
    tokio::time::sleep(Duration::from_secs(61)).await;
    clock.store(3061, Relaxed);
    send(&transport, put("abc")).await.unwrap();
    clock.store(3600, Relaxed);
    let begin = Instant::now();
    send(&transport, put("abc")).await.unwrap();
    assert_eq!((fetches.load(Relaxed), begin.elapsed()), (3, Duration::ZERO));
}

/// Rows: R69.
#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_a_refresh_that_hangs_wait_for_its_limit() {
    let clock = Seconds::default();
    let (transport, fetches) = hanging(&clock, |number| number == 2);
    send(&transport, put("abc")).await.unwrap();
    clock.store(3599, Relaxed);
    send(&transport, put("abc")).await.unwrap();
    // The second fetch is still under way when the old ones expire.
    tokio::time::sleep(Duration::from_secs(20)).await;
    clock.store(3600, Relaxed);
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(crate::support::chain(&error).contains("the `credentials_timeout` of 60 s was reached"), "{error:?}");
    send(&transport, put("abc")).await.unwrap();
    assert_eq!((fetches.load(Relaxed), begin.elapsed()), (3, Duration::from_secs(40)));
}

/// Rows: R69.
#[test]
fn a_refresh_on_a_runtime_that_stands_still_is_not_waited_for() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let clock = Seconds::default();
    let (transport, fetches) = hanging(&clock, |number| number == 2);
    let first = runtime();
    first.block_on(async {
        send(&transport, put("abc")).await.unwrap();
        clock.store(3599, Relaxed);
        send(&transport, put("abc")).await.unwrap();
        tokio::task::yield_now().await;
    });
    assert_eq!(fetches.load(Relaxed), 2);
    // From here on nothing drives the runtime on which the second fetch is under way.
    clock.store(3600, Relaxed);
    runtime().block_on(async {
        let begin = Instant::now();
        send(&transport, put("abc")).await.unwrap();
        assert_eq!((fetches.load(Relaxed), begin.elapsed()), (3, Duration::from_secs(60)));
    });
    drop(first);
}
