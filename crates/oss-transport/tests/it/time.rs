//! Limits of time, on a clock that jumps.

use std::time::Duration;

use http::Method;
use http_body_util::StreamBody;
use hyper_util::rt::TokioIo;
use oss_models::{Body, CallErrorKind, CallOptions, TimeLimit};
use oss_transport::BandwidthLimit;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

use crate::support::{
    COMPLETE, Net, OK, builder, chain, content, get, put, read_head, read_request, request, send, write,
};

const SECOND: Duration = Duration::from_secs(1);

fn net<F, Fut>(serve: F) -> Net
where
    F: Fn(DuplexStream) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    Net::new(move |_, stream| serve(stream))
}

/// Sends once; gives the limit that was reached and when.
async fn limit(net: &Net, request: oss_models::Request) -> (TimeLimit, u64, bool) {
    let transport = builder().connector(net.clone()).max_attempts(1).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, request).await.unwrap_err();
    match error.kind() {
        CallErrorKind::Timeout { limit, .. } => (*limit, begin.elapsed().as_secs(), error.outcome_unknown()),
        other => panic!("{other:?}"),
    }
}

/// Rows: R61.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_respond_is_given_its_time_and_no_more() {
    let silent = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        let _ = read_head(&mut stream).await;
    });
    assert_eq!(limit(&silent, put("abc")).await, (TimeLimit::ResponseTimeout, 60, true));
    assert_eq!(limit(&silent, request(&COMPLETE, Method::POST)).await, (TimeLimit::CompleteTimeout, 300, true));
    let mut own = put("abc");
    own.options.response_timeout = Some(3 * SECOND);
    assert_eq!(limit(&silent, own).await, (TimeLimit::ResponseTimeout, 3, true));
}

/// Rows: R61.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_cut_is_followed_by_another() {
    let net = Net::new(|number, mut stream| async move {
        let _ = read_request(&mut stream).await;
        if number > 0 {
            write(&mut stream, OK).await;
        }
        let _ = read_head(&mut stream).await;
    });
    let response = send(&builder().connector(net).build().unwrap(), put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (2, true));
}

/// Rows: R61.
#[tokio::test(start_paused = true)]
async fn a_response_that_stops_in_its_head_or_body_is_cut() {
    let in_head = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-").await;
        let _ = read_head(&mut stream).await;
    });
    assert_eq!(limit(&in_head, put("abc")).await, (TimeLimit::ReadWriteTimeout, 20, true));
    let in_body = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
        let _ = read_head(&mut stream).await;
    });
    assert_eq!(limit(&in_body, put("abc")).await, (TimeLimit::ReadWriteTimeout, 20, true));
}

/// Rows: R62.
#[tokio::test(start_paused = true)]
async fn a_body_below_the_minimum_throughput_is_cut_wherever_it_is() {
    async fn trickle(mut stream: DuplexStream, before: &str, drop: &[u8]) {
        let _ = read_request(&mut stream).await;
        write(&mut stream, before).await;
        loop {
            tokio::time::sleep(SECOND / 2).await;
            if stream.write_all(drop).await.is_err() {
                return;
            }
        }
    }
    let in_head = net(|stream| trickle(stream, "HTTP/1.1 200 OK\r\nx-slow: ", b"a"));
    let (what, after, _) = limit(&in_head, put("abc")).await;
    assert_eq!(what, TimeLimit::MinRate);
    assert!(after <= 60 + 20 + 5, "{after}");

    let in_body = net(|stream| trickle(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"));
    let (what, after, _) = limit(&in_body, put("abc")).await;
    assert_eq!(what, TimeLimit::MinRate);
    assert!(after <= 40, "{after}");

    let in_error = net(|stream| trickle(stream, "HTTP/1.1 403 No\r\nContent-Length: 100000\r\n\r\n", b" "));
    let transport = builder().connector(in_error).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "the status is known");
    assert!(begin.elapsed() <= 40 * SECOND);
}

/// Rows: R63.
#[tokio::test(start_paused = true)]
async fn a_server_that_reads_nothing_or_too_slowly_is_cut() {
    let deaf = net(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    assert_eq!(limit(&deaf, put(vec![0; 3_000_000])).await, (TimeLimit::ReadWriteTimeout, 20, true));

    let sleepy = net(|mut stream| async move {
        let mut byte = [0; 1000];
        while stream.read(&mut byte).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(SECOND).await;
        }
    });
    let (what, after, _) = limit(&sleepy, put(vec![0; 1_000_000])).await;
    assert_eq!(what, TimeLimit::MinRate);
    assert!((60..=150).contains(&after), "{after}");
}

/// Rows: R60.
#[tokio::test(start_paused = true)]
async fn an_attempt_can_have_a_limit_of_its_own_in_whatever_it_does() {
    // Fast enough for every other limit.
    async fn trickle(mut stream: DuplexStream, before: &str) {
        let _ = read_request(&mut stream).await;
        write(&mut stream, before).await;
        while stream.write_all(&[b' '; 60]).await.is_ok() {
            tokio::time::sleep(SECOND / 2).await;
        }
    }
    let silent = |mut stream: DuplexStream| async move {
        let _ = read_request(&mut stream).await;
        let _ = read_head(&mut stream).await;
    };
    let own = |seconds| {
        let mut put = put("abc");
        put.options = CallOptions::default().attempt_timeout(seconds * SECOND);
        put
    };
    let in_body = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    assert_eq!(limit(&net(silent), own(7)).await, (TimeLimit::AttemptTimeout, 7, true));
    assert_eq!(limit(&net(|stream| trickle(stream, in_body)), own(7)).await, (TimeLimit::AttemptTimeout, 7, true));

    let transport = builder().connector(net(silent)).attempt_timeout(5 * SECOND).max_attempts(2).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Timeout { limit: TimeLimit::AttemptTimeout, .. }), "{error:?}");
    assert_eq!((begin.elapsed().as_secs(), error.attempts()), (10, 2), "each attempt has it");

    let leisurely = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await;
        tokio::time::sleep(15 * SECOND).await;
        write(&mut stream, "hello").await;
    });
    let transport = builder().connector(leisurely).attempt_timeout(5 * SECOND).build().unwrap();
    let response = send(&transport, get()).await.unwrap();
    assert_eq!(content(response).await.unwrap(), "hello", "a stream is not part of the attempt");
}

#[tokio::test(start_paused = true)]
async fn slow_and_steady_is_fast_enough() {
    let steady = net(|mut stream| async move {
        let mut buffer = vec![0; 17_000];
        let mut left = 3_000_000_i64;
        let _ = read_head(&mut stream).await;
        while left > 0 {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => left -= i64::try_from(read).unwrap(),
                _ => return,
            }
            tokio::time::sleep(SECOND).await;
        }
        write(&mut stream, OK).await;
    });
    let transport = builder().connector(steady).max_attempts(1).build().unwrap();
    send(&transport, put(vec![0; 3_000_000])).await.unwrap();
}

/// Rows: R61.
#[tokio::test(start_paused = true)]
async fn a_slow_source_is_not_the_servers_fault() {
    struct Slow(u32, Option<std::pin::Pin<Box<tokio::time::Sleep>>>);
    impl futures_core::Stream for Slow {
        type Item = Result<http_body::Frame<bytes::Bytes>, std::convert::Infallible>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let sleep = self.1.get_or_insert_with(|| Box::pin(tokio::time::sleep(100 * SECOND)));
            std::task::ready!(sleep.as_mut().poll(cx));
            self.1 = None;
            if self.0 == 0 {
                return std::task::Poll::Ready(None);
            }
            self.0 -= 1;
            std::task::Poll::Ready(Some(Ok(http_body::Frame::data(bytes::Bytes::from_static(b"x")))))
        }
    }
    let reads = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, OK).await;
    });
    let transport = builder().connector(reads).max_attempts(1).build().unwrap();
    let mut request = put("");
    request.body = Body::once(Some(5), StreamBody::new(Slow(5, None)));
    let response = send(&transport, request).await.unwrap();
    assert_eq!(response.sent.map(|sent| sent.len), Some(5));
}

/// The host that could not be connected to, and everything that the error says.
fn unreachable(error: &oss_models::CallError) -> (&str, String) {
    assert!(!error.outcome_unknown(), "nothing was sent: {error:?}");
    match error.kind() {
        CallErrorKind::Connect { host, .. } => (host, chain(error)),
        other => panic!("{other:?}"),
    }
}

/// Rows: R58.
#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_respond_is_named_after_one_round() {
    let never = || tower::service_fn(|_: http::Uri| std::future::pending::<std::io::Result<TokioIo<DuplexStream>>>());
    let transport = builder().connector(never()).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    let (host, text) = unreachable(&error);
    assert_eq!((host, error.attempts()), ("demo.oss.test:80", 3));
    assert!(text.contains("could not connect to demo.oss.test:80 (after 3 attempts)"), "{text}");
    assert!(text.contains("the `connect_timeout` of 5 s was reached"), "{text}");
    // Three times the limit, and waits of at most 0.4 and 0.8 s.
    assert!((15 * SECOND..=15 * SECOND + SECOND * 6 / 5).contains(&begin.elapsed()), "{:?}", begin.elapsed());

    // A limit that is reached earlier changes nothing about who did not respond.
    for (config, limit) in [
        (builder().attempt_timeout(3 * SECOND), "the `attempt_timeout` of 3 s was reached"),
        (builder().operation_timeout(2 * SECOND), "the `operation_timeout` of 2 s was reached"),
    ] {
        let transport = config.connector(never()).max_attempts(1).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        let (host, text) = unreachable(&error);
        assert!(host == "demo.oss.test:80" && text.contains(limit), "{text}");
    }
}

/// Rows: R58, R71, R72.
#[tokio::test(start_paused = true)]
async fn a_handshake_or_a_proxy_without_end_is_a_connection_that_failed() {
    let silent = || {
        net(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    };
    let proxy = || oss_transport::Proxy::parse("http://proxy.test:3128").unwrap();
    let https = || builder().endpoint("https://oss.test");
    for (config, host, way) in [
        (
            https(),
            "demo.oss.test:443",
            "was reached in the TLS handshake; for plain HTTP, write http:// in front of the host",
        ),
        (https().proxy(proxy()), "proxy.test:3128", "was reached on the way to demo.oss.test:443"),
    ] {
        let transport = config.connector(silent()).max_attempts(1).build().unwrap();
        let begin = Instant::now();
        let error = send(&transport, put("abc")).await.unwrap_err();
        let (named, text) = unreachable(&error);
        assert_eq!((named, begin.elapsed()), (host, 5 * SECOND));
        assert!(text.contains(&format!("the `connect_timeout` of 5 s {way}")), "{text}");
    }
}

/// Rows: R58, R70.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_listener_whose_queue_is_full_is_named() {
    // The system lets further connections wait without a word, as a firewall does.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let _queue: tokio::task::JoinSet<_> = (0..4).map(|_| tokio::net::TcpStream::connect(address)).collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let transport = builder().endpoint(format!("http://{address}")).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert_eq!(unreachable(&error).0, address.to_string());
    assert!(begin.elapsed() < 17 * SECOND, "{:?}", begin.elapsed());
}

/// Rows: R60.
#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_call_in_whatever_it_does() {
    let silent = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        let _ = read_head(&mut stream).await;
    });
    let transport = builder().connector(silent).operation_timeout(7 * SECOND).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Timeout { limit: TimeLimit::OperationTimeout, .. }));
    assert_eq!((begin.elapsed(), error.attempts(), error.outcome_unknown()), (7 * SECOND, 1, true));
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_limit_wait_in_line_and_their_waiting_counts() {
    let slow = net(|mut stream| async move {
        while read_request(&mut stream).await.is_some() {
            tokio::time::sleep(10 * SECOND).await;
            write(&mut stream, OK).await;
        }
    });
    let transport = builder().connector(slow.clone()).max_concurrency(2).build().unwrap();
    let begin = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..6 {
        let transport = transport.clone();
        let mut request = put("abc");
        request.options.operation_timeout = (n == 5).then_some(5 * SECOND);
        calls.spawn(async move {
            send(&transport, request).await.map_err(|error| (error.attempts(), error.outcome_unknown()))
        });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().err().is_none_or(|failed| *failed == (0, false))));
    assert_eq!((begin.elapsed().as_secs(), slow.dialed().len()), (30, 2));
}

#[tokio::test(start_paused = true)]
async fn the_bandwidth_can_be_limited_and_changed_under_way() {
    let sink = || {
        net(|mut stream| async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
        })
    };
    let limit = BandwidthLimit::new(100_000);
    let transport = builder().connector(sink()).upload_bandwidth_limit(limit.clone()).build().unwrap();
    let begin = Instant::now();
    send(&transport, put(vec![0; 1_000_000])).await.unwrap();
    let took = begin.elapsed().as_secs_f64();
    assert!((9.0..11.0).contains(&took), "{took}");

    let begin = Instant::now();
    let under_way = tokio::spawn({
        let transport = builder().connector(sink()).upload_bandwidth_limit(limit.clone()).build().unwrap();
        async move { send(&transport, put(vec![0; 10_000_000])).await.map(|_| begin.elapsed().as_secs_f64()) }
    });
    tokio::time::sleep(10 * SECOND).await;
    limit.set(0);
    let took = under_way.await.unwrap().unwrap();
    assert!((10.0..12.0).contains(&took), "{took}");

    // So slow that it would look like a stall, if the waiting counted.
    limit.set(1_000);
    let transport = builder().connector(sink()).upload_bandwidth_limit(limit).min_rate(16 * 1024).build().unwrap();
    send(&transport, put(vec![0; 500_000])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_raised_releases_those_who_wait() {
    const PARTS: usize = 8;
    let server = || {
        net(|mut stream| async move {
            while let Some(request) = read_request(&mut stream).await {
                if request.head.starts_with("GET") {
                    write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
                    write(&mut stream, [0; 1000]).await;
                } else {
                    write(&mut stream, OK).await;
                }
            }
        })
    };
    // Ten seconds for each part, one after another.
    for raised in [0, 100 << 20] {
        for is_upload in [true, false] {
            let limit = BandwidthLimit::new(100);
            let transport = builder()
                .connector(server())
                .upload_bandwidth_limit(limit.clone())
                .download_bandwidth_limit(limit.clone())
                .build()
                .unwrap();
            let mut parts = tokio::task::JoinSet::new();
            for _ in 0..PARTS {
                let transport = transport.clone();
                parts.spawn(async move {
                    let request = if is_upload { put(vec![7; 1000]) } else { get() };
                    let response = send(&transport, request).await.unwrap();
                    if !is_upload {
                        assert_eq!(content(response).await.unwrap().len(), 1000);
                    }
                });
            }
            tokio::time::sleep(SECOND).await;
            let begin = Instant::now();
            limit.set(raised);
            parts.join_all().await;
            assert!(begin.elapsed() < SECOND / 10, "{:?} to {raised}, upload: {is_upload}", begin.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_download_can_be_limited_and_a_slow_reader_takes_its_time() {
    let source = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await;
        write(&mut stream, vec![0; 1_000_000]).await;
        let _ = read_head(&mut stream).await;
    });
    let limit = BandwidthLimit::new(100_000);
    let transport = builder().connector(source).download_bandwidth_limit(limit.clone()).build().unwrap();
    let begin = Instant::now();
    let response = send(&transport, get()).await.unwrap();
    assert_eq!(content(response).await.unwrap().len(), 1_000_000);
    let took = begin.elapsed().as_secs_f64();
    assert!((8.0..11.0).contains(&took), "{took}");

    limit.set(0);
    let response = send(&transport, get()).await.unwrap();
    tokio::time::sleep(3600 * SECOND).await;
    assert_eq!(content(response).await.unwrap().len(), 1_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_closes_its_connection_and_leaves_no_task() {
    let net = net(|mut stream| async move {
        let _ = read_head(&mut stream).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let transport = builder().connector(net.clone()).build().unwrap();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for millis in [1, 50, 5000] {
        let call = send(&transport, put(vec![0; 3_000_000]));
        assert!(tokio::time::timeout(Duration::from_millis(millis), call).await.is_err());
        // The server notices, and both ends are gone.
        tokio::time::sleep(SECOND / 10).await;
        assert_eq!(tasks(), before);
    }
    assert_eq!(net.dialed().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn limits_may_be_endless() {
    let net = net(|mut stream| async move {
        let _ = read_request(&mut stream).await;
        tokio::time::sleep(100_000 * SECOND).await;
        write(&mut stream, OK).await;
    });
    let transport = builder()
        .connector(net)
        .min_rate(0)
        .connect_timeout(Duration::MAX)
        .read_write_timeout(Duration::MAX)
        .response_timeout(Duration::MAX)
        .operation_timeout(Duration::MAX)
        .build()
        .unwrap();
    send(&transport, put("abc")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn content_that_breaks_off_says_how() {
    for (stalls, why) in [(true, "`read_write_timeout` of 20 s"), (false, "the connection broke")] {
        let net = net(move |mut stream| async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
            if stalls {
                let _ = read_head(&mut stream).await;
            }
        });
        let transport = builder().connector(net).build().unwrap();
        let error = content(send(&transport, get()).await.unwrap()).await.unwrap_err();
        let kind = error.downcast::<CallErrorKind>().unwrap();
        assert!(kind.to_string().contains(why), "{kind}");
    }
}
