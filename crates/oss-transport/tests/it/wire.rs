//! The HTTP client over connections in memory: what leaves, what comes back, and what breaks in between.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use oss_models::{
    Body, CallError, CallErrorKind, Crc64, Crc64Scope, Idempotency, OperationInfo, Response, ResponseShape,
};
use oss_transport::{RetryBudget, Transport};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

use crate::support::{
    APPEND, COMPLETE, HEAD, LIST_PARTS, Net, OK, Raw, builder, chain, content, get, put, read_head, read_request,
    request, send, write,
};

fn transport(net: &Net) -> Transport {
    builder().connector(net.clone()).build().unwrap()
}

/// Responds to every request of every connection with `response`, which gets the number of the request in all.
fn responding(response: impl Fn(usize, &Raw) -> String + Send + Sync + 'static) -> (Net, Arc<Mutex<Vec<Raw>>>) {
    let seen: Arc<Mutex<Vec<Raw>>> = Arc::default();
    let (all, response) = (Arc::clone(&seen), Arc::new(response));
    let net = Net::new(move |_, mut stream| {
        let (seen, response) = (Arc::clone(&all), Arc::clone(&response));
        async move {
            while let Some(request) = read_request(&mut stream).await {
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(request.clone());
                    seen.len() - 1
                };
                write(&mut stream, response(number, &request)).await;
            }
        }
    });
    (net, seen)
}

#[tokio::test(start_paused = true)]
async fn connections_are_kept_and_used_again() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let transport = transport(&net);
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
async fn an_idle_connection_is_not_used_after_its_limit() {
    let (net, _) = responding(|_, _| OK.to_owned());
    let transport = transport(&net);
    send(&transport, put("abc")).await.unwrap();
    tokio::time::advance(Duration::from_secs(51)).await;
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(net.dialed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_put_says_that_it_has_no_bytes() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let response = send(&transport(&net), put(Body::empty())).await.unwrap();
    assert_eq!(response.sent.map(|sent| (sent.len, sent.crc64)), Some((0, Crc64::EMPTY)));
    let head = seen.lock().unwrap()[0].head.to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-length: 0\r\n"), "{head}");
}

#[tokio::test(start_paused = true)]
async fn a_large_body_arrives_whole() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let response = send(&transport(&net), put(bytes.clone())).await.unwrap();
    assert!(seen.lock().unwrap()[0].body == bytes);
    assert_eq!(response.sent.map(|sent| sent.crc64), Some(Crc64::of(&bytes)));
}

/// Cuts the first `cuts` connections after `bytes` bytes of the request, then serves.
fn cutting(cuts: usize, bytes: usize) -> Net {
    Net::new(move |number, mut stream| async move {
        if number < cuts {
            let mut taken = vec![0; bytes];
            let _ = stream.read_exact(&mut taken).await;
            return;
        }
        while read_request(&mut stream).await.is_some() {
            write(&mut stream, OK).await;
        }
    })
}

/// Rows: R59, R60.
#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_at_any_byte_is_retried_with_the_whole_body() {
    for bytes in [0, 1, 200, 5_000, 100_000] {
        let net = cutting(2, bytes);
        let response = send(&transport(&net), put(vec![7; 200_000])).await.unwrap();
        assert_eq!(response.attempts, 3, "cut after {bytes} bytes");
        assert_eq!(response.earlier_attempt_unknown, bytes > 0, "cut after {bytes} bytes");
    }
    let once = builder().connector(cutting(9, 5_000)).max_attempts(1).build().unwrap();
    assert_eq!(send(&once, put(vec![7; 200_000])).await.unwrap_err().attempts(), 1, "a new connection is not free");
}

/// Rows: R58.
#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_retried_and_leaves_no_doubt() {
    let net = cutting(0, 0).refusing(|number| {
        (number < 2).then(|| io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"))
    });
    let response = send(&transport(&net), put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (3, false));

    let net = cutting(0, 0).refusing(|_| Some(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused")));
    let error = send(&transport(&net), put("abc")).await.unwrap_err();
    assert_eq!(error.to_string(), "PutObject oss://demo/key: could not connect to demo.oss.test:80 (after 3 attempts)");
    assert!(!error.outcome_unknown());
}

/// Responds to the first `early` requests as soon as it has their head.
fn hasty(early: usize, response: &'static str) -> Net {
    Net::new(move |number, mut stream| async move {
        if number < early {
            let _ = read_head(&mut stream).await;
            write(&mut stream, response).await;
            // Reads on, so that the rest of the body could still leave.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        } else {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
        }
    })
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_success_before_the_whole_body_was_sent_is_none() {
    const ACCEPTED: &str = "HTTP/1.1 203 Callback failed\r\nContent-Length: 0\r\nETag: \"e\"\r\n\r\n";
    for response in [OK, ACCEPTED] {
        let once = transport(&hasty(1, response));
        let stored = send(&once, put(vec![7; 3_000_000])).await.unwrap();
        assert_eq!((stored.attempts, stored.earlier_attempt_unknown), (2, true));

        let error = send(&transport(&hasty(9, response)), put(vec![7; 3_000_000])).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::InvalidResponse { .. }), "{error:?}");
        assert!(error.to_string().contains("before the whole body was sent"), "{error}");
        assert_eq!((error.attempts(), error.outcome_unknown()), (3, true));
    }
    const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let refused = send(&transport(&hasty(1, REFUSED)), put(vec![7; 3_000_000])).await.unwrap_err();
    assert_eq!((refused.status().map(|status| status.as_u16()), refused.attempts()), (Some(403), 1), "may come early");
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
    let transport = transport(&closing_race());
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
    let transport = transport(&net);
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
    let transport = transport(&net);
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

async fn outcome(
    response: impl AsRef<[u8]> + Send + Sync + 'static,
    request: oss_models::Request,
) -> Result<Response, String> {
    let response = Arc::new(response);
    let net = Net::new(move |_, mut stream| {
        let response = Arc::clone(&response);
        async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, (*response).as_ref()).await;
            let _ = stream.shutdown().await;
            let _ = read_head(&mut stream).await;
        }
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    send(&transport, request).await.map_err(|error| chain(&error))
}

/// A server that responds with `begin` and then with `filler` over and over, until the client stops reading or it has sent
/// 8 MiB; and the bytes that it came to.
fn endless(begin: String, filler: String) -> (Net, impl AsyncFn() -> usize) {
    let written = Arc::new(AtomicUsize::new(0));
    let (count, text) = (Arc::clone(&written), Arc::new((begin, filler)));
    let net = Net::new(move |_, mut stream| {
        let (count, text) = (Arc::clone(&count), Arc::clone(&text));
        async move {
            let (begin, filler) = &*text;
            let _ = read_request(&mut stream).await;
            write(&mut stream, begin).await;
            while count.load(Relaxed) < 8 << 20 && stream.write_all(filler.as_bytes()).await.is_ok() {
                count.fetch_add(filler.len(), Relaxed);
            }
        }
    });
    let settled = async move || {
        tokio::time::sleep(Duration::from_secs(1)).await;
        written.load(Relaxed)
    };
    (net, settled)
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn broken_responses_are_errors() {
    for (response, why) in [
        ("", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "the connection broke"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "the response has two lengths",
        ),
        ("HTTP/1.1 2x0 OK\r\n\r\n", "the connection broke"),
        ("SSH-2.0-nothing\r\n\r\n", "the connection broke"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n\u{0}\u{1}\u{2}", "500 BadErrorResponse"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", "unreadable response"),
    ] {
        let error = outcome(response, put("abc")).await.unwrap_err();
        assert!(error.contains(why), "{response:?}: {error}");
    }
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn what_follows_an_response_is_not_the_response_to_the_next_request() {
    let planted = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"planted\"\r\n\r\n";
    for body in
        ["Content-Length: 0\r\n\r\n", "Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
    {
        let (net, _) = responding(move |number, _| match number {
            0 => format!("HTTP/1.1 200 OK\r\nETag: \"e\"\r\n{body}{planted}"),
            _ => OK.to_owned(),
        });
        let transport = transport(&net);
        for _ in 0..2 {
            let response = send(&transport, put("abc")).await.unwrap();
            assert_eq!(response.header("etag"), Some("\"e\""), "{body:?}");
        }
        assert_eq!(net.dialed().len(), 2, "{body:?}");
    }
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn an_endless_head_is_cut_off() {
    for (begin, filler) in [("", "x-filler: 0123456789\r\n"), ("", "x: y\r\n"), ("x-one-header: ", "A")] {
        let (net, written) = endless(format!("HTTP/1.1 200 OK\r\n{begin}"), filler.repeat(1000));
        let transport = builder().connector(net).max_attempts(1).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::Connection(_)), "{error:?}");
        assert!(written().await < 256 << 10, "the client went on reading");
    }
    let crowd = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "x: y\r\n".repeat(100));
    assert!(outcome(crowd, put("abc")).await.unwrap_err().contains("the connection broke"));
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn a_flood_of_interim_responses_is_cut_off() {
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await.is_ok() {}
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(chain(&error).contains("more than 16 interim responses"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(1));
}

/// Rows: R75.
#[tokio::test(start_paused = true)]
async fn a_huge_error_document_is_read_in_part_and_its_status_counts() {
    let begin = "HTTP/1.1 403 Forbidden\r\nContent-Length: 536870912\r\n\r\n<Error><Code>AccessDenied</Code>";
    let (net, written) = endless(begin.to_owned(), " ".repeat(65_536));
    let error = send(&transport(&net), put("abc")).await.unwrap_err();
    assert_eq!((error.status().map(|s| s.as_u16()), error.attempts()), (Some(403), 1));
    assert!(written().await < 2 << 20, "the client went on reading");
}

/// Rows: R75.
#[tokio::test(start_paused = true)]
async fn a_document_beyond_its_limit_is_unreadable() {
    let body = "<ListPartsResult>".to_owned() + &"<Part/>".repeat(1 << 20);
    for length in [format!("Content-Length: {}", body.len()), "Connection: close".to_owned()] {
        let response = format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n{body}");
        let error = outcome(response, request(&LIST_PARTS, Method::GET)).await.unwrap_err();
        assert!(error.contains("longer than 4194304 bytes"), "{length}: {error}");
    }

    // If the head says so already, nothing of the rest is waited for.
    let begin = Instant::now();
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n<ListPartsResult>").await;
        let _ = read_head(&mut stream).await;
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    let error = chain(&send(&transport, request(&LIST_PARTS, Method::GET)).await.unwrap_err());
    assert!(error.contains("longer than 4194304 bytes"), "{error}");
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

/// Rows: R76.
#[tokio::test(start_paused = true)]
async fn a_document_type_is_refused_before_it_can_expand() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                <ListPartsResult>&b;</ListPartsResult>";
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{bomb}", bomb.len());
    let error = outcome(response, request(&LIST_PARTS, Method::GET)).await.unwrap_err();
    assert!(error.contains("unreadable response") && error.contains("a document type is not allowed"), "{error}");
}

/// Rows: R52.
#[tokio::test(start_paused = true)]
async fn the_response_of_a_callback_is_cut_not_refused() {
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    let response =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut complete = request(&COMPLETE, Method::POST);
    complete.headers.insert("x-oss-callback", http::HeaderValue::from_static("e30="));
    let response = outcome(response, complete).await.unwrap();
    assert_eq!(response.bytes().map(|bytes| bytes.len()), Some(1 << 20));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_head_is_read_from_its_header() {
    let response = "HTTP/1.1 404 Not Found\r\nContent-Length: 999\r\n\
                  x-oss-err: PEVycm9yPjxDb2RlPk5vU3VjaEtleTwvQ29kZT48L0Vycm9yPg==\r\n\r\n";
    let error = outcome(response, request(&HEAD, Method::HEAD)).await.unwrap_err();
    assert!(error.contains("404 NoSuchKey"), "{error}");
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn an_early_refusal_is_heard_while_the_body_is_being_sent() {
    let drained: Arc<Mutex<Option<(usize, Duration)>>> = Arc::default();
    let seen = Arc::clone(&drained);
    let begin = Instant::now();
    let net = Net::new(move |_, mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            let _ = read_head(&mut stream).await;
            let refusal = "<Error><Code>AccessDenied</Code></Error>";
            let len = refusal.len();
            write(&mut stream, format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {len}\r\n\r\n{refusal}")).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            *seen.lock().unwrap() = Some((rest.len(), begin.elapsed()));
        }
    });
    let error = send(&transport(&net), put(vec![0; 5_000_000])).await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some("AccessDenied"), 1));
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(net.dialed().len(), 1);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (rest, closed) = drained.lock().unwrap().expect("the connection is closed");
    assert!(rest < 1_000_000 && closed < Duration::from_secs(1), "{rest} bytes more, closed after {closed:?}");
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn content_is_streamed_and_checked() {
    let crc = Crc64::of(b"hello");
    let message = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\nhello");
    let response = outcome(message.clone(), get()).await.unwrap();
    assert_eq!(content(response).await.unwrap(), "hello");

    let damaged = message.replace("\r\n\r\nhello", "\r\n\r\nhellO");
    let response = outcome(damaged.clone(), get()).await.unwrap();
    let error = content(response).await.unwrap_err();
    assert!(error.is::<oss_transport::CorruptContent>(), "{error}");

    let [mut range, mut compressed, mut processed] = [get(), get(), get()];
    range.headers.insert("range", http::HeaderValue::from_static("bytes=0-4"));
    compressed.headers.insert("accept-encoding", http::HeaderValue::from_static("gzip"));
    processed.query.push(("x-oss-process".to_owned(), "image/info".to_owned()));
    for other in [range, compressed, processed] {
        let response = outcome(damaged.clone(), other).await.unwrap();
        assert_eq!(content(response).await.unwrap(), "hellO", "the CRC64 of what was asked for is not known");
    }
}

/// Rows: R57.
#[tokio::test(start_paused = true)]
async fn content_of_another_object_or_range_is_refused() {
    let asked = |header: &'static str, value| {
        let mut request = get();
        request.headers.insert(header, http::HeaderValue::from_static(value));
        request
    };
    let response = |head: &str| format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\nll");
    for (request, head, refused) in [
        (asked("if-match", "\"NEW\""), "200 OK\r\nETag: \"new\"", None),
        (asked("if-match", "\"new\""), "200 OK", None),
        (asked("if-match", "*"), "200 OK\r\nETag: \"new\"", None),
        (asked("if-match", "\"old\""), "200 OK\r\nETag: \"new\"", Some("entity tag new where old")),
        (asked("range", "bytes=2-3"), "206 Partial\r\nContent-Range: bytes 2-3/5", None),
        (asked("range", "bytes=9-"), "200 OK", None),
        (asked("range", "bytes=2-3"), "206 Partial\r\nContent-Range: bytes 0-1/5", Some("is not the one")),
        (asked("range", "bytes=2-3"), "206 Partial", Some("a range without Content-Range")),
    ] {
        let outcome = outcome(response(head), request).await.map(drop);
        match refused {
            None => assert_eq!(outcome, Ok(()), "{head}"),
            Some(why) => assert!(outcome.as_ref().is_err_and(|error| error.contains(why)), "{head}: {outcome:?}"),
        }
    }
}

/// Rows: R54, R57.
#[tokio::test(start_paused = true)]
async fn a_part_in_place_of_the_whole_object_does_not_pass_for_it() {
    let crc = Crc64::of(b"hello");
    for status in ["200 OK", "203 Odd", "206 Partial"] {
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\nhe");
        let read = content(outcome(response, get()).await.unwrap()).await;
        assert!(read.is_err_and(|error| error.is::<oss_transport::CorruptContent>()), "{status}");
    }
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn what_is_appended_is_checked_with_what_was_there_before() {
    let appended = |before: Option<&[u8]>| {
        let mut request = request(&APPEND, Method::POST);
        request.body = Body::from("lo");
        request.crc64_before = before.map(Crc64::of);
        request
    };
    let response = |whole: &[u8]| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-oss-hash-crc64ecma: {}\r\n\r\n", Crc64::of(whole))
    };
    for (before, whole, is_right) in [
        (Some(&b"hel"[..]), &b"hello"[..], true),
        (Some(b"hel"), b"hallo", false),
        (None, b"hallo", true),
        (Some(b""), b"lo", true),
        (Some(b""), b"la", false),
    ] {
        let outcome = outcome(response(whole), appended(before)).await.map(drop);
        match outcome {
            Ok(()) => assert!(is_right, "{before:?}"),
            Err(error) => assert!(!is_right && error.contains("CRC64"), "{before:?}: {error}"),
        }
    }
}

/// An operation that the library has never heard of says what its CRC64 is of, and that is enough.
///
/// Rows: R54, R57.
#[tokio::test(start_paused = true)]
async fn the_facts_of_an_operation_decide_what_is_checked() {
    static SEND: OperationInfo = OperationInfo::new("PutFrobnicated", Idempotency::Idempotent, ResponseShape::Headers)
        .with_crc64(Crc64Scope::SentBody);
    static FETCH: OperationInfo = OperationInfo::new("GetFrobnicated", Idempotency::Idempotent, ResponseShape::Content)
        .with_crc64(Crc64Scope::WholeContent)
        .with_pinned_content();
    let crc_of = |bytes: &[u8], body: &str| {
        let (len, crc) = (body.len(), Crc64::of(bytes));
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {len}\r\nETag: \"new\"\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\n{body}"
        )
    };
    let sent = || {
        let mut sent = request(&SEND, Method::PUT);
        sent.body = Body::from("hello");
        sent
    };
    let right = outcome(crc_of(b"hello", ""), sent()).await.unwrap();
    assert_eq!(right.sent.map(|sent| sent.crc64), Some(Crc64::of(b"hello")));
    assert!(outcome(crc_of(b"hullo", ""), sent()).await.unwrap_err().contains("CRC64"));

    let fetched = |tag: &'static str| {
        let mut fetched = request(&FETCH, Method::GET);
        fetched.headers.insert("if-match", http::HeaderValue::from_static(tag));
        fetched
    };
    assert_eq!(content(outcome(crc_of(b"hello", "hello"), fetched("\"new\"")).await.unwrap()).await.unwrap(), "hello");
    let damaged = content(outcome(crc_of(b"hullo", "hello"), fetched("\"new\"")).await.unwrap()).await;
    assert!(damaged.unwrap_err().is::<oss_transport::CorruptContent>());
    assert!(outcome(crc_of(b"hello", "hello"), fetched("\"old\"")).await.unwrap_err().contains("entity tag"));
}

/// Pieces of responses, good and bad.
fn any_response() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 503 Slow Down\r\n",
        "HTTP/1.0 204 \r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 37\r\n",
        "Content-Length: 18446744073709551615\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "x-oss-hash-crc64ecma: 99999999999999999999999\r\n",
        "Retry-After: 99999999999999999999\r\n",
        "\r\n",
        "5\r\nabcde\r\n",
        "ffffffffffffffff\r\n",
        "0\r\n\r\n",
        "<Error><Code>NoSuchKey</Code></Error>",
    ]);
    let piece = prop_oneof![
        4 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..30),
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Rows: R65.
    #[test]
    fn any_response_ends_in_bounded_time(response in any_response(), closes in any::<bool>(), streams in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let response = Arc::new(response);
        runtime.block_on(async {
            let net = Net::new(move |_, mut stream| {
                let response = Arc::clone(&response);
                async move {
                    let _ = read_request(&mut stream).await;
                    write(&mut stream, &*response).await;
                    if !closes {
                        let _ = read_head(&mut stream).await;
                    }
                }
            });
            let transport = builder().connector(net).max_attempts(1).build().unwrap();
            let begin = Instant::now();
            let outcome = send(&transport, if streams { get() } else { put("abc") }).await;
            if let (true, Ok(response)) = (streams, outcome) {
                let _ = content(response).await;
            }
            assert!(begin.elapsed() <= Duration::from_secs(5 + 20 + 60 + 20 + 2));
        });
    }

    /// Rows: R59.
    #[test]
    fn whatever_breaks_no_body_arrives_changed(cuts in proptest::collection::vec(0..30_000_usize, 0..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let attempts = cuts.len() + 1;
        let whole: Vec<u8> = (0..20_000_u32).map(|i| (i % 253) as u8).collect();
        let expected = whole.clone();
        runtime.block_on(async {
            let net = Net::new(move |number, mut stream| {
                let (cut, expected) = (cuts.get(number).copied(), expected.clone());
                async move {
                    if let Some(bytes) = cut {
                        let _ = stream.read_exact(&mut vec![0; bytes]).await;
                        return;
                    }
                    let request = read_request(&mut stream).await.unwrap();
                    assert!(request.body == expected);
                    write(&mut stream, OK).await;
                }
            });
            let transport = builder().connector(net).max_attempts(10).build().unwrap();
            // A cut beyond the request leaves the server waiting for more, and the client for a response.
            let response = send(&transport, put(whole)).await.unwrap();
            assert_eq!(usize::try_from(response.attempts).unwrap(), attempts);
        });
    }
}
