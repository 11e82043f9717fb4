//! What is logged belongs to a call, an attempt or a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use oss_auth::Credentials;
use oss_transport::credentials::RefreshingProvider;

use crate::support::{Log, Net, OK, Written, builder, http_response, memory, put, read_request, send, write};

fn subscriber(written: &Written) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(written.clone())
        .finish()
}

/// A fetch beside the calls logs in the span of the attempt that began it.
#[tokio::test(start_paused = true)]
async fn a_refresh_of_credentials_keeps_the_span_of_its_attempt() {
    let written = Written::default();
    let _guard = tracing::subscriber::set_default(subscriber(&written));
    let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let (passed, fetches) = (Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    let provider = RefreshingProvider::new("vault", move || {
        let is_first = fetches.fetch_add(1, Relaxed) == 0;
        async move {
            let expiration = begin + Duration::from_secs(3600);
            if is_first { Ok(Credentials::new("id", "s").with_expiration(expiration)) } else { Err("sealed".into()) }
        }
    });
    let time = Arc::clone(&passed);
    let provider = provider.clock(move || begin + Duration::from_secs(time.load(Relaxed)));
    let service = memory(&Log::default(), |_, _| Ok(http_response(200, &[], "")));
    let transport = builder().credentials_provider(provider).http_service(service).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    passed.store(3000, Relaxed);
    // Twice with all callsites known, since another test's thread may have met them while no subscriber was set.
    for _ in 0..2 {
        send(&transport, put("abc")).await.unwrap();
        tokio::task::yield_now().await;
        tracing::callsite::rebuild_interest_cache();
        passed.fetch_add(500, Relaxed);
    }
    let written = written.text();
    let line = written.lines().find(|line| line.contains("could not be renewed")).expect("it is logged");
    assert!(line.contains("call{operation=\"PutObject\"") && line.contains("attempt{number=1"), "{line}");
}

/// A connection serves later calls, too, so it has a span of its own, beside that of the call that opened it.
#[tokio::test(start_paused = true)]
async fn a_connection_has_a_span_of_its_own() {
    let written = Written::default();
    let _guard = tracing::subscriber::set_default(subscriber(&written));
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, OK).await;
        write(&mut stream, "out of turn").await;
    });
    let transport = builder().connector(net).build().unwrap();
    for _ in 0..2 {
        send(&transport, put("abc")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        tracing::callsite::rebuild_interest_cache();
    }
    let written = written.text();
    let line = written.lines().find(|line| line.contains("connection ended")).expect("it is logged");
    assert!(line.contains("connection{origin=demo.oss.test:80}") && !line.contains("call{"), "{line}");
}
