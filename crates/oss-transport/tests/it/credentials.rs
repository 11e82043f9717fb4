//! Credentials: fetched, refused, refreshed, and what happens when their source fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use oss_auth::Credentials;
use oss_models::{BoxError, CallErrorKind};
use oss_transport::credentials::{FnProvider, RefreshingProvider};
use tokio::time::Instant;

use crate::support::{Log, builder, credentials, memory, ok, put, refusal, scripted, send};

/// Rows: R68.
#[tokio::test(start_paused = true)]
async fn expired_credentials_are_replaced_once_and_at_once() {
    for (status, code) in [(403, "SecurityTokenExpired"), (403, "InvalidSecurityToken"), (401, "")] {
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
