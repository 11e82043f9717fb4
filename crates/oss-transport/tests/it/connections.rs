//! Connections that are kept: which request uses one again, and what happens when it was closed meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use oss_models::{CallError, CallErrorKind};
use oss_transport::RetryBudget;
use tokio::io::DuplexStream;
use tokio::time::Instant;

use crate::support::{
    APPEND, Net, OK, builder, get, over, put, read_head, read_request, request, responding, send, write,
};

#[tokio::test(start_paused = true)]
async fn connections_are_kept_and_used_again() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let transport = over(&net);
    for _ in 0..3 {
        assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 1);
    }
    assert_eq!(net.dialed(), ["demo.oss.test:80"]);
    let head = &seen.lock().unwrap()[0].head;
    assert!(head.starts_with("PUT /key HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nhost: demo.oss.test\r\n"), "{head}");
    assert!(!head.to_ascii_lowercase().contains("expect:") && !head.to_ascii_lowercase().contains("accept-encoding"));
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_on_time_though_nothing_is_sent() {
    let begin = Instant::now();
    let closed: Arc<Mutex<Vec<u64>>> = Arc::default();
    let seen = Arc::clone(&closed);
    let net = Net::new(move |_, mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            while read_request(&mut stream).await.is_some() {
                write(&mut stream, OK).await;
            }
            seen.lock().unwrap().push(begin.elapsed().as_secs());
        }
    });
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let config = builder().connector(net.clone());
    let transport = config.clone().build().unwrap();
    let hasty = config.clone().idle_timeout(Duration::from_secs(3)).build().unwrap();
    let (one, other) = tokio::join!(send(&transport, put("abc")), send(&transport, put("abc")));
    assert!(one.is_ok() && other.is_ok());
    send(&hasty, put("abc")).await.unwrap();
    // One of the two is used again, and idle again from then on.
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(*closed.lock().unwrap(), [3]);
    send(&transport, put("abc")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(49)).await;
    assert_eq!(
        (closed.lock().unwrap().clone(), tasks() - before),
        (vec![3, 50], 2),
        "one connection: a driver and its server"
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((closed.lock().unwrap().clone(), tasks()), (vec![3, 50, 90], before));
    assert_eq!(net.dialed().len(), 3);
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(net.dialed().len(), 4);

    // A transport that is gone takes its connections with it, whatever their time.
    drop((transport, config));
    let gone = Instant::now();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!((tasks(), closed.lock().unwrap().len()), (before, 4), "{:?} later", gone.elapsed());
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_not_used_after_its_limit() {
    let (net, _) = responding(|_, _| OK.to_owned());
    let transport = over(&net);
    send(&transport, put("abc")).await.unwrap();
    tokio::time::advance(Duration::from_secs(51)).await;
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(net.dialed().len(), 2);
}

/// Serves one request on the first connection, keeps it open, and closes it when the next one comes.
fn closing_race() -> Net {
    Net::new(|number, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, OK).await;
        if number == 0 {
            let _ = read_head(&mut stream).await;
            return;
        }
        while read_request(&mut stream).await.is_some() {
            write(&mut stream, OK).await;
        }
    })
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn a_kept_connection_that_was_closed_is_no_news_about_the_service() {
    let budget = RetryBudget::new(1);
    let net = closing_race();
    let transport = builder().connector(net.clone()).max_attempts(1).retry_budget(budget.clone()).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    let begin = Instant::now();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, begin.elapsed()), (2, Duration::ZERO), "at once, and not counted");
    assert_eq!(budget.retries_left(), 1);
}

/// Rows: R60, R64.
#[tokio::test(start_paused = true)]
async fn what_must_not_happen_twice_is_not_repeated_even_then() {
    let transport = over(&closing_race());
    send(&transport, put("abc")).await.unwrap();
    let mut append = request(&APPEND, Method::POST);
    append.body = "abc".into();
    let error = send(&transport, append).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Connection(_)));
    assert_eq!((error.attempts(), error.outcome_unknown()), (1, true));
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn a_connection_closed_while_idle_is_replaced_unseen() {
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, OK).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    });
    let transport = over(&net);
    for _ in 0..3 {
        let mut append = request(&APPEND, Method::POST);
        append.body = "abc".into();
        assert_eq!(send(&transport, append).await.unwrap().attempts, 1);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(net.dialed().len(), 3);
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn a_connection_closed_a_moment_ago_is_replaced_unseen() {
    let kept: Arc<Mutex<Vec<DuplexStream>>> = Arc::default();
    let servers = Arc::clone(&kept);
    let net = Net::new(move |_, mut stream| {
        let servers = Arc::clone(&servers);
        async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
            servers.lock().unwrap().push(stream);
        }
    });
    let transport = over(&net);
    for _ in 0..3 {
        // Nothing is waited for until the next request is made, so that the client has not noticed by then.
        kept.lock().unwrap().clear();
        let mut append = request(&APPEND, Method::POST);
        append.body = "abc".into();
        assert_eq!(send(&transport, append).await.unwrap().attempts, 1);
    }
    assert_eq!(net.dialed().len(), 3);
}

/// Rows: R64.
#[tokio::test(start_paused = true)]
async fn only_one_kept_connection_is_free_and_only_if_it_was_silent() {
    for (last_words, max_attempts, attempts, succeeds) in
        [("", 1, 2, false), ("", 2, 3, true), ("HTTP/1.1 20", 1, 1, false)]
    {
        let net = Net::new(move |number, mut stream| async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
            let _ = read_request(&mut stream).await;
            write(&mut stream, if number < 2 { last_words } else { OK }).await;
        });
        let budget = RetryBudget::default();
        let transport =
            builder().connector(net.clone()).max_attempts(max_attempts).retry_budget(budget.clone()).build().unwrap();
        let (one, other) = tokio::join!(send(&transport, put("abc")), send(&transport, put("abc")));
        assert!(one.is_ok() && other.is_ok());
        assert_eq!(net.dialed().len(), 2, "both are kept");
        let outcome = send(&transport, put("abc")).await;
        let made = outcome.as_ref().map_or_else(CallError::attempts, |response| response.attempts);
        assert_eq!((made, outcome.is_ok()), (attempts, succeeds), "{last_words:?}");
        assert_eq!(budget.retries_left(), RetryBudget::DEFAULT_RETRIES, "what is free costs nothing");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Rows: R64.
#[test]
fn each_of_two_live_runtimes_has_connections_of_its_own() {
    let (net, _) = responding(|_, _| OK.to_owned());
    let transport = over(&net);
    let runtimes = [runtime(), runtime()];
    // Both live to the end, and each stands still while the other one runs.
    for round in 0..3 {
        for runtime in &runtimes {
            runtime.block_on(async {
                let begin = Instant::now();
                assert_eq!(send(&transport, put(vec![7; 50_000])).await.unwrap().attempts, 1, "round {round}");
                assert_eq!(begin.elapsed(), Duration::ZERO, "round {round}");
            });
        }
    }
    assert_eq!(net.dialed().len(), 2, "one for each");
}

/// Rows: R64.
#[test]
fn a_response_read_on_another_runtime_gives_its_connection_back() {
    let content = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let (net, _) = responding(move |_, _| content.to_owned());
    let transport = over(&net);
    let (first, second) = (runtime(), runtime());
    let response = first.block_on(async {
        let response = send(&transport, get()).await.unwrap();
        // The bytes are there before the runtime stands still.
        tokio::time::sleep(Duration::from_secs(1)).await;
        response
    });
    assert_eq!(second.block_on(crate::support::content(response)).unwrap(), "hello");
    first.block_on(async {
        tokio::task::yield_now().await;
        send(&transport, get()).await.unwrap();
    });
    assert_eq!(net.dialed().len(), 1, "it went back to the first");
    let attempts = second.block_on(async { send(&transport, get()).await.unwrap().attempts });
    assert_eq!((attempts, net.dialed().len()), (1, 2), "and not to the second");
}
